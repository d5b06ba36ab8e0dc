/** Acts once for a request: a retry answers as the first attempt did, and reverts nothing that came after it. */
import { UsageError } from "../errors.ts";
import type { Patch, Stored } from "../kube/object.ts";
import type { Result } from "./action.ts";
import { type LastAction, lastActionOf, marked } from "./last-action.ts";
import { imagesOf, type Templated } from "./template.ts";

interface Attempt {
  readonly found: Stored<Templated>;
  readonly id: string;
  readonly write: (patch: Patch<Templated>) => Promise<unknown>;
}

/** What a request makes of an object. */
interface Decision extends Required<Pick<LastAction, "answer" | "images">>, Pick<LastAction, "to"> {
  readonly answer: Result;
  /** None if the object is as the event wants it. */
  readonly patch?: Patch<Templated>;
}

/** The action of the answer to a retry that came too late. */
export const superseded = "superseded";

/** An object's annotation keeps the ids of so many earlier requests. */
const most = 20;

/** Writes under the version that was read, and marks the object with the request. */
export function carryOut(
  { found, id, write }: Attempt,
  { patch, to, ...left }: Omit<Decision, "answer"> & Partial<Decision>,
) {
  const { resourceVersion, generation = 0 } = found.metadata;
  const last = lastActionOf(found.metadata);
  const before = (last ? [last.id, ...(last.before ?? [])] : []).filter((one) => one !== id).slice(0, most);
  const annotations = marked({ id, ...left, to: to ?? last?.to, generation: generation + 1, before });
  return write({ ...patch, metadata: { resourceVersion, annotations } });
}

/**
 * True if the request was the last, and nobody has changed the object since. An autoscaler may have changed the
 * generation, and a webhook may have written other images: one of them is enough.
 */
export function isAsLeft({ found, id }: Pick<Attempt, "found" | "id">): boolean {
  const last = lastActionOf(found.metadata);
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  return last?.id === id && (last.generation === found.metadata.generation || isSame(last.images, imagesOf(found)));
}

/**
 * Decides and writes, if no earlier attempt has. The answer to a retry after a newer change is `superseded`. Also marks
 * a refusal, and with `mayFail` an object that needs no change: Lambda repeats both, and may find another state.
 */
export async function once(attempt: Attempt & { readonly mayFail: boolean }, decide: () => Decision): Promise<Result> {
  const { found, id, mayFail } = attempt;
  const last = lastActionOf(found.metadata);
  const isRetry = last?.id === id;
  if (isRetry ? !isAsLeft(attempt) : last?.before?.includes(id)) return { action: superseded };
  if (isRetry && last.answer) return last.answer;
  let decision: Decision;
  try {
    decision = decide();
  } catch (error) {
    const isInvalid = error instanceof UsageError;
    if (!isRetry && !isInvalid) await carryOut(attempt, { images: imagesOf(found) });
    throw error;
  }
  if (decision.patch || (mayFail && !isRetry)) await carryOut(attempt, decision);
  return decision.answer;
}
