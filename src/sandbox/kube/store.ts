/** The objects of the cluster, and which kinds there are. To add a kind, add a row. */
import { randomUUID } from "node:crypto";

export type Kind = { group: string; apiVersion: string; plural: string; kind: string; namespaced: boolean };
type Labels = Readonly<Record<string, string>>;
export type Metadata = { name: string; namespace?: string; labels?: Labels; resourceVersion?: string; uid?: string };
export type KubeObject = { metadata: Metadata; [field: string]: unknown };

export const rbacGroup = "rbac.authorization.k8s.io";
const rows: readonly (readonly [group: string, kind: string, namespaced?: "namespaced"])[] = [
  ["", "ConfigMap", "namespaced"],
  ["", "Namespace"],
  ["apps", "Deployment", "namespaced"],
  [rbacGroup, "Role", "namespaced"],
  [rbacGroup, "RoleBinding", "namespaced"],
  [rbacGroup, "ClusterRole"],
  [rbacGroup, "ClusterRoleBinding"],
  ["authorization.k8s.io", "SubjectAccessReview"],
  ["authorization.k8s.io", "SelfSubjectAccessReview"],
  ["authentication.k8s.io", "SelfSubjectReview"],
];
export const kinds: readonly Kind[] = rows.map(([group, kind, namespaced]) => {
  const apiVersion = group ? `${group}/v1` : "v1";
  return { group, apiVersion, plural: `${kind.toLowerCase()}s`, kind, namespaced: namespaced !== undefined };
});

export type Store = ReturnType<typeof createStore>;

/** A new cluster's objects, by plural, namespace and name. Whoever changes one puts a new one. */
export function createStore() {
  const objects = new Map<string, KubeObject>();
  /** Of aws-auth, whose changes may work late. */
  const past: { readonly at: number; readonly object: KubeObject | undefined }[] = [];
  let version = 1000;
  const keyOf = (plural: string, namespace = "", name = "") => `${plural}/${namespace}/${name}`;
  const set = (plural: string, { name, namespace }: Metadata, object?: KubeObject) => {
    version++;
    if (object) objects.set(keyOf(plural, namespace, name), object);
    else objects.delete(keyOf(plural, namespace, name));
    if (name === "aws-auth") past.push({ at: Date.now(), object });
  };
  const store = {
    get: (plural: string, namespace: string | undefined, name: string) => objects.get(keyOf(plural, namespace, name)),
    list: (plural: string, namespace?: string): readonly KubeObject[] =>
      [...objects.entries()]
        .filter(([key]) => key.startsWith(namespace ? `${plural}/${namespace}/` : `${plural}/`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
    /** Gives it what every object has. */
    put(plural: string, { metadata, ...rest }: KubeObject): KubeObject {
      const created = { uid: randomUUID(), creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z` };
      const object = { ...rest, metadata: { ...created, ...metadata, resourceVersion: String(version + 1) } };
      set(plural, metadata, object);
      return object;
    },
    remove: (plural: string, { metadata }: KubeObject) => set(plural, metadata),
    /** aws-auth as it was so many milliseconds ago. */
    awsAuth: (ms: number) => past.findLast(({ at }) => at <= Date.now() - ms)?.object,
  };
  for (const name of ["default", "kube-public", "kube-system"]) store.put("namespaces", { metadata: { name } });
  return store;
}
