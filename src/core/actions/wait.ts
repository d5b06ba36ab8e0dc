/** Waits for a rollout within the function's time, and explains one that does not come. */
import { EksLambdaError, restated, usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import { handlesOf } from "../kube/resource.ts";
import { list, logs, until } from "../kube/streams.ts";
import type { Workload } from "../kube/workloads.ts";
import { rolledOut } from "../kube/workloads.ts";
import type { ActionInvocation, Result, Scope } from "./action.ts";
import { scopeOf } from "./action.ts";
import { type Looked, look, lookNeeds } from "./explain/look.ts";
import { described } from "./explain/problems.ts";
import { find } from "./place.ts";

/** The resources that have rollouts. */
export const rollouts = ["deployments.apps", "statefulsets.apps", "daemonsets.apps"] as const;

/** The methods of `status`, and of every wait. */
export const watching = { list, until, logs };

export const statusNeeds = (scope: Scope<keyof typeof watching>) => ({
  objects: scope.on<Workload>().may("list", "watch"),
  ...lookNeeds(scope),
});

/** Time kept to find out why. */
const reserveMs = (leftMs: number): number => Math.min(3_000, leftMs / 3);

/** A signal that ends the wait in time to explain. */
export const waitSignal = (leftMs: number): AbortSignal =>
  AbortSignal.timeout(Math.max(Math.trunc(leftMs - reserveMs(leftMs)), 1));

/**
 * Returns a function that waits, or `undefined` if the event does not ask for it. Call it before the write: it throws
 * `NotAllowed` if `status`, whose rights a wait needs, was not allowed for the resource.
 */
export function waiting(invocation: ActionInvocation, name: string): (() => Promise<Partial<Result>>) | undefined {
  const { event, allowed: all, on, home, namespace, kube, remainingMs } = invocation;
  if (event.wait !== true) return undefined;
  const resource = formatResource(on);
  if (!(rollouts as readonly string[]).includes(resource))
    throw usageError(
      "InvalidEvent",
      `\`wait\` is for ${rollouts.join(", ")}, which have rollouts, not for ${resource}`,
    );
  const { allowed } = find(all, { action: "status", resource, namespace, name }, home);
  const handles = handlesOf(statusNeeds(scopeOf(watching, allowed, namespace)), kube);
  return async () => {
    try {
      const { status = {} } = await handles.objects.until({ name }, rolledOut, { signal: waitSignal(remainingMs()) });
      return { rollout: "complete", available: status.availableReplicas ?? status.numberAvailable ?? 0 };
    } catch (error) {
      if (!(error instanceof EksLambdaError && /^(RolloutFailed|Timeout)$/.test(error.code))) throw error;
      throw await explained(error, async () => look(handles, await handles.objects.until({ name }, () => true)));
    }
  };
}

const moreTime = "`eks-lambda setup --timeout SECONDS` gives the function more time";

/** The error, with its reasons. If these cannot be read, it says so. */
export async function explained(error: EksLambdaError, see: () => Promise<Looked>): Promise<EksLambdaError> {
  const why = await see().then(
    ({ problems }) => described(problems),
    ({ message }: Error) => `what keeps it could not be read: ${message}`,
  );
  const hint = error.code === "Timeout" ? moreTime : error.hint;
  return restated(error, why ? `${error.message}\n${why}` : error.message, { hint, cause: error });
}
