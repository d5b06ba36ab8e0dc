/** Our context in a kubeconfig: it, its cluster and its user have a name of our own, so that no other is overwritten. */
import { homedir } from "node:os";
import type { Clock } from "../../clock.ts";
import { hasCode } from "../../errors.ts";
import {
  arnOf,
  dropContext,
  type ExecCommand,
  hasContext,
  hasCurrentContext,
  putContext,
} from "../../kubeconfig/context.ts";
import { execFor } from "../../kubeconfig/exec.ts";
import { editKubeconfig, inFile, kubeconfigPaths, readKubeconfig, rehearseKubeconfig } from "../../kubeconfig/file.ts";
import { leftLock } from "../../kubeconfig/lock.ts";
import { partitionOf } from "../../partition.ts";
import { type Planned, plan, type Resource } from "../../plan.ts";
import { otherOwners } from "../../rbac/owned.ts";
import type { AccountStep, Context } from "../../setup/context.ts";
import { reachable } from "../target.ts";

export const kubeconfigStep: AccountStep = {
  id: "kubeconfig",
  async plan(context, intent) {
    if (context.target.config.kubeconfig === false) return [];
    const { exec, warning } = execOf(context);
    const place = await placeOf(context);
    const planned = await plan("kubeconfig", contextIn(place, exec, context), intent);
    // An edit of the file also removes a lock that a killed run left.
    if (!planned.apply) return [planned, ...(await unlocking(place.path, context.clock))];
    if (warning === undefined || intent === "absent") return [planned];
    return [{ ...planned, change: { ...planned.change, warnings: [warning] } }];
  },
};

async function unlocking(path: string, clock: Clock): Promise<readonly Planned[]> {
  const lock = await leftLock(path);
  if (lock === undefined) return [];
  const change = {
    step: "kubeconfig",
    target: lock,
    action: "delete",
    summary: "left by a run that was killed",
  } as const;
  return [{ change, apply: () => editKubeconfig(path, clock, (text) => text) }];
}

function execOf({ target, environment, profile, assets }: Context) {
  const { cluster, region, config } = target;
  const request = { cluster: cluster.name, region, profile, version: assets.version, installed: assets.command };
  return execFor(config.exec ?? "auto", request, environment);
}

interface KubeconfigFile {
  readonly path: string;
  readonly text: string | undefined;
}

interface Place extends KubeconfigFile {
  /** Of cluster, user and context. */
  readonly name: string;
  /** Another of kubectl's files has a current context. */
  readonly hasContextElsewhere: boolean;
}

/** In the file from `--kubeconfig`; otherwise in the first of kubectl's files that has our context, or in the first. */
async function placeOf({ target, environment }: Context): Promise<Place> {
  const { kubeconfig } = target.config;
  const paths = kubeconfig
    ? ([kubeconfig] as const)
    : kubeconfigPaths(environment.KUBECONFIG, environment.HOME || homedir());
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await readKubeconfig(path) })));
  const name = nameIn(files, target);
  const holding = files.find((file) => has(file, name)) ?? { path: paths[0], text: files[0]?.text };
  const others = files.filter(({ path }) => path !== holding.path);
  const hasContextElsewhere = !isSwitched(holding) && others.some(isSwitched);
  return { ...holding, name, hasContextElsewhere };
}

const has = ({ path, text }: KubeconfigFile, name: string): boolean => inFile(path, () => hasContext(text, name));
const isSwitched = ({ path, text }: KubeconfigFile): boolean => inFile(path, () => hasCurrentContext(text));

/**
 * Clusters with the same name have a context each: the later ones have the Region, or account and Region, in their names.
 * A context without a cluster's ARN, from an earlier version, counts as ours.
 */
function nameIn(files: readonly KubeconfigFile[], target: Context["target"]): string {
  const { cluster, region, caller } = target;
  const longest = `eks-lambda/${caller.account}/${region}/${cluster.name}`;
  const names = [`eks-lambda/${cluster.name}`, `eks-lambda/${region}/${cluster.name}`, longest];
  const all = names.map((name) => {
    const file = files.find((one) => has(one, name));
    return { name, exists: file !== undefined, arn: file && inFile(file.path, () => arnOf(file.text, name)) };
  });
  const ours = all.find(({ exists, arn }) => exists && (arn ?? clusterArn(target)) === clusterArn(target));
  return (ours ?? all.find(({ exists }) => !exists))?.name ?? longest;
}

const clusterArn = ({ cluster, region, caller }: Context["target"]): string =>
  `arn:${partitionOf(region)}:eks:${region}:${caller.account}:cluster/${cluster.name}`;

/** Keeps the context while the cluster has other functions, which use them, too. */
async function whyKept({ kube, target }: Context): Promise<string | undefined> {
  if (!kube) return undefined;
  try {
    const [first, ...others] = await otherOwners(kube, target.owner);
    if (first === undefined) return undefined;
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return `the function of the stack ${first}${more} is in this cluster, too`;
  } catch (error) {
    if (!hasCode(error, "Forbidden")) throw error;
    return `you may not see whether another function is in this cluster: ${error.message}`;
  }
}

/** The value is the file's text, so that the plan shows the lines that differ. */
function contextIn(
  { path, text, name, hasContextElsewhere }: Place,
  exec: ExecCommand,
  context: Context,
): Resource<string> {
  const { useContext } = context.target.config;
  const put = (before: string | undefined) => {
    const { endpoint: server, ca } = reachable(context.target);
    const wanted = { name, arn: clusterArn(context.target), server, ca, exec };
    return inFile(path, () => putContext(before, wanted, { useContext, hasContextElsewhere }));
  };
  const drop = (before: string | undefined) => inFile(path, () => dropContext(before, name));
  return {
    target: path,
    get wanted() {
      return put(text);
    },
    read: async () => (inFile(path, () => hasContext(text, name)) ? text : undefined),
    show: (value) => value,
    summary: () => `context ${name}`,
    keep: (_, after) => (after === undefined ? whyKept(context) : undefined),
    rehearse: () => rehearseKubeconfig(path),
    write: (after) => editKubeconfig(path, context.clock, after === undefined ? drop : put),
  };
}
