/** Decides whether the function runs in the cluster's VPC: if a flag says so, or if the endpoint is not public. */
import type { Stack } from "../aws/cloudformation.ts";
import type { ClusterNetwork } from "../aws/eks.ts";
import { usageError } from "../errors.ts";
import type { Config } from "./config.ts";

/** Ids between commas, as the stack takes them. */
export interface Placement {
  readonly subnetIds: string;
  /** Empty if the stack creates one, which the cluster security group admits. */
  readonly securityGroupIds: string;
  readonly vpcId: string;
  readonly clusterSecurityGroupId: string;
  readonly reason: string;
}

/** Throws `SubnetsNotKnown`. */
export function placementOf(
  config: Pick<Config, "subnetIds" | "securityGroupIds">,
  network: ClusterNetwork | undefined,
  found: Stack | undefined,
): Placement | undefined {
  const given = config.subnetIds ?? found?.parameters.SubnetIds;
  const reason = given ? (config.subnetIds ? "--subnet-ids" : "as before") : whyPrivate(network);
  if (reason === undefined) return undefined;
  const subnetIds = given || (network?.subnetIds.join(",") ?? "");
  if (!subnetIds) {
    throw usageError(
      "SubnetsNotKnown",
      `the function must run in the cluster's VPC (${reason}), and its subnets are not known`,
      "name them with --subnet-ids",
    );
  }
  return {
    subnetIds,
    securityGroupIds: config.securityGroupIds ?? found?.parameters.SecurityGroupIds ?? "",
    vpcId: network?.vpcId ?? "",
    clusterSecurityGroupId: network?.securityGroupId ?? "",
    reason,
  };
}

/** Outside a VPC, Lambda's addresses are not known in advance, so no CIDR can allow them. */
function whyPrivate(network: ClusterNetwork | undefined): string | undefined {
  if (!network) return undefined;
  if (!network.public) return "the endpoint is private";
  if (!network.publicCidrs.includes("0.0.0.0/0")) return `the endpoint admits only ${network.publicCidrs.join(", ")}`;
  return undefined;
}
