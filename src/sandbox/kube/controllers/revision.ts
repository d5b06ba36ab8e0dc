/** Identifies Pod templates: by a hash, and for StatefulSets and DaemonSets by a ControllerRevision. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Kind, kinds } from "../kinds.ts";
import type { Json } from "../object.ts";
import type { Workload } from "../objects.ts";
import { type Control, make, ownedBy, ownerOf, put } from "./control.ts";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** Ten characters without vowels, the same for equal values. */
export const hashOf = (value: Json): string =>
  [...createHash("sha256").update(JSON.stringify(value)).digest().subarray(0, 10)]
    .map((byte) => alphabet[byte % alphabet.length])
    .join("");

export interface Revision {
  readonly name: string;
  readonly hash: string;
}

/** Returns the revision of the current template. A revision that is used again becomes the newest. */
export function currentRevision(control: Control, kind: Kind, owner: Workload): Revision {
  const { name, namespace = "" } = owner.metadata;
  const data = { spec: { template: { ...owner.spec.template, $patch: "replace" } } };
  const all = ownedBy(control, kinds.revisions, owner);
  const newest = all.reduce((most, { revision }) => Math.max(most, revision), 0);
  const same = all.find((one) => isDeepStrictEqual(one.data, data));
  const hash = hashOf(owner.spec.template);
  if (same && same.revision < newest) put(control, kinds.revisions, { ...same, revision: newest + 1 });
  if (same) return { name: same.metadata.name, hash };
  const labels = { ...owner.spec.template.metadata?.labels, "controller.kubernetes.io/hash": hash };
  const metadata = { name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerOf(kind, owner)] };
  make(control, kinds.revisions, { metadata, data, revision: newest + 1 });
  return { name: metadata.name, hash };
}
