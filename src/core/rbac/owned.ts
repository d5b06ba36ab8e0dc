/** Finds the Roles and RoleBindings of stacks by the owner's label, in all namespaces. */
import { EksLambdaError } from "../errors.ts";
import { ownerHash, ownerKey } from "../kube/owner.ts";
import type { Kube } from "../kube/request.ts";
import type { Role, RoleBinding } from "./objects.ts";
import { ownerOf } from "./ownership.ts";

type Listed<T> = Omit<T, "apiVersion" | "kind">;

/** What one stack owns in the cluster. */
export interface Owned {
  /** `ACCOUNT/REGION/STACK`, or its hash if the annotation does not match. */
  readonly owner: string;
  readonly roles: readonly Listed<Role>[];
  readonly bindings: readonly Listed<RoleBinding>[];
}

/** Returns the objects of every stack, sorted by owner. */
export async function ownedObjects(kube: Kube): Promise<readonly Owned[]> {
  const [roles, bindings] = await Promise.all([
    listOf<Listed<Role>>(kube, "roles", ownerKey),
    listOf<Listed<RoleBinding>>(kube, "rolebindings", ownerKey),
  ]);
  const is = (owner: string) => (object: Listed<Role | RoleBinding>) => ownerOf(object.metadata) === owner;
  return namesOf([...roles, ...bindings]).map((owner) => ({
    owner,
    roles: roles.filter(is(owner)),
    bindings: bindings.filter(is(owner)),
  }));
}

/** The RoleBindings of one stack. */
export const ownedBindings = (kube: Kube, owner: string): Promise<readonly Listed<RoleBinding>[]> =>
  listOf<Listed<RoleBinding>>(kube, "rolebindings", `${ownerKey}=${ownerHash(owner)}`);

/** The other stacks with a function in this cluster. */
export async function otherOwners(kube: Kube, owner: string): Promise<readonly string[]> {
  const bindings = await listOf<Listed<RoleBinding>>(kube, "rolebindings", ownerKey);
  return namesOf(bindings.filter(({ metadata }) => metadata.labels?.[ownerKey] !== ownerHash(owner)));
}

const namesOf = (objects: readonly Listed<Role | RoleBinding>[]): readonly string[] =>
  [...new Set(objects.flatMap(({ metadata }) => ownerOf(metadata) ?? []))].sort();

async function listOf<T>(kube: Kube, plural: "roles" | "rolebindings", labelSelector: string): Promise<readonly T[]> {
  const path = `/apis/rbac.authorization.k8s.io/v1/${plural}`;
  return (await kube.request<{ readonly items: readonly T[] }>({ path, query: { labelSelector } })).items;
}

/** For callers that may not list what is owned: nothing is found. Throws other errors again. */
export function noneIfForbidden(error: unknown): readonly never[] {
  if (error instanceof EksLambdaError && error.code === "Forbidden") return [];
  throw error;
}
