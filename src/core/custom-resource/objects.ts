/**
 * Puts the objects of an owner into the cluster, and removes them. Only what the owner's annotation names is changed or
 * deleted, and under the version that was read.
 */
import { established, isNew } from "../actions/apply.ts";
import { imagesIn, refuseOtherImages } from "../actions/images.ts";
import { inOrder, messageOf, type Placed, placed, refuseReserved, titleOf } from "../actions/manifests.ts";
import { managerOf } from "../actions/prune.ts";
import { EksLambdaError, hasCode, restated, shown, usageError } from "../errors.ts";
import { outOfReach } from "../kube/errors.ts";
import { formatResource } from "../kube/need.ts";
import { ifFound, type Kube, sleep } from "../kube/request.ts";
import { beforeIn, beforeKey, beforeOf, contentIn, kept } from "./before.ts";
import { found, ifServed } from "./found.ts";
import { applyOver, bodyOf, type Context, handleOf, read, whileThere } from "./object.ts";
import {
  annotated,
  isLent,
  isOfStack,
  ownersKey,
  ownersOf,
  ownerTitle,
  queued,
  renamed,
  requestKey,
  withOwner,
  withoutOwner,
} from "./owners.ts";

export interface Wanted {
  /** `STACK_ARN/LOGICAL_ID`, or `terraform:OWNER`. */
  readonly owner: string;
  readonly manifests: readonly unknown[];
  /** For manifests that name none. Default: the function's. */
  readonly namespace?: string | undefined;
}

export interface Putting extends Wanted {
  /** Takes over what exists and is not the owner's. */
  readonly overwrite?: boolean;
  /** The id of a Create, the same when it is repeated: what it made is known by it. An Update has none. */
  readonly request?: string;
}

const keyOf = ({ allowed, manifest, namespace }: Placed): string =>
  [formatResource(allowed), namespace, manifest.metadata.name].join(" ");

/** Its hint allows both actions, and for the kind: other objects of it follow. */
function allowed(wanted: Wanted, context: Context): readonly Placed[] {
  try {
    const all = placed("apply", wanted, context);
    placed("delete", wanted, context);
    return all;
  } catch (error) {
    if (!hasCode(error, "NotAllowed")) throw error;
    const rule = /--allow \w+(:[^/\s]+)(?:\/[^@\s]+)?(@\S+)?$/;
    const hint = error.hint?.replace(rule, "--allow apply$1$2 --allow delete$1$2");
    throw restated(error, error.message, { hint });
  }
}

/**
 * The objects, each once and in order. Throws `InvalidEvent`, `NotAllowed` and `ImageNotAllowed` before any request, also if
 * the function may create an object but not delete it.
 */
function checked(wanted: Wanted, context: Context): readonly Placed[] {
  const all = inOrder(allowed(wanted, context));
  const keys = all.map(keyOf);
  const twice = all.find((one, index) => keys.indexOf(keyOf(one)) !== index);
  if (twice) throw usageError("InvalidEvent", `the manifest has ${titleOf(twice)} twice`);
  for (const { allowed, manifest } of all) {
    refuseReserved(manifest.kind, manifest.metadata);
    refuseOtherImages(allowed, imagesIn(manifest));
  }
  return all;
}

/** Repeats what reads and writes, if another writer was faster, or the answer was lost. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === 10 || !hasCode(error, "Conflict", "AlreadyExists", "ConnectionLost")) throw error;
    }
    await sleep(Math.random() * 50 * count);
  }
}

/** Runs it for each object. Its error names the object. */
async function each(all: readonly Placed[], run: (one: Placed) => Promise<unknown>): Promise<void> {
  for (const one of all)
    await run(one).catch((error: unknown) => {
      throw error instanceof EksLambdaError ? restated(error, messageOf(error, one)) : error;
    });
}

/** Sends all objects with `dryRun`: nothing is written if the server refuses one. */
const rehearse = (all: readonly Placed[], wanted: Putting, context: Context): Promise<void> =>
  each(all, (one) =>
    writeOne(one, { ...wanted, dryRun: true }, context).catch((error: unknown) => {
      if (!(isNew(one, all) && hasCode(error, "NotFound", "ResourceNotServed"))) throw error;
    }),
  );

/** Creates or changes the objects, in order. */
const write = (all: readonly Placed[], wanted: Putting, context: Context): Promise<void> =>
  each(all, async (one) => {
    await writeOne(one, wanted, context);
    if (one.manifest.kind === "CustomResourceDefinition") await established(one, context);
  });

async function writeOne(one: Placed, wanted: Putting & { dryRun?: boolean }, context: Context): Promise<void> {
  const { owner, overwrite = false, request, dryRun = false } = wanted;
  const objects = handleOf(one, context.kube);
  const fieldManager = managerOf(context);
  const { name } = one.manifest.metadata;
  const options = { fieldManager, dryRun };
  const refused = await again(async () => {
    const live = await read(one, context);
    const { deletionTimestamp } = Object(live?.metadata) as { readonly deletionTimestamp?: string };
    if (live && deletionTimestamp) {
      if (dryRun) return undefined;
      await objects.untilGone({ name }, { uid: live.metadata.uid });
    }
    if (!live || deletionTimestamp) {
      const body = bodyOf(one, one.manifest, { owners: [owner], request });
      // RBAC cannot limit a create to names. Without force, an apply to what someone else has just made is a conflict.
      // An apply also refuses what no update, and no rollback, would accept: unknown fields, and items that are there twice.
      const strictly = { ...options, fieldValidation: "Strict" } as const;
      await (one.allowed.names || dryRun ? objects.apply(body, options) : objects.create(body, strictly));
      return undefined;
    }
    const { annotations, resourceVersion } = live.metadata;
    const owners = ownersOf(live);
    const [present] = owners;
    if (request === undefined && !overwrite && isLent(owners, owner)) {
      const next = queued(owners, owner);
      const before = next[1] === owner && { [beforeKey]: kept(one.manifest) };
      const marks = { [ownersKey]: annotated(next), ...before };
      // As another function: that this one manages marks does not mean that it has applied the object.
      const waiting = { dryRun, fieldManager: managerOf({ owner: `${context.owner}/waiting` }) };
      await whileThere(objects.patch({ name }, { metadata: { resourceVersion, annotations: marks } }, waiting));
      return undefined;
    }
    // Of a Create, only what an earlier attempt of it made: a late copy of the event would revert an Update.
    const isOurs = present === owner && (request === undefined || annotations?.[requestKey] === request);
    if (!isOurs && !overwrite) return taken(present);
    const next = isOurs ? owners : withOwner(owners, owner);
    const isAlone = next.length === 1;
    const before = isAlone || !present ? undefined : present === owner ? beforeIn(live) : beforeOf(live, fieldManager);
    // In Terraform, an earlier create may have made it: if this one fails, it stays.
    const mark = isOurs || present !== owner || isOfStack(owner) ? request : undefined;
    const content = { manifest: one.manifest, marks: { owners: next, request: mark, before } };
    await applyOver(live, { ...content, one, context, isTaken: !isOurs, dryRun });
    return undefined;
  });
  if (refused) throw refused;
}

const taken = (owner: string | undefined): EksLambdaError =>
  new EksLambdaError(
    "AlreadyExists",
    `it already exists${owner ? `, and belongs to ${shown(ownerTitle(owner))}` : ""}`,
    { hint: 'give it another name, or take it over: `Overwrite: "true"`, in Terraform `overwrite = true`' },
  );

/**
 * Removes objects from the last to the first, and waits until they are gone. What is not the owner's, or gone, also with its
 * namespace or its kind, is left alone. An object with an earlier owner goes back to that one.
 */
async function remove(
  all: readonly Placed[],
  { owner, request }: Pick<Putting, "owner" | "request">,
  context: Context,
): Promise<void> {
  const going: (() => Promise<void>)[] = [];
  const removeOne = async (given: Placed): Promise<void> => {
    const { one, live } = await found(given, context);
    const { name } = one.manifest.metadata;
    const owners = live ? ownersOf(live) : [];
    if (!live || !owners.includes(owner)) return;
    const isPresent = owners[0] === owner;
    const objects = handleOf(one, context.kube);
    const { uid, resourceVersion, annotations } = live.metadata;
    if (request !== undefined && annotations?.[requestKey] !== request) return;
    const left = withoutOwner(owners, owner);
    const manifest = left?.[0] && isPresent ? contentIn(live) : undefined;
    if (left && manifest) {
      const { namespace } = one;
      for (const { allowed } of placed("apply", { manifests: [one.manifest], namespace }, context))
        refuseOtherImages(allowed, imagesIn(manifest));
      return applyOver(live, { one, context, manifest, marks: { owners: left }, isTaken: false });
    }
    if (left) {
      const isNext = left[1] !== owners[1];
      const marks = {
        [ownersKey]: annotated(left),
        // The Create that it names is one of the present owner.
        ...(isPresent && { [requestKey]: null }),
        ...(isNext && { [beforeKey]: null }),
      };
      const patch = { metadata: { resourceVersion, annotations: marks } };
      return void (await whileThere(objects.patch({ name }, patch, { fieldManager: managerOf(context) })));
    }
    const preconditions = { uid, resourceVersion };
    await ifFound(objects.delete({ name }, { preconditions, propagationPolicy: "Foreground" }));
    going.push(() => ifServed(objects.untilGone({ name }, { uid })));
  };
  await each([...all].reverse(), (one) => again(() => removeOne(one)));
  for (const untilGone of going) await untilGone();
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Gives what an owner has to its new name. */
const rename = (all: readonly Placed[], { from, to }: Rename, context: Context): Promise<void> =>
  each(all, (given) =>
    again(async () => {
      const { one, live } = await found(given, context);
      const owners = live ? ownersOf(live) : [];
      if (!live || !owners.includes(from)) return;
      const { name, resourceVersion } = live.metadata;
      const annotations = { [ownersKey]: annotated(renamed(owners, from, to)) };
      const patch = { metadata: { resourceVersion, annotations } };
      await ifFound(handleOf(one, context.kube).patch({ name }, patch, { fieldManager: managerOf(context) }));
    }),
  );

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
