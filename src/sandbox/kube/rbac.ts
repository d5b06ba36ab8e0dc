/**
 * Who may do what, and who may pass it on.
 * Source: k8s.io/kubernetes/pkg/registry/rbac/validation and plugin/pkg/auth/authorizer/rbac
 */
import { forbidden, notFound } from "./status.ts";
import { type Kind, type KubeObject, kinds, type Store } from "./store.ts";

export type User = { readonly name: string; readonly groups: readonly string[] };

/** What is asked for: something of a resource, or of a path. */
type Of = "group" | "resource" | "namespace" | "name" | "path";
export type Wish = { readonly verb: string } & Readonly<Partial<Record<Of, string | undefined>>>;

type Field = "apiGroups" | "resources" | "nonResourceURLs" | "resourceNames" | "verbs";
type Rule = Readonly<Partial<Record<Field, readonly string[]>>>;
type Ref = { readonly kind: string; readonly name: string };

const isMaster = ({ groups }: User): boolean => groups.includes("system:masters");

export const allows = (store: Store, user: User, wish: Wish): boolean =>
  isMaster(user) || rulesOf(store, user, wish.namespace).some((rule) => permits(rule, wish));

/** The rules of all bindings that name the user, in the whole cluster and in that namespace. */
export function rulesOf(store: Store, user: User, namespace?: string): readonly Rule[] {
  const isUser = ({ kind, name }: Ref) =>
    (kind === "User" && name === user.name) || (kind === "Group" && user.groups.includes(name));
  return [...store.list("clusterrolebindings"), ...(namespace ? store.list("rolebindings", namespace) : [])]
    .filter(({ subjects }) => ((subjects ?? []) as readonly Ref[]).some(isUser))
    .flatMap(({ metadata, roleRef }) => rulesOfRole(store, roleRef as Ref, metadata.namespace) ?? []);
}

function rulesOfRole(store: Store, { kind, name }: Ref, namespace?: string): readonly Rule[] | undefined {
  const isGlobal = kind === "ClusterRole";
  const role = store.get(isGlobal ? "clusterroles" : "roles", isGlobal ? undefined : namespace, name);
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
  const ref = isBinding ? (object.roleRef as Ref) : { kind: kind.kind, name };
  const bound = kinds.find((one) => one.kind === ref.kind) ?? kind;
  const verb = isBinding ? "bind" : "escalate";
  if (allows(store, user, { verb, group: kind.group, resource: bound.plural, namespace, name: ref.name })) return;
  const rules = isBinding ? rulesOfRole(store, ref, namespace) : ((object.rules ?? []) as readonly Rule[]);
  if (!rules) throw notFound(kind, ref.name);
  const own = rulesOf(store, user, namespace);
  const missing = rules.flatMap(atoms).filter((atom) => !own.some((rule) => permits(rule, atom)));
  if (missing.length === 0) return;
  const list = (all: readonly unknown[]) => `[${all.map((one) => JSON.stringify(one)).join(" ")}]`;
  const shown = new Map<string, string[]>();
  for (const { verb, group, resource, name: only, path } of missing) {
    const named = only === undefined ? "" : `, ResourceNames:${list([only])}`;
    const ofResource = `APIGroups:${list([group])}, Resources:${list([resource])}${named}`;
    const what = path === undefined ? ofResource : `NonResourceURLs:${list([path])}`;
    shown.set(what, [...(shown.get(what) ?? []), verb]);
  }
  const lines = [...shown].map(([what, verbs]) => `{${what}, Verbs:${list(verbs)}}`).sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${list(user.groups)})`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
  throw forbidden(kind, name, why);
}

/** All that a rule permits, one by one. */
function atoms({ verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): Wish[] {
  const names = resourceNames.length > 0 ? resourceNames : [undefined];
  const ofGroup = (group: string) => resources.flatMap((resource) => names.map((name) => ({ group, resource, name })));
  const all: Omit<Wish, "verb">[] = [...apiGroups.flatMap(ofGroup), ...nonResourceURLs.map((path) => ({ path }))];
  return all.flatMap((one) => verbs.map((verb) => ({ ...one, verb })));
}
