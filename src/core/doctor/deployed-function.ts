/** Does the function exist, is it active, and does it have the cluster's current endpoint and CA? */

import type { FunctionConfiguration } from "../aws/lambda.ts";
import { stateOf } from "../aws/lambda-ready.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { ReadCluster } from "../setup/target.ts";
import { readActual } from "../stack/actual.ts";
import { driftOf, isForEarlierRole } from "../stack/drift.ts";
import { counted } from "../text.ts";
import type { Link } from "./link.ts";

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const runtimes = /^nodejs(2[2-9]|[3-9]\d)\.x$/;

export const deployedFunction: Link = {
  id: "function",
  after: ["stack"],
  async prove({ lambda, iam, eks, logs, target, cluster, version }) {
    const examined = await target();
    const { functionName, roleArn, roleName } = examined;
    const found = await lambda.configuration(functionName);
    if (!found)
      throw new EksLambdaError("FunctionNotFound", `no function named "${functionName}"`, {
        hint: advice`it was deleted outside of its stack; ${command`eks-lambda setup`} creates it again`,
      });
    refuseFailed(found, functionName);
    const stale = [
      ...outdated(found, await cluster(), roleArn),
      ...(isForEarlierRole(found, await iam.role(roleName))
        ? ["it was deployed for an earlier role of that name"]
        : []),
    ];
    if (stale.length > 0) {
      throw new EksLambdaError(
        "FunctionOutdated",
        `the function "${functionName}" is out of date: ${stale.join("; ")}`,
        { hint: advice`${command`eks-lambda setup`} updates it` },
      );
    }
    const actual = await readActual(
      { iam, eks, logs, lambda: { ...lambda, configuration: async () => found } },
      examined,
    );
    // The code to compare with may be that of --entry, and is not at hand.
    const release = { version, hash: examined.found?.deployed.contentHash ?? "" };
    const { reverted, code } = driftOf(examined, actual, release);
    const changed = [...reverted, ...(code === undefined ? [] : [code])];
    if (changed.length > 0) throw drifted(examined.stack, changed);
    const where = found.subnetIds.length ? `, in ${counted(found.subnetIds.length, "subnet")}` : "";
    const idle = found.state === "Active" ? "" : "; it is idle: its next call waits for network interfaces";
    const unread = actual.unread.map((what) => `; ${what}`).join("");
    return `${functionName}, ${found.runtime}, up to date with the cluster${where}${idle}${unread}`;
  },
};

const drifted = (stack: string, changed: readonly string[]) =>
  new EksLambdaError("StackDrifted", `someone changed what the stack "${stack}" created: ${changed.join("; ")}`, {
    hint: advice`${command`eks-lambda setup`} restores it; see who did it in CloudTrail's event history`,
  });

/** An idle function is Inactive, then Pending. */
function refuseFailed({ state, reason }: FunctionConfiguration, functionName: string): void {
  if (/^(Active|Inactive|Pending)$/.test(state)) return;
  throw new EksLambdaError(
    "FunctionNotActive",
    `the function "${functionName}" is ${state}${reason ? `: ${reason}` : ""}`,
    { hint: advice`see why: ${stateOf(functionName)}` },
  );
}

/** Lists what in the function's configuration is out of date. */
export function outdated(
  {
    environment,
    runtime,
    roleArn: runsAs,
    subnetIds,
  }: Pick<FunctionConfiguration, "environment" | "runtime" | "roleArn" | "subnetIds">,
  { name, endpoint, ca, network }: Pick<ReadCluster, "name" | "endpoint" | "ca" | "network">,
  roleArn: string,
): readonly string[] {
  return [
    environment.CLUSTER_NAME !== name && `CLUSTER_NAME is ${shown(environment.CLUSTER_NAME)}, not "${name}"`,
    environment.CLUSTER_ENDPOINT !== endpoint &&
      `CLUSTER_ENDPOINT is ${shown(environment.CLUSTER_ENDPOINT)}, not "${endpoint}"`,
    environment.CLUSTER_CA !== ca && "CLUSTER_CA is not the cluster's current CA",
    runsAs !== roleArn && `it runs as ${runsAs}, not as ${roleArn}`,
    !runtimes.test(runtime) && `its runtime ${runtime} is no longer supported`,
    !network.public && subnetIds.length === 0 && "the cluster's endpoint is private, and the function is in no VPC",
  ].filter((problem) => problem !== false);
}

const shown = (value: string | undefined): string => (value === undefined ? "not set" : `"${value}"`);
