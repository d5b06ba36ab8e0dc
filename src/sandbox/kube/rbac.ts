/** Who may do what, and who may pass it on. Source: k8s.io/kubernetes/pkg/registry/rbac/validation */
import { forbidden, notFound } from "./status.ts";
import type { Kind, KubeObject, Store } from "./store.ts";

export type User = { readonly name: string; readonly groups: readonly string[] };
/** What is asked for: something of a resource, or of a path. */
type Of = "group" | "resource" | "namespace" | "name" | "path";
export type Wish = { readonly verb: string } & Readonly<Partial<Record<Of, string | undefined>>>;

type Field = "apiGroups" | "resources" | "nonResourceURLs" | "resourceNames" | "verbs";
type Rule = Readonly<Partial<Record<Field, readonly string[]>>>;
type Ref = { readonly kind: string; readonly name: string };

const isMaster = ({ groups }: User): boolean => groups.includes("system:masters");
export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
export const administrator: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
const forKnown = ["authorization.k8s.io", "authentication.k8s.io"].map((group): Rule => {
  return { verbs: ["create"], apiGroups: [group], resources: ["selfsubjectaccessreviews", "selfsubjectreviews"] };
});

export const allows = (store: Store, user: User, wish: Wish): boolean =>
  isMaster(user) ||
  wish.path === "/version" ||
  rulesOf(store, user, wish.namespace).some((rule) => permits(rule, wish));

/** What everybody who is known may, and the rules of all bindings that name the user, in the whole cluster and in that namespace. */
function rulesOf(store: Store, user: User, namespace?: string): readonly Rule[] {
  const isUser = ({ kind, name }: Ref) =>
    (kind === "User" && name === user.name) || (kind === "Group" && user.groups.includes(name));
  const bound = [...store.list("clusterrolebindings"), ...(namespace ? store.list("rolebindings", namespace) : [])]
    .filter(({ subjects }) => ((subjects ?? []) as readonly Ref[]).some(isUser))
    .flatMap(({ metadata, roleRef }) => rulesOfRole(store, roleRef as Ref, metadata.namespace) ?? []);
  return [...(user.groups.includes("system:authenticated") ? forKnown : []), ...bound];
}

function rulesOfRole(store: Store, { kind, name }: Ref, namespace?: string): readonly Rule[] | undefined {
  const role = store.get(`${kind.toLowerCase()}s`, kind === "Role" ? namespace : undefined, name);
  return role && ((role.rules ?? []) as readonly Rule[]);
}

function permits(rule: Rule, { verb, group = "", resource = "", name = "", path }: Wish): boolean {
  const has = (field: Field, item: string) => (rule[field] ?? []).some((one) => one === "*" || one === item);
  const named = !rule.resourceNames?.length || rule.resourceNames.includes(name);
  return !path && named && has("verbs", verb) && has("apiGroups", group) && has("resources", resource);
}

/** Refuses a Role, or a binding of one, that gives what its writer does not have. */
export function refuseEscalation(store: Store, user: User, kind: Kind, object: KubeObject): void {
  const { name, namespace } = object.metadata;
  if (isMaster(user) || !/Role(Binding)?$/.test(kind.kind)) return;
  const { rules: given = [], roleRef } = object as { rules?: readonly Rule[]; roleRef?: Ref };
  const rules = roleRef ? rulesOfRole(store, roleRef, namespace) : given;
  if (!rules) throw notFound(kind, roleRef?.name ?? "");
  const own = rulesOf(store, user, namespace);
  const lines = rules.flatMap((rule) => missing(rule, own)).sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${list(user.groups)})`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
  if (lines.length > 0) throw forbidden(kind, name, why);
}

const list = (all: readonly unknown[]): string => `[${all.map((one) => JSON.stringify(one)).join(" ")}]`;

/** A line for each resource of which a rule permits what the `own` rules do not. */
function missing(rule: Rule, own: readonly Rule[]): readonly string[] {
  const { verbs = [], apiGroups = [], resources = [], nonResourceURLs: urls = [] } = rule;
  if (urls.length > 0) return [`{NonResourceURLs:${list(urls)}, Verbs:${list(verbs)}}`];
  const all = apiGroups.flatMap((group) => resources.map((resource) => ({ group, resource })));
  return all.flatMap(({ group, resource }) => {
    const lacks = verbs.filter((verb) => !own.some((one) => permits(one, { verb, group, resource })));
    const line = `{APIGroups:${list([group])}, Resources:${list([resource])}, Verbs:${list(lacks)}}`;
    return lacks.length > 0 ? [line] : [];
  });
}
