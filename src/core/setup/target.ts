/** The target of setup: caller, cluster, stack, and the names derived from them. */

import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Ec2 } from "../aws/ec2.ts";
import type { Cluster, Eks } from "../aws/eks.ts";
import type { Caller, Sts } from "../aws/sts.ts";
import type { Clock } from "../clock.ts";
import { advice, command, type Hint } from "../command.ts";
import { EksLambdaError, usageError } from "../errors.ts";
import type { ClusterAddress } from "../kube/cluster.ts";
import { ownerName } from "../kube/owner.ts";
import { type Access, chooseAccess } from "../mapping/choose.ts";
import { oldestMode } from "../mapping/modes.ts";
import { nearest } from "../nearest.ts";
import { givesMore } from "../parameters/allow.ts";
import { chosenBy, type Deployed, type Options } from "../parameters/deployed.ts";
import { edited } from "../parameters/variables.ts";
import { functionArnOf, roleArnOf } from "../partition.ts";
import type { Intent, Waiting } from "../plan.ts";
import { deployedRights, type Rights, wantedRights } from "../rbac/rights.ts";
import { type OurStack, ourStack, type Reader } from "../stack/found.ts";
import { rbacNames, stackName } from "../stack/names.ts";
import { addressWarnings, type Placement, placementOf, reachWarnings } from "../stack/placement.ts";
import { isAbandoned } from "../stack/remove.ts";
import { refuseBroken } from "../stack/status.ts";
import { waitForStack } from "../stack/wait.ts";
import type { Config } from "./config.ts";
import { seenNetwork } from "./network.ts";

export interface Target {
  readonly config: Config;
  readonly region: string;
  readonly caller: Caller;
  readonly cluster: TargetCluster;
  readonly access: Access;
  /** One of several functions for the cluster. */
  readonly name: string | undefined;
  readonly stack: string;
  /** The owner that objects in the cluster name, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** The stack of an earlier run, at rest. */
  readonly found: OurStack | undefined;
  /** Instead: what is left of a run that was killed after EKS had refused its new role. Setup deletes it first. */
  readonly abandoned: OurStack | undefined;
  /** Of function, role and log, the variables, and how the role is to be mapped: by flags, the stack, or default. */
  readonly options: Options & Pick<Deployed, "access" | "env">;
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleName: string;
  /** With the role's path, which aws-auth must not have. */
  readonly roleArn: string;
  /** Set if the function runs in the cluster's VPC. */
  readonly placement: Placement | undefined;
  /** From which addresses the function calls, where that needs a decision, and which subnets have too few. */
  readonly networkWarnings: readonly Hint[];
  /** The Kubernetes user that the role is mapped to. */
  readonly username: string;
  /** The name of the Roles and their bindings. */
  readonly rbacName: string;
  readonly rights: Rights;
}

/** Teardown also works if the cluster does not exist or is not ready. */
export type TargetCluster = ReachableCluster | MissingCluster;
export interface ReachableCluster extends ClusterAddress {
  readonly exists: true;
  /** `ACTIVE`, `DELETING`, … */
  readonly status: string;
}
interface MissingCluster extends Pick<ClusterAddress, "name" | "namespace"> {
  readonly exists: false;
}

/** Returns the target's cluster if it exists. Throws `ClusterNotReady`. */
export function reachable({ cluster, region }: Pick<Target, "cluster" | "region">): ReachableCluster {
  if (cluster.exists) return cluster;
  throw notReady(cluster.name, { status: "missing", region });
}

/** Reads a cluster that has an endpoint and a CA. Throws `ClusterNotFound`, `ClusterNotReady`. */
export async function readCluster(eks: Eks, name: string, region: string): Promise<ReadCluster> {
  const found = await eks.cluster(name);
  if (!found) throw await notFound(eks, name, region);
  const { status, endpoint, ca } = found;
  if (!/^(ACTIVE|UPDATING)$/.test(status) || !endpoint || !ca) throw notReady(name, { status, region });
  return { ...found, endpoint, ca };
}

type Remedy = (name: string, region: string) => Hint;

/** What to do about a cluster that never gets ACTIVE, by its status: the AWS CLI's waiter fails at once for these. */
const remedies: Readonly<Record<string, Remedy>> = {
  DELETING: (name, region) =>
    advice`if it had a function: ${command`eks-lambda teardown --cluster ${name} --region ${region} --aws-only`} deletes its stack`,
  FAILED: (name, region) =>
    advice`see why: ${command`aws eks describe-cluster --name ${name} --region ${region} --query cluster.health`}`,
};

const untilActive: Remedy = (name, region) =>
  advice`wait until it is ACTIVE: ${command`aws eks wait cluster-active --name ${name} --region ${region}`}`;

const notReady = (name: string, { status, region }: { readonly status: string; readonly region: string }) =>
  new EksLambdaError("ClusterNotReady", `the cluster "${name}" is ${status}`, {
    hint: (remedies[status] ?? untilActive)(name, region),
  });

export interface ReadCluster extends Cluster {
  readonly endpoint: string;
  readonly ca: string;
}

async function notFound(eks: Eks, name: string, region: string): Promise<EksLambdaError> {
  const names = await eks.names().catch(() => []);
  const meant = nearest(name, names);
  return usageError(
    "ClusterNotFound",
    `no cluster named "${name}" in ${region}`,
    names.length
      ? `${meant === undefined ? "" : `did you mean "${meant}"? `}clusters here: ${names.join(", ")}; choose one with --cluster, or another --region`
      : `${region} has no clusters that the caller may list; choose another --region`,
  );
}

/**
 * Chooses a cluster if no flag names one: the region's only one, or the answer of `choose`, a prompt on a terminal.
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
    throw usageError("NoCluster", `no EKS cluster in ${region}`, "choose another region with --region");
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
  readonly cloudformation: CloudFormation;
  /** Loaded for a function in a VPC. Without it, its network is not looked at. */
  readonly ec2?: () => Promise<Ec2>;
  readonly clock: Clock;
  /** Called while another operation on the stack is in progress. */
  readonly waiting: Waiting;
}

interface Chosen {
  readonly config: Config;
  /** The cluster's name. */
  readonly name: string;
  readonly region: string;
  readonly by: Reader;
}

/**
 * Reads caller, cluster and stack. The stack supplies values without a flag, so a second `setup` and `teardown` need no
 * flags. Throws `ClusterNotFound`, `ClusterNotReady`, `AccessModeUnsupported`, `StackNotOurs`, `StackInvalid`,
 * `MadeByNewer`, `StackBroken`, `EntryNeeded`, `RightsNotDeclared`, `RightsDeclaredTwice`.
 */
export async function readTarget(
  ports: TargetPorts,
  { config, name: clusterName, region, by }: Chosen,
  intent: Intent,
): Promise<Target> {
  const stack = config.stack ?? stackName(clusterName, config.name);
  const place = { stack, cluster: clusterName, region, name: config.name, by };
  const [caller, cluster, read] = await Promise.all([
    ports.sts.identity(),
    intent === "present" ? readCluster(ports.eks, clusterName, region) : ports.eks.cluster(clusterName),
    waitForStack(ports, stack, ports.waiting).then((settled) => ourStack(ports.cloudformation, settled, place)),
  ]);
  const abandoned = intent === "present" && read && (await isAbandoned(ports, read)) ? read : undefined;
  const found = abandoned ? undefined : read;
  if (found && intent === "present") refuseBroken(found);
  const name = config.name ?? found?.deployed.name;
  // A stack keeps the name that it has.
  const onlyCreates = config.source === undefined && !givesMore(config.allowFlag);
  const decided = { cluster: clusterName, region, name, onlyCreates };
  const chosen = chosenBy(config, found?.parameters, decided);
  const { functionName, roleName, username, rbacName } = chosen;
  const network = cluster?.network;
  const wished = placementOf(config, network, found);
  const { placement, warnings } =
    intent === "present" && ports.ec2
      ? await seenNetwork(ports.ec2, { placement: wished, network, found })
      : { placement: wished, warnings: [] };
  return {
    config,
    region,
    caller,
    cluster: targetCluster(cluster, { name: clusterName, namespace: chosen.namespace }),
    access: chooseAccess(cluster?.authenticationMode ?? oldestMode, clusterName, {
      ...config,
      remembered: found?.deployed.access,
    }),
    name,
    stack,
    owner: ownerName({ account: caller.account, region, stack }),
    found,
    abandoned,
    options: { ...chosen, env: edited(chosen.env, config.variables) },
    functionName,
    functionArn: functionArnOf({ account: caller.account, region }, functionName),
    roleName,
    roleArn: roleArnOf({ region, account: caller.account }, roleName, chosen.rolePath),
    placement,
    networkWarnings: [...reachWarnings(placement, network), ...warnings, ...addressWarnings(placement, network)],
    username,
    rbacName,
    rights: intent === "present" ? wantedRights(config, found) : deployedRights(found),
  };
}

/** What the function's Roles and bindings can be called: now, by the stack, and by default. */
export const rbacNamesOf = ({
  cluster,
  name,
  rbacName,
  found,
}: Pick<Target, "cluster" | "name" | "rbacName" | "found">) =>
  rbacNames(cluster.name, name, [rbacName, found?.deployed.rbacName]);

function targetCluster(found: Cluster | undefined, named: Pick<ClusterAddress, "name" | "namespace">): TargetCluster {
  const { endpoint, ca } = found ?? {};
  return found && endpoint && ca
    ? { exists: true, status: found.status, ...named, endpoint, ca }
    : { exists: false, ...named };
}
