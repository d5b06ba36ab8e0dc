/** Our entries in a kubeconfig: cluster, user and context have our own name, so that no other entry is overwritten. */
import { homedir } from "node:os";
import type { Clock } from "../../clock.ts";
import { EksLambdaError } from "../../errors.ts";
import { dropEntry, type ExecCommand, hasEntry, type KubeconfigEntry, putEntry } from "../../kubeconfig/entry.ts";
import { execFor } from "../../kubeconfig/exec.ts";
import { editKubeconfig, inFile, readKubeconfig } from "../../kubeconfig/file.ts";
import { leftLock } from "../../kubeconfig/lock.ts";
import { kubeconfigPaths } from "../../kubeconfig/paths.ts";
import { type Planned, plan, type Resource } from "../../plan.ts";
import { otherOwners } from "../../rbac/owned.ts";
import type { AccountStep, Context } from "../../setup/context.ts";
import { reachable } from "../target.ts";

export const kubeconfigStep: AccountStep = {
  id: "kubeconfig",
  async plan(context, intent) {
    if (context.target.config.kubeconfig === false) return [];
    const { exec, warning } = execOf(context);
    const path = await pathOf(context, nameOf(context));
    const file = { path, text: await readKubeconfig(path) };
    const planned = await plan("kubeconfig", entryIn(file, exec, context), intent);
    // An edit of the file also removes a lock that a killed run left.
    if (!planned.apply) return [planned, ...(await unlocking(path, context.clock))];
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
  return execFor(config.exec, request, environment);
}

const nameOf = ({ target: { cluster } }: Context): string => `eks-lambda/${cluster.name}`;

function entryOf(context: Context, exec: ExecCommand): KubeconfigEntry {
  const { endpoint: server, ca } = reachable(context.target);
  return { name: nameOf(context), server, ca, exec };
}

/**
 * Returns the file from `--kubeconfig`. Otherwise returns the first of kubectl's files that has our entry, or the
 * first.
 */
async function pathOf({ target, environment }: Context, name: string): Promise<string> {
  if (target.config.kubeconfig) return target.config.kubeconfig;
  const paths = kubeconfigPaths(environment.KUBECONFIG, environment.HOME || homedir());
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readKubeconfig(path) })));
  const holding = texts.find(({ path, text }) => inFile(path, () => hasEntry(text, name)));
  return holding?.path ?? paths[0];
}

/** Keeps the entries while the cluster has other functions, which use them, too. */
async function whyKept({ kube, target }: Context): Promise<string | undefined> {
  if (!kube) return undefined;
  try {
    const [first, ...others] = await otherOwners(kube, target.owner);
    if (first === undefined) return undefined;
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return `the function of the stack ${first}${more} is in this cluster, too`;
  } catch (error) {
    if (!(error instanceof EksLambdaError && error.code === "Forbidden")) throw error;
    return `you may not see whether another function is in this cluster: ${error.message}`;
  }
}

interface KubeconfigFile {
  readonly path: string;
  readonly text: string | undefined;
}

/** The value is the file's text, so that the plan shows the lines that differ. */
function entryIn({ path, text }: KubeconfigFile, exec: ExecCommand, context: Context): Resource<string> {
  const { useContext } = context.target.config;
  const name = nameOf(context);
  const put = (before: string | undefined) =>
    inFile(path, () => putEntry(before, entryOf(context, exec), { useContext }));
  const drop = (before: string | undefined) => inFile(path, () => dropEntry(before, name));
  return {
    target: path,
    get wanted() {
      return put(text);
    },
    read: async () => (inFile(path, () => hasEntry(text, name)) ? text : undefined),
    show: (value) => value,
    summary: () => `context ${name}`,
    keep: (_, after) => (after === undefined ? whyKept(context) : undefined),
    write: (after) => editKubeconfig(path, context.clock, after === undefined ? drop : put),
  };
}
