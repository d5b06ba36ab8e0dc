/** Reads what a grant has in the cluster, by its label and name, and who else gives rights to its user. */
import type { Kube } from "../kube/request.ts";
import { bindingsIn, rolesIn } from "../rbac/listed.ts";
import { type Binding, type RbacObject, titleOf } from "../rbac/objects.ts";
import { ownerOf } from "../rbac/ownership.ts";
import { grantId, grantKey, isMarkedFor, isOfGrant, roleIn } from "./marks.ts";
import type { GrantObjects } from "./objects.ts";

export interface FoundGrant extends GrantObjects {
  /** Objects that carry the grant's label under another name. */
  readonly strangers: readonly RbacObject[];
  /** Bindings that are not the grant's. */
  readonly otherBindings: readonly Binding[];
  /** The stacks that own bindings, `ACCOUNT/REGION/STACK`. */
  readonly owners: readonly string[];
  /** The role's ARN with its path, as the objects say it; several if they do not agree. */
  readonly principals: readonly string[];
}

/** Throws `Forbidden`. */
export async function readGrant(kube: Kube, roleArn: string): Promise<FoundGrant> {
  const [labelled, bindings] = await Promise.all([
    rolesIn(kube, `${grantKey}=${grantId(roleArn)}`),
    // All of them, because others may give rights to the same user.
    bindingsIn(kube),
  ]);
  const isOurs = ({ metadata }: RbacObject) => isOfGrant(metadata, roleArn);
  const isStrange = (object: RbacObject) => isMarkedFor(object.metadata, roleArn) && !isOurs(object);
  const ours = { roles: labelled.filter(isOurs), bindings: bindings.filter(isOurs) };
  return {
    ...ours,
    strangers: [...labelled, ...bindings].filter(isStrange),
    otherBindings: bindings.filter((binding) => !isOurs(binding)),
    owners: bindings.flatMap(({ metadata }) => ownerOf(metadata) ?? []),
    principals: [...new Set([...ours.roles, ...ours.bindings].flatMap(({ metadata }) => roleIn(metadata) ?? []))],
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
