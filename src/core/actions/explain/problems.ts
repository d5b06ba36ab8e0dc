/** Why a workload does not come up: what its conditions, its Pods and its Events say. */
import type { KubeObject } from "../../kube/object.ts";
import { failedContainers, type PodLike, type StatusCondition } from "../../kube/workloads.ts";

/** The fields of an object that has conditions. */
export interface Observed extends KubeObject {
  readonly status?: { readonly conditions?: readonly StatusCondition[] | undefined };
}

export interface ObservedPod extends PodLike {
  readonly spec?: {
    readonly containers?: readonly ContainerSpec[];
    readonly initContainers?: readonly ContainerSpec[];
  };
  readonly status?: PodLike["status"] & {
    readonly phase?: string;
    readonly conditions?: readonly StatusCondition[] | undefined;
  };
}
interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
}

export interface ClusterEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

export interface Problem {
  /** Kubernetes' reason, or `QuotaExceeded`, `PodSecurity`, `AdmissionDenied`, which Kubernetes calls `FailedCreate`. */
  readonly reason: string;
  readonly message?: string;
  /** The first Pod that has it. */
  readonly pod?: string;
  /** How many Pods have it. */
  readonly pods?: number;
  readonly container?: string;
  readonly image?: string;
  readonly exitCode?: number;
  /** The last lines of the container's log. */
  readonly lines?: readonly string[];
}

/** Why Pods are not created; the first pattern that matches counts. */
const creations: readonly (readonly [words: RegExp, reason: string])[] = [
  [/exceeded quota|failed quota/, "QuotaExceeded"],
  [/violates PodSecurity/, "PodSecurity"],
  [/denied (the )?request/, "AdmissionDenied"],
];

const creationProblem = (message = ""): Problem => ({
  reason: creations.find(([words]) => words.test(message))?.[1] ?? "FailedCreate",
  message,
});

const conditionsOf = ({ status }: Observed): readonly StatusCondition[] => status?.conditions ?? [];

/** Without the time, and without what a retry in another moment says otherwise. */
const alike = ({ reason, container, image, exitCode }: Problem): string =>
  [reason, container, image, exitCode].join(" ");

/** True for a Pod that does not run as it should, or does not run yet. */
export const isTroubled = (pod: ObservedPod): boolean => {
  const { phase } = pod.status ?? {};
  const isReady = conditionsOf(pod).some(({ type, status }) => type === "Ready" && status === "True");
  return phase === "Failed" || (phase !== "Succeeded" && !pod.metadata?.deletionTimestamp && !isReady);
};

/** What is wrong with one Pod. */
function ofPod(pod: ObservedPod, events: readonly ClusterEvent[]): readonly Problem[] {
  const name = pod.metadata?.name ?? "";
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const failed = failedContainers(pod).map(({ message, ...one }): Problem => {
    const image = [...initContainers, ...containers].find((spec) => spec.name === one.container)?.image;
    return { ...one, pod: name, ...(image && { image }), ...(message && { message }) };
  });
  const unscheduled = conditionsOf(pod).find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled)
    return [{ reason: unscheduled.reason ?? "Unschedulable", message: unscheduled.message ?? "", pod: name }];
  if (failed.length > 0) return failed;
  const warning = events
    .filter(({ type, involvedObject }) => type === "Warning" && involvedObject?.uid === pod.metadata?.uid)
    .at(-1);
  if (warning) return [{ reason: warning.reason ?? "Warning", message: warning.message ?? "", pod: name }];
  const unready = conditionsOf(pod).find(({ type, status }) => type === "Ready" && status === "False");
  return [{ reason: "NotReady", message: unready?.message ?? `its phase is ${pod.status?.phase}`, pod: name }];
}

export interface Seen {
  /** The workload or Job, and the ReplicaSets of a Deployment. */
  readonly objects: readonly Observed[];
  readonly pods: readonly ObservedPod[];
  /** Oldest first. */
  readonly events: readonly ClusterEvent[];
}

/** Each problem once, with the number of Pods that have it. The ones that explain others first. */
export function problemsOf({ objects, pods, events }: Seen): readonly Problem[] {
  const uids = objects.map(({ metadata }) => metadata?.uid);
  const refused = [
    ...objects.flatMap(conditionsOf).filter(({ type, status }) => type === "ReplicaFailure" && status === "True"),
    ...events.filter(({ reason, involvedObject }) => reason === "FailedCreate" && uids.includes(involvedObject?.uid)),
  ].map(({ message }) => creationProblem(message));
  const over = objects
    .flatMap(conditionsOf)
    .filter(({ type, status }) => type === "Failed" && status === "True")
    .map(({ reason = "Failed", message = "" }): Problem => ({ reason, message }));
  const known = new Map<string, Problem>();
  for (const problem of [...refused, ...pods.filter(isTroubled).flatMap((pod) => ofPod(pod, events)), ...over]) {
    const same = known.get(alike(problem));
    known.set(alike(problem), { ...(same ?? problem), ...(problem.pod && { pods: (same?.pods ?? 0) + 1 }) });
  }
  return [...known.values()];
}

/** One line for each of the first three problems, and the last lines of a log. */
export function described(problems: readonly Problem[]): string {
  return problems
    .slice(0, 3)
    .map(({ reason, message, pod, pods = 1, container, image, exitCode, lines }) => {
      const where = pod && `Pod ${pod}${pods > 1 ? ` and ${pods - 1} more` : ""}`;
      const what = container && `container "${container}"${image ? ` of ${image}` : ""}`;
      const code = exitCode === undefined ? "" : `, exit code ${exitCode}`;
      const log = lines?.length ? `\n${lines.map((line) => `  | ${line}`).join("\n")}` : "";
      return `${[where, what, `${reason}${code}`].filter(Boolean).join(", ")}${message ? `: ${message.replaceAll("\n", "\\n")}` : ""}${log}`;
    })
    .join("\n");
}
