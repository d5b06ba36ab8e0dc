/** What a resource wants in the cluster, and whether the function may put it there and take it away. */
import { imagesIn, refuseOtherImages } from "../actions/images.ts";
import { inOrder, type Placed, placed, refuseReserved, titleOf } from "../actions/manifests.ts";
import { hasCode, restated, usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import type { Context } from "./object.ts";

export interface Wanted {
  /** `STACK_ARN/LOGICAL_ID`, or `terraform:OWNER`. */
  readonly owner: string;
  readonly manifests: readonly unknown[];
  /** The namespace of manifests that name none. Default: the function's. */
  readonly namespace?: string | undefined;
}

export interface Putting extends Wanted {
  /** Takes over what exists and is not the owner's. */
  readonly overwrite?: boolean;
  /** The id of a Create, the same when it is repeated: what it made is known by it. An Update has none. */
  readonly request?: string;
}

/** Two manifests with one key are the same object. */
export const keyOf = ({ allowed, manifest, namespace }: Placed): string =>
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
export function checked(wanted: Wanted, context: Context): readonly Placed[] {
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
