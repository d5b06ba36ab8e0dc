/** Finds the owner of an object in the cluster by its label and annotation. */
import { isManaged } from "../actions/deployment.ts";
import { ownerHash, ownerKey } from "../kube/owner.ts";

export interface MarkedMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * `unmarked`: created by an early version of eks-lambda, which did not mark owners. `foreign`: not created by
 * eks-lambda. `stack`: owned by another stack, as `ownerOf` names it.
 */
export type Standing = "ours" | "unmarked" | "foreign" | { readonly stack: string };

/** `owner` is our stack, `ACCOUNT/REGION/STACK`. The label decides, because objects are selected by it. */
export function standingOf(metadata: MarkedMetadata, owner: string): Standing {
  const hash = metadata.labels?.[ownerKey];
  if (hash === ownerHash(owner)) return "ours";
  const stack = ownerOf(metadata);
  if (stack !== undefined) return { stack };
  return isManaged(metadata) ? "unmarked" : "foreign";
}

/** `ACCOUNT/REGION/STACK` */
const named = /^\d{12}\/[a-z0-9-]{1,32}\/[A-Za-z][-A-Za-z0-9]{0,127}$/;

/** Returns the owner's name, or its hash if the annotation does not match, or `undefined` without a label. */
export function ownerOf({ labels, annotations }: MarkedMetadata): string | undefined {
  const hash = labels?.[ownerKey];
  const name = annotations?.[ownerKey] ?? "";
  return hash !== undefined && named.test(name) && ownerHash(name) === hash ? name : hash;
}
