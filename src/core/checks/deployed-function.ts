/** Is the function there, does it run, and does it know the cluster as it is today? */
import { EksLambdaError } from "../errors.ts";
import type { Link } from "./link.ts";

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const runtimes = /^nodejs(22|24)\.x$/;

export const deployedFunction: Link = {
  id: "function",
  after: ["credentials", "cluster"],
  async prove({ lambda, target }) {
    const { functionName, cluster } = await target();
    const found = await lambda.configuration(functionName);
    if (!found)
      throw new EksLambdaError("FunctionNotFound", `there is no function "${functionName}"`, {
        hint: "eks-lambda setup makes it",
      });
    const { environment, runtime, state, reason } = found;
    if (state !== "Active" && state !== "Inactive") {
      throw new EksLambdaError(
        "FunctionNotActive",
        `the function "${functionName}" is ${state}${reason ? `: ${reason}` : ""}`,
        {
          hint: `aws lambda get-function-configuration --function-name ${functionName}`,
        },
      );
    }
    const stale = [
      environment.CLUSTER_NAME !== cluster.name &&
        `CLUSTER_NAME is "${environment.CLUSTER_NAME}", not "${cluster.name}"`,
      environment.CLUSTER_ENDPOINT !== cluster.endpoint &&
        `CLUSTER_ENDPOINT is ${environment.CLUSTER_ENDPOINT}, not ${cluster.endpoint}`,
      environment.CLUSTER_CA !== cluster.ca && "CLUSTER_CA is not the cluster's CA of today",
      !runtimes.test(runtime) && `its runtime ${runtime} is no longer supported`,
    ].filter((problem) => problem !== false);
    if (stale.length > 0) {
      throw new EksLambdaError(
        "FunctionOutdated",
        `the function "${functionName}" is out of date: ${stale.join("; ")}`,
        {
          hint: "eks-lambda setup refreshes it",
        },
      );
    }
    return `${functionName}, ${runtime}, knows the cluster as it is${found.subnetIds.length ? `, in ${found.subnetIds.length} subnets` : ""}`;
  },
};
