/** Whose an object in the cluster is, by the marks that it carries. */
import { isManaged } from "../actions/deployment.ts";
import { ownerHash, ownerKey } from "../kube/owner.ts";

export interface MarkedMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * `unmarked`: a version of eks-lambda made it that did not mark owners yet. `foreign`: eks-lambda did not make it.
 * `stack`: another stack's, as `ownerOf` names it.
 */
export type Standing = "ours" | "unmarked" | "foreign" | { readonly stack: string };

/** `owner`: our stack, `ACCOUNT/REGION/STACK`. The label decides, because it is what objects are selected by. */
export function standingOf(metadata: MarkedMetadata, owner: string): Standing {
  const hash = metadata.labels?.[ownerKey];
  if (hash === ownerHash(owner)) return "ours";
  const stack = ownerOf(metadata);
  if (stack !== undefined) return { stack };
  return isManaged(metadata) ? "unmarked" : "foreign";
}

/** The shape of an owner's name. */
const named = /^\d{12}\/[a-z0-9-]{1,32}\/[A-Za-z][-A-Za-z0-9]{0,127}$/;

/** The stack's name; its hash if the annotation does not say that name; `undefined` without a label. */
export function ownerOf({ labels, annotations }: MarkedMetadata): string | undefined {
  const hash = labels?.[ownerKey];
  const name = annotations?.[ownerKey] ?? "";
  return hash !== undefined && named.test(name) && ownerHash(name) === hash ? name : hash;
}
