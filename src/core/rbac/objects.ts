/** Roles that grant needs, and the bindings that give them to users: a pair for each namespace, and one for the cluster. */
import { type Command, command, option } from "../command.ts";
import { formatNeed, grantsOf, type Need, type PolicyRule } from "../kube/need.ts";
import type { Location } from "../kube/place.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

interface Metadata {
  readonly name: string;
  /** Not of objects for the cluster. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
}
export interface Role {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Role" | "ClusterRole";
  readonly metadata: Metadata;
  /** The API server returns `null` for an empty list. */
  readonly rules: readonly PolicyRule[] | null;
}
export interface Binding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  readonly metadata: Metadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly apiGroup?: string; readonly kind: string; readonly name: string }[];
}
export type RbacObject = Role | Binding;
export type Kind = RbacObject["kind"];

/** A Role and the binding that gives it to users. Both have the same name. */
export interface Pair {
  readonly role: Role;
  readonly binding: Binding;
}

/** A kind's objects, in one namespace or in all of them and of the cluster. */
export const collection = (kind: Kind, namespace?: string): Location => ({
  apiVersion,
  plural: `${kind.toLowerCase()}s`,
  namespace,
});

/** Where one object is. */
export const locationOf = ({
  kind,
  metadata: { name, namespace },
}: Pick<RbacObject, "kind" | "metadata">): Location => ({ ...collection(kind, namespace), name });

/** `shop/role/NAME`, `clusterrole/NAME` */
export const titleOf = ({ kind, metadata: { name, namespace } }: Pick<RbacObject, "kind" | "metadata">): string =>
  [...(namespace === undefined ? [] : [namespace]), kind.toLowerCase(), name].join("/");

export interface PairOptions {
  /** The name of every Role and binding. */
  readonly name: string;
  /** Kubernetes users. */
  readonly users: readonly string[];
  /** Each with its namespace, or for the cluster. */
  readonly needs: readonly Need[];
  /** Labels and annotations, from the needs of one pair. */
  readonly marks: (needs: readonly Need[]) => Pick<Metadata, "labels" | "annotations">;
}

/** Where a pair is: a namespace, or `undefined` for the cluster. */
export type Place = string | undefined;

export const placeOf = ({ cluster, namespace }: Need): Place => (cluster ? undefined : namespace);

export function pairsOf({ name, users, needs, marks }: PairOptions): readonly Pair[] {
  return grantsOf(needs, "default").map(({ namespace, rules }) => {
    const own = needs.filter((need) => placeOf(need) === namespace);
    const metadata = { name, ...(namespace !== undefined && { namespace }), ...marks(own) };
    const [roleKind, kind] = kindsIn(namespace);
    const subjects = users.map((user) => ({ apiGroup, kind: "User", name: user }));
    return {
      role: { apiVersion, kind: roleKind, metadata, rules },
      binding: { apiVersion, kind, metadata, roleRef: { apiGroup, kind: roleKind, name }, subjects },
    };
  });
}

export const kindsIn = (place: Place): readonly [Role["kind"], Binding["kind"]] =>
  place === undefined ? ["ClusterRole", "ClusterRoleBinding"] : ["Role", "RoleBinding"];

export const isRole = (object: RbacObject): object is Role => object.kind === "Role" || object.kind === "ClusterRole";

export const isBinding = (object: RbacObject): object is Binding => !isRole(object);

/** A rule is shown by its parts up to so many of them: the parts of one object of 1 MB can be billions. */
const mostParts = 10_000;

const partsOf = ({ verbs, resources = [], apiGroups = [], resourceNames: names = [] }: Partial<PolicyRule>): number =>
  apiGroups.length * resources.length * ((verbs?.length ?? 0) + 1) * (names.length + 1);

/** Formats rules like needs, `create deployments.apps`, and their other fields as JSON. */
const formatRules = (rules: readonly PolicyRule[] | null | undefined): readonly string[] =>
  (rules ?? []).flatMap((rule) => {
    const { verbs, resources = [], apiGroups = [], resourceNames: names, ...rest } = rule;
    if (partsOf(rule) > mostParts)
      return [`${verbs.length} verbs on ${resources.length} resources of ${apiGroups.length} groups`];
    return [
      ...apiGroups.flatMap((group) =>
        resources.map((resource) => formatNeed({ group, resource, verbs, ...(names && { names }) })),
      ),
      ...(Object.keys(rest).length > 0 ? [`${verbs.join(",")} ${JSON.stringify(rest)}`] : []),
    ];
  });

/** `create deployments.apps; get pods` */
export const showRules = (rules: readonly PolicyRule[] | null | undefined): string => formatRules(rules).join("; ");

/** The rights of `found` that `wanted` does not grant, each with one verb and one name: `list deployments.apps`. */
export function extraRights(found: Role, wanted: Role): readonly string[] {
  const planned = new Set(rightsIn(wanted));
  return [...new Set(rightsIn(found))].filter((right) => !planned.has(right));
}

const rightsIn = ({ rules }: Role): readonly string[] =>
  (rules ?? []).flatMap((rule) =>
    partsOf(rule) > mostParts
      ? formatRules([rule])
      : rule.verbs.flatMap((verb) =>
          (rule.resourceNames ?? [undefined]).flatMap((name) =>
            formatRules([{ ...rule, verbs: [verb], ...(name !== undefined && { resourceNames: [name] }) }]),
          ),
        ),
  );

const showBinding = ({ roleRef, subjects = [] }: Binding): string =>
  `${roleRef.kind} ${roleRef.name} to ${subjects.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`;

/** What the object grants, without its marks, on one line. */
export const content = (object: RbacObject): string => (isRole(object) ? showRules(object.rules) : showBinding(object));

/** The same to compare: a rule on each line, in an order that does not depend on the Role's. */
export const comparable = (object: RbacObject): string =>
  isRole(object) ? formatRules(object.rules).toSorted().join("\n") : showBinding(object);

/** True if the user is a subject of the binding. */
export const bindsUser = ({ subjects = [] }: Binding, username: string): boolean =>
  subjects.some(({ kind, name }) => kind === "User" && name === username);

/** True if the user is the binding's only subject. */
export const bindsOnly = ({ subjects = [] }: Binding, username: string): boolean =>
  subjects.length === 1 && subjects.every(({ kind, name }) => kind === "User" && name === username);

/** A Role's name in a sentence: `the Role "NAME" in shop`, `the ClusterRole "NAME"`. */
export const named = ({ kind, metadata: { name, namespace } }: RbacObject): string =>
  `the ${kind} "${name}"${namespace === undefined ? "" : ` in ${namespace}`}`;

/** `role/NAME`, as kubectl names an object. */
const slashed = ({ kind, metadata: { name } }: RbacObject, of = kind): string => `${of.toLowerCase()}/${name}`;

const inNamespace = ({ metadata: { namespace } }: RbacObject): readonly string[] => option("--namespace", namespace);

/** The command that deletes the object, or with `kinds` others of its name. */
export const kubectlDelete = (object: RbacObject, kinds: readonly RbacObject["kind"][] = [object.kind]): Command =>
  command`kubectl delete ${kinds.map((kind) => slashed(object, kind))} ${inNamespace(object)}`;

/** The command that removes the object's finalizers, so that it is deleted. */
export const kubectlFinalize = (object: RbacObject): Command =>
  command`kubectl patch ${[slashed(object), ...inNamespace(object)]} --type merge --patch '{"metadata":{"finalizers":null}}'`;

/** The command that opens the object in an editor. */
export const kubectlEdit = (object: RbacObject): Command =>
  command`kubectl edit ${[slashed(object), ...inNamespace(object)]}`;
