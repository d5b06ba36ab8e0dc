/** Reads what explains the state of a workload or Job: its ReplicaSets, Pods, Events and logs. */
import { hasCode } from "../../errors.ts";
import type { LogOptions } from "../../kube/client.ts";
import type { KubeObject, Stored } from "../../kube/object.ts";
import type { Handles } from "../../kube/resource.ts";
import type { Scope } from "../action.ts";
import { shortened } from "../limits.ts";
import {
  type ClusterEvent,
  isTroubled,
  type Observed,
  type ObservedPod,
  type Problem,
  problemsOf,
} from "./problems.ts";

interface Owned extends Observed {
  readonly metadata?: KubeObject["metadata"] & { readonly ownerReferences?: readonly { readonly uid: string }[] };
}
interface Selecting extends Observed {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
}

/** The rights to look. */
export const lookNeeds = ({ beside }: Pick<Scope<"list" | "logs">, "beside">) => ({
  replicaSets: beside<Owned>("apps/v1", "replicasets").may("list"),
  ...podNeeds({ beside }),
});

/** Without ReplicaSets, for Jobs. */
export const podNeeds = ({ beside }: Pick<Scope<"list" | "logs">, "beside">) => ({
  pods: beside<Owned & ObservedPod>("v1", "pods").may("list", "log"),
  events: beside<ClusterEvent>("v1", "events").may("list"),
});

type Looking = Handles<ReturnType<typeof podNeeds>> & Partial<Handles<ReturnType<typeof lookNeeds>>>;

export interface Looked {
  readonly pods: readonly Stored<ObservedPod>[];
  /** Of the object, its ReplicaSets and its Pods that do not run; oldest first. */
  readonly events: readonly ClusterEvent[];
  readonly problems: readonly Problem[];
}

/** How many Pods, and how many containers, are looked at more closely. */
const most = 3;
const tailLines = 20;
/** As much as one line may have. More is read in vain. */
const limitBytes = 32 * 2 ** 20;

export async function look(handles: Looking, object: Stored<KubeObject>): Promise<Looked> {
  const { kind, spec } = object as Stored<Selecting>;
  const { uid } = object.metadata;
  const isOf = (uids: readonly string[]) => (one: Owned) =>
    one.metadata?.ownerReferences?.some((owner) => uids.includes(owner.uid)) ?? false;
  const labelSelector = selectorOf(spec);
  const sets =
    kind === "Deployment"
      ? ((await handles.replicaSets?.list({ labelSelector }).toArray()) ?? []).filter(isOf([uid]))
      : [];
  const owners = [uid, ...sets.map(({ metadata }) => metadata.uid)];
  const all = labelSelector ? await handles.pods.list({ labelSelector }).toArray() : [];
  const pods = all.filter(isOf(owners));
  const troubled = pods.filter(isTroubled);
  const about = [...owners, ...troubled.slice(0, most).map(({ metadata }) => metadata.uid)];
  const events = (
    await Promise.all(about.map((uid) => handles.events.list({ fieldSelector: `involvedObject.uid=${uid}` }).toArray()))
  )
    .flat()
    .sort((one, other) => timeOf(one).localeCompare(timeOf(other)));
  const problems = problemsOf({ objects: [object, ...sets], pods, events });
  return {
    pods,
    events,
    problems: await Promise.all(problems.map((one, at) => (at < most ? withLog(handles, one) : one))),
  };
}

const selectorOf = (spec: Selecting["spec"]): string =>
  Object.entries(spec?.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The last lines of the last Pod of a Job. Empty if its log is gone. */
export async function lastLines({ pods }: Pick<Looking, "pods">, job: KubeObject): Promise<readonly string[]> {
  const all = await pods.list({ labelSelector: selectorOf((job as Selecting).spec) }).toArray();
  const [last] = all.sort(({ metadata: one }, { metadata: other }) =>
    other.creationTimestamp.localeCompare(one.creationTimestamp),
  );
  const container = last?.spec?.containers?.[0]?.name;
  return last ? tailOf({ pods }, last.metadata.name, { container }).catch(unlessForbidden) : [];
}

/** Each line is shortened as it comes: twenty long ones are more than the function's memory. */
async function tailOf({ pods }: Pick<Looking, "pods">, name: string, options: LogOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of pods.logs({ name }, { ...options, tailLines, limitBytes })) lines.push(shortened(line));
  return lines;
}

export const timeOf = ({ lastTimestamp, eventTime, metadata }: ClusterEvent): string =>
  lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "";

/** The log may be gone, or on a node that does not answer. */
function unlessForbidden(error: unknown): readonly string[] {
  if (hasCode(error, "Forbidden")) throw error;
  return [];
}

/** The last lines of a container that ended. Its log may be gone. */
async function withLog(handles: Looking, problem: Problem): Promise<Problem> {
  const { pod, container, exitCode } = problem;
  if (!pod || !container || exitCode === undefined) return problem;
  const read = (previous: boolean) => tailOf(handles, pod, { container, previous });
  const lines = await read(false)
    .then((lines) => (lines.length > 0 ? lines : read(true)))
    .catch(unlessForbidden);
  return { ...problem, lines };
}
