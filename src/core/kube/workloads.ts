/** Helpers for workloads: whether a rollout or a Job is done, why a container failed, and how to restart. */
import { EksLambdaError } from "../errors.ts";
import type { KubeObject } from "./object.ts";
import type { KindCondition } from "./until.ts";

export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** A Deployment, StatefulSet or DaemonSet. */
export interface Workload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number | undefined;
    readonly updateStrategy?: { readonly type?: string | undefined; readonly rollingUpdate?: object | undefined };
  };
  readonly status?: {
    readonly observedGeneration?: number | undefined;
    readonly replicas?: number | undefined;
    readonly updatedReplicas?: number | undefined;
    readonly availableReplicas?: number | undefined;
    readonly readyReplicas?: number | undefined;
    readonly desiredNumberScheduled?: number | undefined;
    readonly updatedNumberScheduled?: number | undefined;
    readonly numberAvailable?: number | undefined;
    readonly conditions?: readonly StatusCondition[] | undefined;
  };
}

/** Numbers of Pods: to be updated, updated, to be available, available, and old ones that still run. */
interface Progress {
  readonly toUpdate: number;
  readonly updated: number;
  readonly toWork: number;
  readonly working: number;
  readonly old: number;
}

/** Source: https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go */
function progressOf({ kind, spec = {}, status = {} }: Workload): Progress {
  if (kind === "DaemonSet") {
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable = 0 } = status;
    return { toUpdate: wanted, updated, toWork: wanted, working: numberAvailable, old: 0 };
  }
  const { replicas: wanted = 1, updateStrategy } = spec;
  const { replicas = 0, updatedReplicas: updated = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  if (kind !== "StatefulSet")
    return { toUpdate: wanted, updated, toWork: updated, working: availableReplicas, old: replicas - updated };
  const { partition = 0 } = (updateStrategy?.rollingUpdate ?? {}) as { readonly partition?: number };
  return { toUpdate: wanted - partition, updated, toWork: wanted, working: readyReplicas, old: 0 };
}

/** Describes what the rollout still needs. `undefined` if it is done. */
function missingOf(workload: Workload): string | undefined {
  const { metadata, status } = workload;
  if ((metadata?.generation ?? 0) > (status?.observedGeneration ?? 0)) return "its controller has not seen it yet";
  const { toUpdate, updated, toWork, working, old } = progressOf(workload);
  if (updated < toUpdate) return `${updated} of ${toUpdate} replicas are updated`;
  if (old > 0) return `${old} old replicas still run`;
  return working < toWork ? `${working} of ${toWork} replicas are available` : undefined;
}

/**
 * True once the rollout of a Deployment, StatefulSet or DaemonSet is complete, by the rules of `kubectl rollout
 * status`. Throws `RolloutFailed` if a Deployment's progress deadline is over, or if the update strategy is `OnDelete`.
 */
export const rolledOut: KindCondition<"Deployment" | "StatefulSet" | "DaemonSet"> = /* @__PURE__ */ Object.assign(
  (workload: Workload): boolean => {
    const { kind = "", metadata, spec, status } = workload;
    const missing = missingOf(workload);
    const isStuck = status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded");
    const isManual = spec?.updateStrategy?.type === "OnDelete";
    if (missing === undefined || !(isStuck || isManual)) return missing === undefined;
    const why = isManual ? "its update strategy is OnDelete" : "its progress deadline is over";
    throw new EksLambdaError("RolloutFailed", `${kind} "${metadata?.name}" did not roll out, ${why}: ${missing}`, {
      hint: isManual ? "delete its Pods one by one" : "find out what its Pods lack: kubectl describe pods",
    });
  },
  { describe: (workload: Workload) => missingOf(workload) ?? "" },
);

/** The patch of `kubectl rollout restart`: replaces all Pods of a workload. */
export const restartedNow = () => ({
  spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() } } } },
});

export interface JobLike extends KubeObject {
  readonly status?: {
    readonly active?: number | undefined;
    readonly succeeded?: number | undefined;
    readonly failed?: number | undefined;
    readonly conditions?: readonly StatusCondition[] | undefined;
  };
}

/** True if the object has this condition, and it is true. */
export const holds = ({ status }: Pick<JobLike, "status">, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** True once a Job is complete or has failed. */
export const finished: KindCondition<"Job"> = /* @__PURE__ */ Object.assign(
  (job: JobLike): boolean => holds(job, "Complete") || holds(job, "Failed"),
  {
    describe: ({ status: { active = 0, succeeded = 0, failed = 0 } = {} }: JobLike) =>
      `${active} active, ${succeeded} succeeded and ${failed} failed Pods`,
  },
);

/** True for a Job that is complete. */
export const succeeded = (job: JobLike): boolean => holds(job, "Complete");

export interface ContainerState {
  readonly waiting?: { readonly reason?: string | undefined; readonly message?: string | undefined } | undefined;
  readonly terminated?:
    | { readonly exitCode: number; readonly reason?: string | undefined; readonly message?: string | undefined }
    | undefined;
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: ContainerState | undefined;
  readonly lastState?: ContainerState | undefined;
}

export interface PodLike extends KubeObject {
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerStatus[] | undefined;
    readonly containerStatuses?: readonly ContainerStatus[] | undefined;
  };
}

export interface FailedContainer {
  readonly container: string;
  /** Kubernetes' reason: `Error`, `OOMKilled`, `ImagePullBackOff`, `CrashLoopBackOff`, … */
  readonly reason: string;
  /** Of its last run, if it ran. */
  readonly exitCode?: number;
  readonly message?: string;
}

/** Reasons for waiting that are not failures. */
const starting = new Set(["ContainerCreating", "PodInitializing"]);

/** The containers of a Pod that ended with an error or cannot start, init containers first. */
export function failedContainers({ status = {} }: PodLike): readonly FailedContainer[] {
  const { initContainerStatuses = [], containerStatuses = [] } = status;
  return [...initContainerStatuses, ...containerStatuses].flatMap(({ name, state = {}, lastState = {} }) => {
    const { waiting } = state;
    const ended = state.terminated ?? lastState.terminated;
    const failed = ended && ended.exitCode !== 0 ? ended : undefined;
    const stuck = waiting?.reason && !starting.has(waiting.reason) ? waiting : undefined;
    // The reason of the last run's end (OOMKilled) says more than that of the wait (CrashLoopBackOff).
    const { reason = "Error", message } = failed ?? stuck ?? {};
    if (!failed && !stuck) return [];
    return [{ container: name, reason, ...(failed && { exitCode: failed.exitCode }), ...(message && { message }) }];
  });
}
