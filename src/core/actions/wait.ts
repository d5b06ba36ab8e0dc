/** Waits within the function's time. */
import { usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import type { ActionInvocation, Result } from "./action.ts";
import { find } from "./place.ts";

/** The resources that have rollouts. */
export const rollouts = ["deployments.apps", "statefulsets.apps", "daemonsets.apps"] as const;

/** Time kept to find out why. */
const reserveMs = (leftMs: number): number => Math.min(3_000, leftMs / 3);

/** A signal that ends the wait in time to explain. */
export const waitSignal = (leftMs: number): AbortSignal =>
  AbortSignal.timeout(Math.max(Math.trunc(leftMs - reserveMs(leftMs)), 1));

/**
 * Returns a function that waits for the rollout, or `undefined` if the event does not ask for it. Call it before the
 * write: it throws `NotAllowed` if `status`, whose rights and code a wait needs, was not allowed for the resource.
 */
export function waiting(
  invocation: ActionInvocation,
  name: string,
): (() => Promise<Partial<Result> | undefined>) | undefined {
  const { event, allowed: all, on, home, namespace, rollout } = invocation;
  if (event.wait !== true) return undefined;
  const resource = formatResource(on);
  if (!(rollouts as readonly string[]).includes(resource))
    throw usageError(
      "InvalidEvent",
      `\`wait\` is for ${rollouts.join(", ")}, which have rollouts, not for ${resource}`,
    );
  const { allowed } = find(all, { action: "status", resource, namespace, name }, home);
  return async () => rollout?.(invocation, { allowed, name });
}
