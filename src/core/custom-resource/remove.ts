/** Removes objects, or gives them back to who had them before. */
import { imagesIn, refuseOtherImages } from "../actions/images.ts";
import { type Placed, placed } from "../actions/manifests.ts";
import { managerOf } from "../actions/prune.ts";
import { ifFound } from "../kube/request.ts";
import { beforeKey, contentIn } from "./before.ts";
import { again, each } from "./each.ts";
import { found, ifServed } from "./found.ts";
import { applyOver, type Context, handleOf, whileThere } from "./object.ts";
import { annotated, ownersKey, ownersOf, renamed, requestKey, withoutOwner } from "./owners.ts";
import type { Putting } from "./wanted.ts";

/**
 * Removes objects from the last to the first, and waits until they are gone. What is not the owner's, or gone, also with its
 * namespace or its kind, is left alone. An object with an earlier owner goes back to that one.
 */
export async function remove(
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
export const rename = (all: readonly Placed[], { from, to }: Rename, context: Context): Promise<void> =>
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
