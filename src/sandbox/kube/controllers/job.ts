/** Jobs: creates Pods until enough have succeeded or too many failed. Source: k8s.io/kubernetes/pkg/controller/job */

import { kinds } from "../kinds.ts";
import type { Condition, Job, Pod } from "../objects.ts";
import { conditionOf, conditionsOf, isActive, isReady } from "../pods.ts";
import { end } from "../write/delete.ts";
import { type Control, controllerOf, nonZero, ownedBy, put, recordEvent, withConditions } from "./control.ts";
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

function work(control: Control, job: Job): void {
  const { suspend, completions, parallelism } = job.spec;
  const { store } = control;
  const startTime = suspend ? undefined : (job.status.startTime ?? store.now());
  const pods = () => ownedBy(control, kinds.pods, job);
  const finished = (phase: string) => pods().filter((pod) => phaseOf(pod) === phase).length;
  const succeeded = finished("Succeeded");
  const outcome = suspend ? undefined : outcomeOf(control, { ...job, status: { ...job.status, startTime } }, pods());
  const active = pods().filter(isActive);
  const wanted = suspend || outcome ? 0 : Math.min(parallelism, (completions ?? parallelism) - succeeded);
  const surplus = active.slice(0, Math.max(active.length - wanted, 0));
  for (const pod of surplus) end({ store, kind: kinds.pods }, pod, {});
  // A Pod that is deleted early counts as failed.
  const failed = Math.max(job.status.failed ?? 0, finished("Failed") + surplus.length);
  for (let index = active.length; index < wanted; index++)
    if (typeof makePod(control, job, { kind, template: job.spec.template }) === "string") break;
  const left = pods().filter(isActive);
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
    uncountedTerminatedPods: {},
    ready: left.filter(isReady).length,
  };
  if (isOver) recordEnd(control, job, all);
  put(control, kind, { ...job, status });
}

/** The conditions of a Job that has ended. */
function outcomeOf(control: Control, job: Job, pods: readonly Pod[]): readonly Condition[] | undefined {
  const { completions, backoffLimit, activeDeadlineSeconds, template } = job.spec;
  const count = (phase: string) => pods.filter((pod) => phaseOf(pod) === phase).length;
  const restarts = pods.reduce((sum, pod) => sum + (pod.status.containerStatuses?.[0]?.restartCount ?? 0), 0);
  const failed = count("Failed") + (template.spec.restartPolicy === "OnFailure" ? restarts : 0);
  const failure = (reason: string, message: string): readonly Condition[] => [
    { type: "FailureTarget", status: "True", reason, message },
    { type: "Failed", status: "True", reason, message },
  ];
  const isLate = failed > backoffLimit || (restarts > 0 && backoffLimit === 0);
  if (isLate) return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const reached = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
  const isComplete =
    completions === undefined ? count("Succeeded") > 0 && !pods.some(isActive) : count("Succeeded") >= completions;
  if (isComplete)
    return [
      { type: "SuccessCriteriaMet", status: "True", ...reached },
      { type: "Complete", status: "True", ...reached },
    ];
  if (activeDeadlineSeconds === undefined) return undefined;
  const leftMs = Date.parse(job.status.startTime ?? "") + activeDeadlineSeconds * 1000 - control.clock.now();
  if (leftMs <= 0) return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  control.later("deadline", leftMs, { kind, object: job, run: (now) => reconcile(control, now) });
  return undefined;
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
