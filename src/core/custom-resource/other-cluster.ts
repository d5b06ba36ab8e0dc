/** CDK names the cluster in each resource. */
import { EksLambdaError, shown } from "../errors.ts";
import type { Properties } from "./request.ts";
import type { CustomResourceContext } from "./resource.ts";

/** Not a usage error: a Delete fails, too, because the objects are in the other cluster. */
export function refuseOtherCluster({ ClusterName }: Properties, { cluster }: CustomResourceContext): void {
  if (ClusterName === undefined || ClusterName === cluster) return;
  throw new EksLambdaError(
    "InvalidEvent",
    `the resource is for the cluster ${shown(ClusterName)}, and this function acts on ${shown(cluster)}`,
    { hint: "give it the `ServiceToken` of the function of its cluster" },
  );
}
