/** Shows the state of a workload or Job: its rollout, its conditions, the Pods that do not run and why, and its last events. */
import { EksLambdaError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import type { Stored } from "../kube/object.ts";
import { finished, type JobLike, rolledOut, succeeded, type Workload } from "../kube/workloads.ts";
import { type Action, defineAction } from "./action.ts";
import { look, timeOf } from "./explain/look.ts";
import { isTroubled } from "./explain/problems.ts";
import { objectName, required } from "./fields.ts";
import { rollout, statusNeeds, watching } from "./rollout.ts";
import { rollouts } from "./wait.ts";

export type State = "complete" | "progressing" | "failed";

/** The state, and what is missing. */
export interface Progress {
  readonly state: State;
  readonly message?: string;
}

export function progressOf(object: Stored<Workload>): Progress {
  const stated = (state: State, message = ""): Progress => ({ state, ...(message && { message }) });
  if (object.kind === "Job") {
    const job = object as Stored<JobLike>;
    return finished(job)
      ? stated(succeeded(job) ? "complete" : "failed")
      : stated("progressing", finished.describe?.(job));
  }
  try {
    return rolledOut(object) ? stated("complete") : stated("progressing", rolledOut.describe?.(object));
  } catch (error) {
    if (!(error instanceof EksLambdaError)) throw error;
    return stated("failed", error.message);
  }
}

const lastEvents = 10;

const showing = defineAction({
  methods: watching,
  event: { name: required(objectName) },
  needs: statusNeeds,
  async run(handles, { kind, namespace, event, on }) {
    const name = String(event.name);
    const object = await handles.objects.until({ name }, () => true, {});
    const { pods, events, problems } = await look(handles, object);
    const isKnown = [...rollouts, "jobs.batch"].includes(formatResource(on));
    const { conditions = [], ...counts } = object.status ?? {};
    return {
      action: "status",
      kind,
      namespace,
      name,
      ...(isKnown && progressOf(object)),
      replicas: Object.fromEntries(Object.entries(counts).filter(([, count]) => typeof count === "number")),
      conditions: conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
      pods: pods.map((pod) => ({
        name: pod.metadata.name,
        phase: pod.status?.phase,
        ready: !isTroubled(pod),
        since: pod.metadata.creationTimestamp,
      })),
      problems,
      events: events
        .slice(-lastEvents)
        .map(({ type, reason, message, count, ...one }) => ({
          type,
          reason,
          message,
          count,
          time: timeOf(one),
          about: `${one.involvedObject?.kind} ${one.involvedObject?.name}`,
        })),
    };
  },
});

export const status: Action = { ...showing, rollout };
