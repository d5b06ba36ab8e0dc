/** What setup acts on: the caller and the cluster, read once, and every name derived from them. */
import type { AuthenticationMode, Cluster, Eks } from "../aws/eks.ts";
import type { Caller, Sts } from "../aws/sts.ts";
import type { ClusterAddress } from "../cluster.ts";
import { EksLambdaError, usageError } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import type { Config } from "./config.ts";
import { functionName, stackName } from "./names.ts";

export interface Target {
  readonly config: Config;
  readonly region: string;
  readonly caller: Caller;
  readonly cluster: ClusterAddress;
  readonly authenticationMode: AuthenticationMode;
  readonly stack: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleName: string;
  readonly roleArn: string;
}

/** A cluster that can be reached: it has an endpoint and a CA. Throws `ClusterNotFound`, `ClusterNotReady`. */
export async function readCluster(eks: Eks, name: string, region: string): Promise<Cluster & ReachableCluster> {
  const found = await eks.cluster(name);
  if (!found) throw await notFound(eks, name, region);
  const { status, endpoint, ca } = found;
  if (!/^(ACTIVE|UPDATING)$/.test(status) || !endpoint || !ca) {
    throw new EksLambdaError("ClusterNotReady", `the cluster "${name}" is ${status}`, {
      hint: `wait until it is ACTIVE: aws eks wait cluster-active --name ${name} --region ${region}`,
    });
  }
  return { ...found, endpoint, ca };
}
interface ReachableCluster {
  readonly endpoint: string;
  readonly ca: string;
}

async function notFound(eks: Eks, name: string, region: string): Promise<EksLambdaError> {
  const names = await eks.names().catch(() => []);
  return new EksLambdaError("ClusterNotFound", `no cluster named "${name}" in ${region}`, {
    hint: names.length
      ? `clusters here: ${names.join(", ")}; choose one with --cluster, or another --region`
      : `${region} has no clusters that the caller may list; choose another --region`,
  });
}

/**
 * The cluster to use when none was named: the region's only one, or what `choose` (a prompt on a terminal) answers.
 * Throws `NoCluster`, `ClusterNotChosen`.
 */
export async function chooseCluster(
  eks: Eks,
  region: string,
  choose: ((names: readonly string[]) => Promise<string>) | undefined,
): Promise<string> {
  const names = await eks.names();
  const [only, ...others] = names;
  if (only === undefined)
    throw usageError("NoCluster", `there is no EKS cluster in ${region}`, "choose another region with --region");
  if (others.length === 0) return only;
  if (choose) return choose(names);
  throw usageError(
    "ClusterNotChosen",
    `there are ${names.length} clusters in ${region}: ${names.join(", ")}`,
    `choose one: --cluster ${only}`,
  );
}

export interface TargetPorts {
  readonly sts: Sts;
  readonly eks: Eks;
}

/** Throws `ClusterNotFound`, `ClusterNotReady`, `AccessModeUnsupported`. */
export async function readTarget(
  { sts, eks }: TargetPorts,
  config: Config,
  clusterName: string,
  region: string,
): Promise<Target> {
  const [caller, cluster] = await Promise.all([sts.identity(), readCluster(eks, clusterName, region)]);
  const derived = functionName(clusterName, region);
  const name = config.functionName ?? derived;
  const roleName = config.roleName ?? derived;
  const partition = partitionOf(region).name;
  if (cluster.authenticationMode === "API") {
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${clusterName}" has authentication mode API: it does not read aws-auth`,
      {
        hint: "this version maps roles by aws-auth, for the modes CONFIG_MAP and API_AND_CONFIG_MAP",
      },
    );
  }
  return {
    config,
    region,
    caller,
    cluster: { name: clusterName, endpoint: cluster.endpoint, ca: cluster.ca, namespace: config.namespace },
    authenticationMode: cluster.authenticationMode,
    stack: config.stack ?? stackName(clusterName),
    functionName: name,
    functionArn: `arn:${partition}:lambda:${region}:${caller.account}:function:${name}`,
    roleName,
    roleArn: `arn:${partition}:iam::${caller.account}:role/${roleName}`,
  };
}
