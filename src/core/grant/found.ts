/** Reads what a grant has in the cluster, by its label, and who else gives rights to its user. */
import type { Kube } from "../kube/request.ts";
import { grantId, grantKey, isMarkedFor, type MadeMapping, marksIn } from "./marks.ts";
import { collection, type GrantBinding, type GrantObjects, type GrantRole, titleOf } from "./objects.ts";

export interface FoundGrant extends GrantObjects {
  /** Bindings without the grant's mark. */
  readonly otherBindings: readonly GrantBinding[];
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
    role: marks.find(({ role }) => role !== undefined && grantId(role) === grantId(roleArn))?.role,
    mapping: new Set(marks.flatMap(({ mapping }) => mapping ?? [])),
  };
}

/** In all namespaces and of the cluster. Throws `Forbidden`. */
export const rolesIn = (kube: Kube, labelSelector: string): Promise<readonly GrantRole[]> =>
  listed<GrantRole>(kube, ["Role", "ClusterRole"], labelSelector);

/** In all namespaces and of the cluster. Throws `Forbidden`. */
export const bindingsIn = (kube: Kube, labelSelector?: string): Promise<readonly GrantBinding[]> =>
  listed<GrantBinding>(kube, ["RoleBinding", "ClusterRoleBinding"], labelSelector);

async function listed<T extends GrantRole | GrantBinding>(
  kube: Kube,
  kinds: readonly T["kind"][],
  labelSelector: string | undefined,
): Promise<readonly T[]> {
  const lists = kinds.map(async (kind) => {
    const { items } = await kube.request<List<T>>({ path: collection(kind), query: { labelSelector } });
    return items.map((item) => ({ ...item, apiVersion: "rbac.authorization.k8s.io/v1", kind }) as T);
  });
  return (await Promise.all(lists)).flat();
}

/** The API server leaves out what the list says of all. */
interface List<T> {
  readonly items: readonly Omit<T, "apiVersion" | "kind">[];
}

/** `rolebinding shop/readers (ClusterRole view)`, of bindings that name the user itself. */
export const rightsByOthers = ({ otherBindings }: FoundGrant, user: string): readonly string[] =>
  otherBindings
    .filter(({ subjects = [] }) => subjects.some(({ kind, name }) => kind === "User" && name === user))
    .map((binding) => `${titleOf(binding)} (${binding.roleRef.kind} ${binding.roleRef.name})`);

/** Those of `all` that are not among `wanted`, by their titles. */
export function without<T extends GrantRole | GrantBinding>(all: readonly T[], wanted: readonly T[]): readonly T[] {
  const titles = new Set(wanted.map(titleOf));
  return all.filter((one) => !titles.has(titleOf(one)));
}
