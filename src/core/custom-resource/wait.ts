/** Waits for what a manifest brings: rollouts and Jobs. */
import type { ActionContext } from "../actions/action.ts";
import type { Placed } from "../actions/manifests.ts";
import { find } from "../actions/place.ts";
import { rollouts } from "../actions/wait.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import { finished, type JobLike, rolledOut, succeeded, type Workload } from "../kube/workloads.ts";
import { handleOf } from "./object.ts";

/**
 * Waits for so many seconds, or not at all for 0. With the rights of `delete`; where `status` is allowed, too, its error
 * says what the Pods lack.
 */
export const ready = (seconds: number, context: ActionContext) => async (all: readonly Placed[]) => {
  if (seconds === 0) return;
  const end = Date.now() + seconds * 1_000;
  const remainingMs = () => end - Date.now();
  for (const one of all) {
    const { name } = one.manifest.metadata;
    const resource = formatResource(one.allowed);
    const options = { signal: AbortSignal.timeout(Math.max(remainingMs(), 1)) };
    const objects = handleOf<Workload>(one, context.kube);
    if (resource === "jobs.batch") {
      const job = await handleOf<JobLike>(one, context.kube).until({ name }, finished, options);
      if (!succeeded(job)) throw new EksLambdaError("JobFailed", `Job "${name}" failed`);
    }
    if (!(rollouts as readonly string[]).includes(resource)) continue;
    const allowed = statusOf(one, context);
    if (!allowed || !context.rollout) await objects.until({ name }, rolledOut, options);
    else await context.rollout({ ...context, namespace: one.namespace ?? "", remainingMs } as never, { allowed, name });
  }
};

function statusOf({ allowed, namespace, manifest }: Placed, { allowed: all, namespace: here }: ActionContext) {
  try {
    const asked = { action: "status", resource: formatResource(allowed), namespace, name: manifest.metadata.name };
    return find(all, asked, here).allowed;
  } catch (error) {
    if (hasCode(error, "NotAllowed")) return undefined;
    throw error;
  }
}
