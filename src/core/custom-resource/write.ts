/** Makes and changes objects: each under the version that was read, and only what is its owner's or nobody's. */
import { established, isNew } from "../actions/apply.ts";
import type { Placed } from "../actions/manifests.ts";
import { managerOf } from "../actions/prune.ts";
import { EksLambdaError, hasCode, shown } from "../errors.ts";
import type { Stored, UntypedObject } from "../kube/object.ts";
import { beforeIn, beforeKey, beforeOf, kept } from "./before.ts";
import { again, each } from "./each.ts";
import { applyOver, bodyOf, type Context, handleOf, read, whileThere } from "./object.ts";
import {
  annotated,
  isLent,
  isOfStack,
  ownersKey,
  ownersOf,
  ownerTitle,
  queued,
  requestKey,
  withOwner,
} from "./owners.ts";
import type { Putting } from "./wanted.ts";

/** Sends all objects with `dryRun`: nothing is written if the server refuses one. */
export const rehearse = (all: readonly Placed[], wanted: Putting, context: Context): Promise<void> =>
  each(all, (one) =>
    writeOne(one, { ...wanted, dryRun: true }, context).catch((error: unknown) => {
      if (!(isNew(one, all) && hasCode(error, "NotFound", "ResourceNotServed"))) throw error;
    }),
  );

/** Creates or changes the objects, in order. */
export const write = (all: readonly Placed[], wanted: Putting, context: Context): Promise<void> =>
  each(all, async (one) => {
    await writeOne(one, wanted, context);
    if (one.manifest.kind === "CustomResourceDefinition") await established(one, context);
  });

interface Writing extends Putting {
  readonly dryRun?: boolean;
}

type Live = Stored<UntypedObject>;

async function writeOne(one: Placed, wanted: Writing, context: Context): Promise<void> {
  const { owner, overwrite = false, request, dryRun = false } = wanted;
  const refused = await again(async () => {
    const live = await read(one, context);
    if (!live) return make(one, wanted, context);
    const { name, uid, deletionTimestamp } = live.metadata as Live["metadata"] & {
      readonly deletionTimestamp?: string;
    };
    if (deletionTimestamp) {
      if (dryRun) return undefined;
      await handleOf(one, context.kube).untilGone({ name }, { uid });
      return make(one, wanted, context);
    }
    const isUpdate = request === undefined;
    if (isUpdate && !overwrite && isLent(ownersOf(live), owner)) return wait(live, { ...wanted, one, context });
    return change(live, { ...wanted, one, context });
  });
  if (refused) throw refused;
}

async function make(one: Placed, { owner, request, dryRun = false }: Writing, context: Context): Promise<undefined> {
  const objects = handleOf(one, context.kube);
  const body = bodyOf(one, one.manifest, { owners: [owner], request });
  const options = { fieldManager: managerOf(context), dryRun };
  // RBAC cannot limit a create to names. Without force, an apply to what someone else has just made is a conflict.
  // An apply also refuses what no update, and no rollback, would accept: unknown fields, and items that are there twice.
  if (one.allowed.names || dryRun) await objects.apply(body, options);
  else await objects.create(body, { ...options, fieldValidation: "Strict" });
}

interface There extends Writing {
  readonly one: Placed;
  readonly context: Context;
}

/** Another owner has the object: it keeps what this one wants. */
async function wait(live: Live, { one, context, owner, dryRun = false }: There): Promise<undefined> {
  const { name, resourceVersion } = live.metadata;
  const next = queued(ownersOf(live), owner);
  const before = next[1] === owner && { [beforeKey]: kept(one.manifest) };
  const metadata = { resourceVersion, annotations: { [ownersKey]: annotated(next), ...before } };
  // As another function: that this one manages marks does not mean that it has applied the object.
  const options = { dryRun, fieldManager: managerOf({ owner: `${context.owner}/waiting` }) };
  await whileThere(handleOf(one, context.kube).patch({ name }, { metadata }, options));
}

/** Applies what is the owner's, and takes over what it may. Returns the refusal, which no other attempt would change. */
async function change(live: Live, { one, context, ...wanted }: There): Promise<EksLambdaError | undefined> {
  const { owner, overwrite = false, request, dryRun = false } = wanted;
  const owners = ownersOf(live);
  const [present] = owners;
  // Of a Create, only what an earlier attempt of it made: a late copy of the event would revert an Update.
  const isMade = request === undefined || live.metadata.annotations?.[requestKey] === request;
  const isOurs = present === owner && isMade;
  if (!isOurs && !overwrite) return taken(present);
  const next = isOurs ? owners : withOwner(owners, owner);
  const isAlone = next.length === 1;
  const before =
    isAlone || !present ? undefined : present === owner ? beforeIn(live) : beforeOf(live, managerOf(context));
  // In Terraform, an earlier create may have made it: if this one fails, it stays.
  const mark = isOurs || present !== owner || isOfStack(owner) ? request : undefined;
  const marks = { owners: next, request: mark, before };
  await applyOver(live, { one, context, manifest: one.manifest, marks, isTaken: !isOurs, dryRun });
  return undefined;
}

const taken = (owner: string | undefined): EksLambdaError =>
  new EksLambdaError(
    "AlreadyExists",
    `it already exists${owner ? `, and belongs to ${shown(ownerTitle(owner))}` : ""}`,
    { hint: 'give it another name, or take it over: `Overwrite: "true"`, in Terraform `overwrite = true`' },
  );
