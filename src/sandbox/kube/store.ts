/** The objects of the cluster, and which kinds there are. To add a kind, add a row. */
import { randomUUID } from "node:crypto";

export type Kind = { group: string; apiVersion: string; plural: string; kind: string; namespaced: boolean };
type Names = { name: string; labels?: Record<string, string> };
export type Metadata = Names & { namespace?: string; resourceVersion?: string; uid?: string };
export type KubeObject = { metadata: Metadata; [field: string]: unknown };

export const rbacGroup = "rbac.authorization.k8s.io";
const rows: readonly (readonly [group: string, plural: string, kind: string, namespaced: boolean])[] = [
  ["", "configmaps", "ConfigMap", true],
  ["", "namespaces", "Namespace", false],
  ["", "pods", "Pod", true],
  ["apps", "deployments", "Deployment", true],
  [rbacGroup, "roles", "Role", true],
  [rbacGroup, "rolebindings", "RoleBinding", true],
  [rbacGroup, "clusterroles", "ClusterRole", false],
  [rbacGroup, "clusterrolebindings", "ClusterRoleBinding", false],
  ["authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false],
  ["authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false],
  ["authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false],
  ["authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false],
];
export const kinds: readonly Kind[] = rows.map(([group, plural, kind, namespaced]) => {
  return { group, apiVersion: group ? `${group}/v1` : "v1", plural, kind, namespaced };
});

/** ClusterRoles that every cluster has, with what they permit and to which groups. */
const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], nonResourceURLs: ["*"] };
const reviews = {
  verbs: ["create"],
  apiGroups: ["authorization.k8s.io", "authentication.k8s.io"],
  resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"],
};
const health = { verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version"] };
const clusterRoles: readonly (readonly [name: string, rule: object, ...groups: string[]])[] = [
  ["cluster-admin", all, "system:masters"],
  ["system:basic-user", reviews, "system:authenticated"],
  ["system:public-info-viewer", health, "system:authenticated", "system:unauthenticated"],
];

export type Store = ReturnType<typeof createStore>;

/** A new cluster's objects, by plural, namespace and name. Whoever changes one puts a new one. */
export function createStore() {
  const objects = new Map<string, KubeObject>();
  /** Of aws-auth, whose changes may work late. */
  const past: { readonly at: number; readonly object: KubeObject | undefined }[] = [];
  let version = 1000;
  const keyOf = (plural: string, namespace = "", name = "") => `${plural}/${namespace}/${name}`;
  const set = (plural: string, { name, namespace }: Metadata, object: KubeObject | undefined) => {
    version++;
    if (object) objects.set(keyOf(plural, namespace, name), object);
    else objects.delete(keyOf(plural, namespace, name));
    if (name === "aws-auth") past.splice(100, 1, { at: Date.now(), object });
  };
  const store = {
    get: (plural: string, namespace: string | undefined, name: string) => objects.get(keyOf(plural, namespace, name)),
    list: (plural: string, namespace?: string): readonly KubeObject[] =>
      [...objects.keys()]
        .filter((key) => key.startsWith(namespace ? `${plural}/${namespace}/` : `${plural}/`))
        .sort()
        .flatMap((key) => objects.get(key) ?? []),
    /** Gives it what every object has. */
    put(plural: string, { metadata, ...rest }: KubeObject): KubeObject {
      const created = { uid: randomUUID(), creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z` };
      const object = { ...rest, metadata: { ...created, ...metadata, resourceVersion: String(version + 1) } };
      set(plural, metadata, object);
      return object;
    },
    /** A namespace goes with all that is in it. */
    remove(plural: string, { metadata }: KubeObject): void {
      set(plural, metadata, undefined);
      const inner = kinds.filter(({ namespaced }) => namespaced && plural === "namespaces");
      for (const kind of inner)
        for (const one of store.list(kind.plural, metadata.name)) store.remove(kind.plural, one);
    },
    /** aws-auth as it was so many milliseconds ago. */
    awsAuth: (ms: number) => past.findLast(({ at }) => at <= Date.now() - ms)?.object,
    version: () => String(version),
  };
  for (const name of ["default", "kube-public", "kube-system"]) store.put("namespaces", { metadata: { name } });
  for (const [name, rule, ...groups] of clusterRoles) {
    const subjects = groups.map((group) => ({ apiGroup: rbacGroup, kind: "Group", name: group }));
    const roleRef = { apiGroup: rbacGroup, kind: "ClusterRole", name };
    store.put("clusterroles", { metadata: { name }, rules: [rule] });
    store.put("clusterrolebindings", { metadata: { name }, roleRef, subjects });
  }
  return store;
}
