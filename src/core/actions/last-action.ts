/** Recognises its own retries: each action that reads before it writes marks the object with its request. */
import type { ObjectMeta } from "../kube/object.ts";

export const lastActionKey = "eks-lambda/last-action";

export interface LastAction {
  /** The request id: Lambda's retries of an event have the same one. */
  readonly id: string;
  readonly action: string;
  /** What was there before: images by container, or a revision. */
  readonly from?: unknown;
  /** The ReplicaSet or ControllerRevision that `undo` returned to. */
  readonly to?: unknown;
  readonly revision?: unknown;
}

export const marked = (last: LastAction) => ({ [lastActionKey]: JSON.stringify(last) });

/** `undefined` if there is none, or a person changed it to something else. */
export function lastActionOf({ annotations }: ObjectMeta): LastAction | undefined {
  try {
    const last = JSON.parse(annotations?.[lastActionKey] ?? "null");
    return typeof last?.id === "string" ? last : undefined;
  } catch {
    return undefined;
  }
}
