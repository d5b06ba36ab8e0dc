/**
 * Puts the objects of an owner into the cluster, and removes them. Only what the owner's annotation names is changed or
 * deleted, and under the version that was read.
 */
import { inOrder, type Placed, placed } from "../actions/manifests.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { outOfReach } from "../kube/errors.ts";
import type { Kube } from "../kube/request.ts";
import { found } from "./found.ts";
import type { Context } from "./object.ts";
import { isOfStack, ownersOf, requestKey } from "./owners.ts";
import { remove, rename } from "./remove.ts";
import { checked, keyOf, type Putting, type Wanted } from "./wanted.ts";
import { rehearse, write } from "./write.ts";

/** What a failed Create leaves. */
export interface Failed {
  readonly error: unknown;
  /** Nothing is left of it. */
  readonly isUndone: boolean;
}

export interface Afterwards {
  /** What belongs to it, such as a wait. */
  readonly afterwards?: ((all: readonly Placed[]) => Promise<void>) | undefined;
}

/** No request had an answer, from the first to the last. */
const noAnswer = (cause: unknown): EksLambdaError =>
  new EksLambdaError("Timeout", "no answer from the API server in time", { hint: outOfReach, cause });

interface Undoing {
  /** For the removal: the time of the other client may be up. */
  readonly undoing: Kube;
  /** No earlier attempt has made anything. */
  readonly isFirst?: boolean;
}

/** Creates the objects. If that fails, removes those that it made, with another client: its time may be up. */
export async function createObjects(
  wanted: Putting & { readonly request: string },
  { afterwards, undoing, isFirst = false, ...context }: Context & Afterwards & Undoing,
): Promise<Failed | undefined> {
  let all: readonly Placed[] = [];
  let hasBegun = false;
  try {
    all = checked(wanted, context);
    await rehearse(all, wanted, context);
    hasBegun = true;
    await write(all, wanted, context);
    await afterwards?.(all);
    return undefined;
  } catch (error) {
    let isSilent = false;
    const isUndone = await undo(all, wanted, { ...context, kube: undoing }).then(
      () => true,
      (refusal: unknown) => {
        isSilent = !hasBegun && hasCode(error, "Timeout") && hasCode(refusal, "Timeout");
        // Nothing was written: a stack without rights, or without a way to the server, could not be deleted otherwise.
        return !hasBegun && isFirst;
      },
    );
    return { error: isSilent ? noAnswer(error) : error, isUndone };
  }
}

/** Nothing is undone for a copy that comes after a later request: an object is the owner's, and not by this Create. */
async function undo(
  all: readonly Placed[],
  wanted: Pick<Putting, "owner" | "request" | "overwrite">,
  context: Context,
): Promise<void> {
  const { owner, request, overwrite = false } = wanted;
  const there = await Promise.all(all.map((one) => found(one, context)));
  const isLate = there.some(
    ({ live }) => live && ownersOf(live)[0] === owner && live.metadata.annotations?.[requestKey] !== request,
  );
  // What `DeletionPolicy: Retain` has left looks the same, and a Create that overwrites may take it over.
  if (!isLate || (overwrite && isOfStack(owner))) await remove(all, wanted, context);
}

interface Before extends Pick<Wanted, "manifests" | "namespace"> {
  /** If it may be another one than now. */
  readonly owner?: string | undefined;
}

/**
 * Changes the objects, and removes those of `old` that are no longer wanted. An object that moved is made first. Returns the
 * manifests of `old` that no update accepts: nothing was made of them. A rollback has them, if an update was refused.
 */
export async function updateObjects(
  wanted: Putting,
  { old, afterwards, ...context }: Context & Afterwards & { readonly old: Before },
): Promise<readonly unknown[]> {
  const before: Placed[] = [];
  const left: unknown[] = [];
  for (const one of old.manifests) {
    try {
      const [found] = placed("delete", { ...old, manifests: [one] }, context);
      if (found) before.push(found);
    } catch (error) {
      if (!hasCode(error, "InvalidEvent", "NotAllowed")) throw error;
      left.push(one);
    }
  }
  // Before all that may fail: the next update, or the removal, knows the new name alone.
  const { owner: to } = wanted;
  const { owner: from = to } = old;
  if (from !== to) await rename(before, { from, to }, context);
  const all = checked(wanted, context);
  const keys = all.map(keyOf);
  await rehearse(all, wanted, context);
  await write(all, wanted, context);
  await afterwards?.(all);
  await remove(
    inOrder(before).filter((one) => !keys.includes(keyOf(one))),
    wanted,
    context,
  );
  return left;
}

export const removeObjects = (wanted: Wanted, context: Context): Promise<void> =>
  remove(inOrder(placed("delete", wanted, context)), wanted, context);
