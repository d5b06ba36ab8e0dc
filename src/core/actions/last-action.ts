/** Marks objects with the request that changed them last, by which the function recognises its retries. */
import type { ObjectMeta } from "../kube/object.ts";
import type { Result } from "./action.ts";
import type { Images } from "./template.ts";

const lastActionKey = "eks-lambda/last-action";

export interface LastAction {
  /** The request id: Lambda's retries of an event have the same one. */
  readonly id: string;
  /** None for a refusal. */
  readonly answer?: Result | undefined;
  /** All images that it left, by container. */
  readonly images?: Images;
  /** The object's generation after it. */
  readonly generation?: number;
  /** The ReplicaSet or ControllerRevision that the last `undo` returned to. */
  readonly to?: string | undefined;
  /** The requests before it, the latest first. */
  readonly before?: readonly string[];
}

export const marked = (last: LastAction) => ({ [lastActionKey]: JSON.stringify(last) });

/** `undefined` if there is none, or a person changed it to something else. */
export function lastActionOf({ annotations }: ObjectMeta): LastAction | undefined {
  try {
    const last: LastAction | null = JSON.parse(annotations?.[lastActionKey] ?? "null");
    return typeof last?.id === "string" && Array.isArray(last.before ?? []) ? last : undefined;
  } catch {
    return undefined;
  }
}
