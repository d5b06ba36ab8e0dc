/** RBAC authorization. Source: k8s.io/kubernetes/pkg/registry/rbac/validation, pkg/apis/rbac/v1/evaluation_helpers.go */
import { kinds } from "./kinds.ts";
import type { RoleRef, Rule, Subject } from "./objects.ts";
import type { Store } from "./store.ts";
import type { Target } from "./target.ts";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** What EKS's access policies permit, as they are now. RBAC does not know them, and an impersonated user has none. */
  readonly mayByPolicy?: (target: Target) => boolean;
}

export const isMaster = ({ groups }: User): boolean => groups.includes("system:masters");
const everyone = "system:authenticated";
export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
export const administrator: User = { name: "kubernetes-admin", groups: ["system:masters", everyone] };

/** The roles system:public-info-viewer, system:basic-user and system:discovery. */
const forAll: readonly Rule[] = [
  { verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"] },
];
const forKnown: readonly Rule[] = [
  ...forAll,
  { verbs: ["get"], nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"] },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
];

export const allows = (store: Store, user: User, target: Target): boolean =>
  isMaster(user) ||
  rulesOf(store, user, target.namespace).some((rule) => permits(rule, target)) ||
  (user.mayByPolicy?.(target) ?? false);

/** The default rules, and those of all bindings to the user in the cluster and in the namespace. */
export function rulesOf(store: Store, user: User, namespace?: string): readonly Rule[] {
  const isUser = ({ kind, name, namespace: of }: Subject) =>
    (kind === "User" && name === user.name) ||
    (kind === "Group" && user.groups.includes(name)) ||
    (kind === "ServiceAccount" && user.name === `system:serviceaccount:${of}:${name}`);
  const bound = [...store.list(kinds.clusterBindings), ...(namespace ? store.list(kinds.bindings, namespace) : [])]
    .filter(({ subjects }) => subjects?.some(isUser))
    .flatMap(({ metadata, roleRef }) => rulesOfRole(store, roleRef, metadata.namespace) ?? []);
  return [...forAll, ...(user.groups.includes(everyone) ? forKnown : []), ...bound];
}

/** Returns undefined if the role does not exist. */
export function rulesOfRole(store: Store, { kind, name }: RoleRef, namespace?: string): readonly Rule[] | undefined {
  const role =
    kind === "Role" ? store.get(kinds.roles, namespace, name) : store.get(kinds.clusterRoles, undefined, name);
  return role && (role.rules ?? []);
}

export function permits(
  rule: Rule,
  { verb, group = "", resource = "", subresource, name = "", path }: Target,
): boolean {
  const has = (field: keyof Rule, wanted: readonly string[]) =>
    (rule[field] ?? []).some((one) => one === "*" || wanted.includes(one));
  if (path !== undefined) return has("verbs", [verb]) && (rule.nonResourceURLs ?? []).some((url) => covers(url, path));
  const named = !rule.resourceNames?.length || rule.resourceNames.includes(name);
  const resources = subresource ? [`${resource}/${subresource}`, `*/${subresource}`] : [resource];
  return named && has("verbs", [verb]) && has("apiGroups", [group]) && has("resources", resources);
}

const covers = (url: string, path: string): boolean =>
  url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
