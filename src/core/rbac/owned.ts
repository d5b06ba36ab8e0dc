/** Finds the Roles and bindings of stacks by the owner's label, in all namespaces and of the cluster. */
import { hasCode } from "../errors.ts";
import { ownerHash, ownerKey } from "../kube/owner.ts";
import type { Kube } from "../kube/request.ts";
import { grouped } from "./grouped.ts";
import { bindingsIn, rolesIn } from "./listed.ts";
import { type Binding, isBinding, isRole, type RbacObject, type Role } from "./objects.ts";
import { ownerOf } from "./ownership.ts";

/** What one stack owns in the cluster. */
export interface Owned {
  /** `ACCOUNT/REGION/STACK`, or its hash if the annotation does not match. */
  readonly owner: string;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

/** Each stack is a call to AWS. Anyone who may write Roles can name any number of stacks, but make no old objects. */
const mostOwners = 100;

export interface OwnedObjects {
  /** Sorted by owner. */
  readonly owned: readonly Owned[];
  /** Those of too many owners, the latest. */
  readonly rest: readonly RbacObject[];
}

/** Returns the objects of every stack. */
export async function ownedObjects(kube: Kube): Promise<OwnedObjects> {
  const [roles, bindings] = await Promise.all([rolesIn(kube, ownerKey), bindingsIn(kube, ownerKey)]);
  const byAge = [...roles, ...bindings].sort((a, b) => timeOf(a) - timeOf(b));
  const groups = [...grouped(byAge, ({ metadata }) => ownerOf(metadata))];
  return {
    owned: groups
      .slice(0, mostOwners)
      .map(([owner, objects]) => ({ owner, roles: objects.filter(isRole), bindings: objects.filter(isBinding) }))
      .sort((a, b) => (a.owner < b.owner ? -1 : 1)),
    rest: groups.slice(mostOwners).flatMap(([, objects]) => objects),
  };
}

const timeOf = ({ metadata }: RbacObject): number => Date.parse(metadata.creationTimestamp ?? "") || 0;

/** The bindings of all stacks. */
export const stackBindings = (kube: Kube): Promise<readonly Binding[]> => bindingsIn(kube, ownerKey);

/** The bindings of one stack. */
export const ownedBindings = (kube: Kube, owner: string): Promise<readonly Binding[]> =>
  bindingsIn(kube, `${ownerKey}=${ownerHash(owner)}`);

/** The Roles of one stack. A run that was killed may have left one without a binding. */
export const ownedRoles = (kube: Kube, owner: string): Promise<readonly Role[]> =>
  rolesIn(kube, `${ownerKey}=${ownerHash(owner)}`);

/** The other stacks with a function in this cluster. */
export async function otherOwners(kube: Kube, owner: string): Promise<readonly string[]> {
  const bindings = await stackBindings(kube);
  return namesOf(bindings.filter(({ metadata }) => metadata.labels?.[ownerKey] !== ownerHash(owner)));
}

const namesOf = (objects: readonly RbacObject[]): readonly string[] =>
  [...new Set(objects.flatMap(({ metadata }) => ownerOf(metadata) ?? []))].sort();

/** For callers that may not list what is owned: nothing is found. Throws other errors again. */
export function noneIfForbidden(error: unknown): readonly never[] {
  if (hasCode(error, "Forbidden")) return [];
  throw error;
}
