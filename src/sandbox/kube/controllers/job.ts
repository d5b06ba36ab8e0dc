/** Jobs: creates Pods until enough have succeeded or too many failed. Source: k8s.io/kubernetes/pkg/controller/job */

import { kinds } from "../kinds.ts";
import type { Condition, Job, Pod } from "../objects.ts";
import { conditionOf, conditionsOf, isActive, isReady } from "../pods.ts";
import { end } from "../write/delete.ts";
import { type Control, controllerOf, nonZero, ownedBy, put, recordEvent, withConditions } from "./control.ts";
import { indexed, indexOf, isIndexed, parsed, textOf } from "./indexes.ts";
import { verdictOf } from "./policies.ts";
import { makePod } from "./replicas.ts";

const kind = kinds.jobs;

export const jobs = controllerOf(kind, reconcile);

const phaseOf = ({ status }: Pod): string => status.phase;
const endOf = (job: Job): Condition | undefined => conditionOf(job, "Complete") ?? conditionOf(job, "Failed");

function reconcile(control: Control, job: Job): void {
  if (job.metadata.deletionTimestamp) return;
  const over = endOf(job);
  if (over) expire(control, job, over);
  else work(control, job);
}

/** What the Pods of a Job have come to. */
interface Progress {
  readonly pods: readonly Pod[];
  /** Of Pods, or of indexes. */
  readonly succeeded: number;
  /** Of Pods, but for those that a policy ignores. */
  readonly failed: number;
  readonly indexes?: Indexes;
}
interface Indexes {
  readonly succeeded: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
  /** How many Pods of an index have failed, but for those that a policy ignores. */
  readonly failures: ReadonlyMap<number, number>;
}

/** The sandbox is one process. */
const mostIndexes = 100_000;

function progressOf(control: Control, job: Job): Progress {
  const pods = ownedBy(control, kinds.pods, job);
  const of = (phase: string) => pods.filter((pod) => phaseOf(pod) === phase);
  const counted = of("Failed").filter((pod) => verdictOf(job, pod).action !== "Ignore");
  const failed = counted.length;
  if (!isIndexed(job)) return { pods, succeeded: of("Succeeded").length, failed };
  const failures = new Map<number, number>();
  for (const index of counted.map(indexOf)) failures.set(index, (failures.get(index) ?? 0) + 1);
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const below = Math.min(completions, mostIndexes);
  const known = (text: string | undefined) => parsed(text ?? "", below);
  const isIndex = (index: number) => index >= 0 && index < below;
  const succeeded = new Set([...known(job.status.completedIndexes), ...of("Succeeded").map(indexOf).filter(isIndex)]);
  const hasFailed = (pod: Pod) =>
    (failures.get(indexOf(pod)) ?? 0) > (backoffLimitPerIndex ?? Number.POSITIVE_INFINITY) ||
    verdictOf(job, pod).action === "FailIndex";
  const ended = of("Failed").filter(hasFailed).map(indexOf).filter(isIndex);
  const lost = [...known(job.status.failedIndexes), ...ended].filter((index) => !succeeded.has(index));
  return { pods, succeeded: succeeded.size, failed, indexes: { succeeded, failed: new Set(lost), failures } };
}

function work(control: Control, job: Job): void {
  const { suspend, completions, parallelism } = job.spec;
  const { store } = control;
  const startTime = suspend ? undefined : (job.status.startTime ?? store.now());
  const progress = progressOf(control, job);
  const { succeeded, indexes } = progress;
  const outcome = suspend ? undefined : outcomeOf(control, { ...job, status: { ...job.status, startTime } }, progress);
  const active = progress.pods.filter(isActive);
  const open = (completions ?? parallelism) - succeeded - (indexes?.failed.size ?? 0);
  const wanted = suspend || outcome ? 0 : Math.min(parallelism, open);
  const surplus = active.slice(0, Math.max(active.length - wanted, 0));
  for (const pod of surplus) end({ store, kind: kinds.pods }, pod, {});
  // A Pod that is deleted early counts as failed.
  const failed = Math.max(job.status.failed ?? 0, progress.failed + surplus.length);
  createPods(control, job, { ...progress, wanted: wanted - active.length });
  const left = ownedBy(control, kinds.pods, job).filter(isActive);
  const conditions = outcome && left.length === 0 ? outcome : suspendedOf(job);
  const now = store.now();
  const probed = conditions.map((condition) => ({ ...condition, lastProbeTime: now }));
  const all = withConditions(conditionsOf(job), probed, now);
  const isOver = all.some(({ type }) => type === "Complete" || type === "Failed");
  const status: Job["status"] = {
    ...(all.length > 0 && { conditions: all }),
    ...(startTime && { startTime }),
    ...(all.some(({ type }) => type === "Complete") && { completionTime: now }),
    ...nonZero<Job["status"]>({ active: left.length, succeeded, failed }),
    terminating: 0,
    ...(indexes && indexes.succeeded.size > 0 && { completedIndexes: textOf(indexes.succeeded) }),
    ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: textOf(indexes?.failed ?? []) }),
    uncountedTerminatedPods: {},
    ready: left.filter(isReady).length,
  };
  if (isOver) recordEnd(control, job, all);
  put(control, kind, { ...job, status });
}

function createPods(
  control: Control,
  job: Job,
  { pods, indexes, wanted }: Progress & { readonly wanted: number },
): void {
  const { template } = job.spec;
  const taken = new Set(pods.filter(isActive).map(indexOf));
  let index = 0;
  for (let left = wanted; left > 0; left--) {
    while (indexes && (taken.has(index) || indexes.succeeded.has(index) || indexes.failed.has(index))) index++;
    const own = indexes ? indexed(job, index, indexes.failures.get(index) ?? 0) : {};
    if (typeof makePod(control, job, { kind, template, ...own }) === "string") break;
    index++;
  }
}

const reached = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };

/** The conditions of a Job that has ended. */
function outcomeOf(control: Control, job: Job, progress: Progress): readonly Condition[] | undefined {
  const { activeDeadlineSeconds } = job.spec;
  const why = failureOf(job, progress);
  if (why) return failure(why);
  const success = successOf(job, progress);
  if (success)
    return [
      { type: "SuccessCriteriaMet", status: "True", ...success },
      { type: "Complete", status: "True", ...success },
    ];
  if (activeDeadlineSeconds === undefined) return undefined;
  const leftMs = Date.parse(job.status.startTime ?? "") + activeDeadlineSeconds * 1000 - control.clock.now();
  if (leftMs <= 0) return failure(["DeadlineExceeded", "Job was active longer than specified deadline"]);
  control.later("deadline", leftMs, { kind, object: job, run: (now) => reconcile(control, now) });
  return undefined;
}

type Reason = readonly [reason: string, message: string];
const failure = ([reason, message]: Reason): readonly Condition[] => [
  { type: "FailureTarget", status: "True", reason, message },
  { type: "Failed", status: "True", reason, message },
];

function failureOf(job: Job, { pods, succeeded, failed, indexes }: Progress): Reason | undefined {
  const { backoffLimit, completions = 0, maxFailedIndexes, template } = job.spec;
  const fatal = pods
    .filter((pod) => phaseOf(pod) === "Failed")
    .map((pod) => verdictOf(job, pod))
    .find(({ action }) => action === "FailJob");
  if (fatal) return ["PodFailurePolicy", fatal.message];
  const restarts = pods.reduce((sum, pod) => sum + (pod.status.containerStatuses?.[0]?.restartCount ?? 0), 0);
  const all = failed + (template.spec.restartPolicy === "OnFailure" ? restarts : 0);
  if (all > backoffLimit || (restarts > 0 && backoffLimit === 0))
    return ["BackoffLimitExceeded", "Job has reached the specified backoff limit"];
  const lost = indexes?.failed.size ?? 0;
  if (maxFailedIndexes !== undefined && lost > maxFailedIndexes)
    return ["MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"];
  return lost > 0 && lost + succeeded >= completions ? ["FailedIndexes", "Job has failed indexes"] : undefined;
}

function successOf(job: Job, { pods, succeeded, indexes }: Progress): Omit<Condition, "type" | "status"> | undefined {
  const { completions, successPolicy } = job.spec;
  const met = (successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const done = indexes?.succeeded ?? new Set();
    const asked = succeededIndexes === undefined ? undefined : [...parsed(succeededIndexes, mostIndexes)];
    const count = (asked ?? [...done]).filter((index) => done.has(index)).length;
    return count >= (succeededCount ?? asked?.length ?? Number.POSITIVE_INFINITY);
  });
  if (met >= 0) return { reason: "SuccessPolicy", message: `Matched rules at index ${met}` };
  const isComplete = completions === undefined ? succeeded > 0 && !pods.some(isActive) : succeeded >= completions;
  return isComplete ? reached : undefined;
}

/** A Job that was never suspended has no `Suspended` condition. */
function suspendedOf(job: Job): readonly Condition[] {
  if (job.spec.suspend)
    return [{ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }];
  if (!conditionOf(job, "Suspended")) return [];
  return [{ type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" }];
}

function recordEnd(control: Control, job: Job, conditions: readonly Condition[]): void {
  const failed = conditions.find(({ type }) => type === "Failed");
  const { reason = "", message = "" } = failed ?? { reason: "Completed", message: "Job completed" };
  recordEvent(control, job, { ...(failed && { type: "Warning" }), reason, message, of: kind });
}

/** Deletes a finished Job after its `ttlSecondsAfterFinished`. */
function expire(control: Control, job: Job, { lastTransitionTime = "" }: Condition): void {
  const { ttlSecondsAfterFinished: seconds } = job.spec;
  if (seconds === undefined) return;
  const ms = Date.parse(lastTransitionTime) + seconds * 1000 - control.clock.now();
  if (ms > 0) control.later("expiry", ms, { kind, object: job, run: (now) => reconcile(control, now) });
  else end({ store: control.store, kind }, job, { propagationPolicy: "Foreground" });
}
