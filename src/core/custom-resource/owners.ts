/**
 * Who owns an object: an annotation with a list, the present owner first. `""` is nobody: the object was there before, and
 * `Overwrite` took it over. docs/decisions/0048-custom-resources-of-cloudformation.md
 */
import type { KubeObject } from "../kube/object.ts";

export const ownersKey = "eks-lambda/owners";
/** The Create that made or took over the object; gone with the first Update. */
export const requestKey = "eks-lambda/request";

export type Owners = readonly string[];

const isTexts = (value: unknown): value is Owners =>
  Array.isArray(value) && value.every((one: unknown) => typeof one === "string");

/** Anyone who may write the object can write it: what is not a list of texts is ignored. */
export function ownersOf({ metadata }: KubeObject): Owners {
  try {
    const owners: unknown = JSON.parse(metadata?.annotations?.[ownersKey] ?? "");
    return isTexts(owners) ? owners : [];
  } catch {
    return [];
  }
}

/**
 * An object without owners was nobody's. So is one that a stack takes over from a resource of the same logical ID:
 * `DeletionPolicy: Retain` has left it. In Terraform, the answer to an earlier create was lost.
 */
export function withOwner(owners: Owners, owner: string): Owners {
  const earlier = owners.filter((one) => one !== owner);
  const isLeft = owners.length === 0 || isOfStack(owner);
  return [owner, ...(earlier.length === 0 && isLeft ? [""] : earlier)];
}

/** The same owners, after one has changed its name. */
export const renamed = (owners: Owners, from: string, to: string): Owners => [
  ...new Set(owners.map((one) => (one === from ? to : one))),
];

/** `undefined` if no owner is left: the object goes. */
export function withoutOwner(owners: Owners, owner: string): Owners | undefined {
  const left = owners.filter((one) => one !== owner);
  return left.length > 0 ? left : undefined;
}

/** An owner behind the present one. */
export const queued = (owners: Owners, owner: string): Owners => {
  const [first = "", ...others] = owners;
  return others.includes(owner) ? owners : [first, owner, ...others];
};

/** None for owners in Terraform, whose names may have a `/`, too. */
const stackOf = (owner = ""): string | undefined => /^(arn:.*)\/\w+$/.exec(owner)?.[1];

export const isOfStack = (owner: string): boolean => stackOf(owner) !== undefined;

/**
 * Another resource has the object: one that took it over, or one of the same stack. An update that wants it may be the
 * rollback of one that let it go, or of the takeover itself, while the other resource is still there: it waits behind that
 * one, and must not fail.
 */
export function isLent(owners: Owners, owner: string): boolean {
  const [present = ""] = owners;
  const stack = stackOf(owner);
  // Whoever may write the object can write the list: nobody is not waited for.
  const isTaken = owners.includes(owner) && /^(arn|terraform):/.test(present);
  return present !== owner && stack !== undefined && (stackOf(present) === stack || isTaken);
}

/** In a merge patch: an object that goes back to nobody has no annotation. */
export const annotated = (owners: Owners): string | null => (owners[0] === "" ? null : JSON.stringify(owners));

/** `Web of the stack shop`, for messages. */
export const ownerTitle = (owner: string): string =>
  owner.replace(/^arn:[^/]*:stack\/([^/]+)\/[^/]+\/(\w+)$/, "$2 of the stack $1") || "nobody";
