/** Reads what a grant has in the cluster, by its label, and who else gives rights to its user. */
import type { Kube } from "../kube/request.ts";
import { bindingsIn, rolesIn } from "../rbac/listed.ts";
import { type Binding, type RbacObject, titleOf } from "../rbac/objects.ts";
import { ownerOf } from "../rbac/ownership.ts";
import { grantId, grantKey, isMarkedFor, type MadeMapping, marksIn } from "./marks.ts";
import type { GrantObjects } from "./objects.ts";

export interface FoundGrant extends GrantObjects {
  /** Bindings without the grant's mark. */
  readonly otherBindings: readonly Binding[];
  /** The stacks that own bindings, `ACCOUNT/REGION/STACK`. */
  readonly owners: readonly string[];
  /** The role's ARN with its path, where an object says it. */
  readonly role: string | undefined;
  /** Who made the mapping, as the objects say. */
  readonly mapping: ReadonlySet<MadeMapping>;
}

/** Throws `Forbidden`. */
export async function readGrant(kube: Kube, roleArn: string): Promise<FoundGrant> {
  const [roles, bindings] = await Promise.all([
    rolesIn(kube, `${grantKey}=${grantId(roleArn)}`),
    // All of them, because others may give rights to the same user.
    bindingsIn(kube),
  ]);
  const ours = { roles, bindings: bindings.filter(({ metadata }) => isMarkedFor(metadata, roleArn)) };
  const marks = [...ours.roles, ...ours.bindings].map(({ metadata }) => marksIn(metadata));
  return {
    ...ours,
    otherBindings: bindings.filter(({ metadata }) => !isMarkedFor(metadata, roleArn)),
    owners: bindings.flatMap(({ metadata }) => ownerOf(metadata) ?? []),
    role: marks.find(({ role }) => role !== undefined && grantId(role) === grantId(roleArn))?.role,
    mapping: new Set(marks.flatMap(({ mapping }) => mapping ?? [])),
  };
}

/** `rolebinding shop/readers (ClusterRole view)`, of bindings that name the user itself. */
export const rightsByOthers = ({ otherBindings }: FoundGrant, user: string): readonly string[] =>
  otherBindings
    .filter(({ subjects = [] }) => subjects.some(({ kind, name }) => kind === "User" && name === user))
    .map((binding) => `${titleOf(binding)} (${binding.roleRef.kind} ${binding.roleRef.name})`);

/** Those of `all` that are not among `wanted`, by their titles. */
export function without<T extends RbacObject>(all: readonly T[], wanted: readonly T[]): readonly T[] {
  const titles = new Set(wanted.map(titleOf));
  return all.filter((one) => !titles.has(titleOf(one)));
}
