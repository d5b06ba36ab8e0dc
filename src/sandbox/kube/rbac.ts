/**
 * Who may do what, and who may pass it on.
 * Source: k8s.io/kubernetes/pkg/registry/rbac/validation and plugin/pkg/auth/authorizer/rbac
 */
import { forbidden, notFound } from "./status.ts";
import { type Kind, type KubeObject, kinds, type Store } from "./store.ts";

export type User = { readonly name: string; readonly groups: readonly string[] };

/** What is asked for: something of a resource, or of a path. */
export interface Wish {
  readonly verb: string;
  readonly group?: string | undefined;
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly path?: string | undefined;
}
type Field = "apiGroups" | "resources" | "nonResourceURLs" | "resourceNames" | "verbs";
type Rule = Partial<Record<Field, readonly string[]>>;
type RoleRef = { readonly kind: string; readonly name: string };

const isMaster = ({ groups }: User): boolean => groups.includes("system:masters");

/** Why the user may, in RBAC's words; `undefined`: they may not. */
export const allows = (store: Store, user: User, wish: Wish): string | undefined =>
  isMaster(user) ? "" : rulesOf(store, user, wish.namespace).find(({ rule }) => permits(rule, wish))?.why;

/** The rules of all bindings that name the user, in the whole cluster and in that namespace. */
export function rulesOf(
  store: Store,
  user: User,
  namespace?: string,
): readonly { readonly rule: Rule; readonly why: string }[] {
  const local = namespace ? store.list("rolebindings", namespace) : [];
  return [...store.list("clusterrolebindings"), ...local].flatMap(({ metadata, roleRef, subjects }) => {
    const isUser = ({ kind, name }: RoleRef) =>
      kind === "User" ? name === user.name : kind === "Group" && user.groups.includes(name);
    const subject = ((subjects ?? []) as readonly RoleRef[]).find(isUser);
    const { kind, name } = roleRef as RoleRef;
    const binding = metadata.namespace
      ? `RoleBinding "${metadata.name}/${metadata.namespace}"`
      : `ClusterRoleBinding "${metadata.name}"`;
    const why = `RBAC: allowed by ${binding} of ${kind} "${name}" to ${subject?.kind} "${subject?.name}"`;
    return subject ? (rulesOfRole(store, { kind, name }, metadata.namespace) ?? []).map((rule) => ({ rule, why })) : [];
  });
}

function rulesOfRole(store: Store, { kind, name }: RoleRef, namespace?: string): readonly Rule[] | undefined {
  const role =
    kind === "ClusterRole" ? store.get("clusterroles", undefined, name) : store.get("roles", namespace, name);
  return role && ((role.rules ?? []) as readonly Rule[]);
}

function permits(rule: Rule, { verb, group = "", resource = "", name = "", path }: Wish): boolean {
  const has = (field: Field, item: string) => (rule[field] ?? []).some((one) => one === "*" || one === item);
  if (path !== undefined) return has("verbs", verb) && has("nonResourceURLs", path);
  const named = !rule.resourceNames?.length || rule.resourceNames.includes(name);
  return has("verbs", verb) && has("apiGroups", group) && has("resources", resource) && named;
}

/** Refuses a Role, or a binding of one, that gives what its writer does not have. */
export function refuseEscalation(store: Store, user: User, kind: Kind, object: KubeObject): void {
  const { name, namespace } = object.metadata;
  const isBinding = kind.kind.endsWith("RoleBinding");
  if (isMaster(user) || !/Role(Binding)?$/.test(kind.kind)) return;
  const ref = isBinding ? (object.roleRef as RoleRef) : { kind: kind.kind, name };
  const of = kinds.find((one) => one.kind === ref.kind) ?? kind;
  const wish = {
    verb: isBinding ? "bind" : "escalate",
    group: kind.group,
    resource: of.plural,
    namespace,
    name: ref.name,
  };
  if (allows(store, user, wish) !== undefined) return;
  const rules = isBinding ? rulesOfRole(store, ref, namespace) : ((object.rules ?? []) as readonly Rule[]);
  if (!rules) throw notFound(of, ref.name);
  const own = rulesOf(store, user, namespace).map(({ rule }) => rule);
  const missing = rules.flatMap(atoms).filter((atom) => !own.some((rule) => permits(rule, atom)));
  if (missing.length === 0) return;
  const quoted = (list: readonly string[]) => `[${list.map((one) => JSON.stringify(one)).join(" ")}]`;
  const shown = new Map<string, string[]>();
  for (const { verb, group, resource, name: only, path } of missing) {
    const names = only === undefined ? "" : `, ResourceNames:${quoted([only])}`;
    const what =
      path === undefined
        ? `APIGroups:${quoted([group])}, Resources:${quoted([resource])}${names}`
        : `NonResourceURLs:${quoted([path])}`;
    shown.set(what, [...(shown.get(what) ?? []), verb]);
  }
  const lines = [...shown].map(([what, verbs]) => `{${what}, Verbs:${quoted(verbs)}}`).sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  throw forbidden(
    kind,
    name,
    `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`,
  );
}

/** All that a rule permits, one by one. */
function atoms({ verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule) {
  const names = resourceNames.length > 0 ? resourceNames : [undefined];
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) => names.map((name) => ({ group, resource, name }))),
  );
  const ofPaths = nonResourceURLs.map((path) => ({ group: "", resource: "", name: undefined, path }));
  const all: { group: string; resource: string; name: string | undefined; path?: string }[] = [
    ...ofResources,
    ...ofPaths,
  ];
  return all.flatMap((one) => verbs.map((verb) => ({ ...one, verb })));
}
