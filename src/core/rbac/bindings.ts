/** Finds the bindings that give rights to a user, by name or by group. */
import { listOf } from "../kube/list.ts";
import type { Need, PolicyRule } from "../kube/need.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { type Binding, collection, locationOf, type Role } from "./objects.ts";

export interface Bound {
  readonly username: string;
  readonly groups: readonly string[];
  readonly namespace: string;
}

type Subject = NonNullable<Binding["subjects"]>[number];

/** Every user that a mapping names is in it. */
export const everybody = "system:authenticated";

/** The subject by which a binding gives the user its rights. */
export const subjectFor = (
  { subjects = [] }: Binding,
  { username, groups }: Omit<Bound, "namespace">,
): Subject | undefined =>
  subjects.find(
    ({ kind, name }) => (kind === "User" && name === username) || (kind === "Group" && groups.includes(name)),
  );

/** `RoleBinding web/readers (ClusterRole view)` */
export const showBound = ({ kind, metadata: { name, namespace }, roleRef }: Binding): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name} (${roleRef.kind} ${roleRef.name})`;

/**
 * Lists bindings of the namespace and of the cluster, as `RoleBinding web/readers (ClusterRole view)`. Leaves out what
 * every user has.
 */
export const bindingsOf = async (kube: Kube, bound: Bound): Promise<readonly string[]> =>
  (await bindingsTo(kube, bound)).map(showBound);

/** The bindings that give the user this right, also as one of all users. Throws `Forbidden`. */
export async function bindingsGranting(kube: Kube, bound: Bound, need: Need): Promise<readonly Binding[]> {
  const bindings = await bindingsTo(kube, { ...bound, groups: [...bound.groups, everybody] });
  const granting = await Promise.all(
    bindings.map(async (binding) => {
      const { kind, name } = binding.roleRef;
      const metadata = { name, ...(kind === "Role" && { namespace: binding.metadata.namespace }) };
      const at = locationOf({ kind: kind === "Role" ? kind : "ClusterRole", metadata });
      const role = await ifFound(kube.request<Role>({ path: pathTo(at) }));
      return role?.rules?.some((rule) => allows(rule, need)) ? [binding] : [];
    }),
  );
  return granting.flat();
}

async function bindingsTo(kube: Kube, bound: Bound): Promise<readonly Binding[]> {
  const list = async (kind: Binding["kind"], place?: string) => {
    const path = pathTo(collection(kind, place));
    const { items } = listOf(await kube.request<{ readonly items: readonly Omit<Binding, "kind">[] }>({ path }));
    return items.map((item) => ({ ...item, kind }));
  };
  const lists = await Promise.all([list("RoleBinding", bound.namespace), list("ClusterRoleBinding")]);
  return lists.flat().filter((binding) => subjectFor(binding, bound) !== undefined);
}

/** A rule for paths has no resources. */
const allows = (rule: Partial<PolicyRule>, { group, resource, verbs }: Need): boolean => {
  const { apiGroups = [], resources = [], verbs: granted = [], resourceNames } = rule;
  const has = (all: readonly string[], one: string) => all.includes(one) || all.includes("*");
  return (
    !resourceNames?.length &&
    has(apiGroups, group) &&
    has(resources, resource) &&
    verbs.every((verb) => has(granted, verb))
  );
};
