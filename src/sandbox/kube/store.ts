/** The objects of the cluster, and which kinds there are. To add a kind, add it to its group. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";

export type Kind = { group: string; apiVersion: string; plural: string; kind: string; namespaced: boolean };
type Labels = Readonly<Record<string, string>>;
export type Metadata = { name: string; namespace?: string; labels?: Labels; resourceVersion?: string; uid?: string };
export type KubeObject = { metadata: Metadata; [field: string]: unknown };

export const rbacGroup = "rbac.authorization.k8s.io";
const groups: Readonly<Record<string, readonly string[]>> = {
  "": ["ConfigMap", "Namespace"],
  apps: ["Deployment"],
  [rbacGroup]: ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
  "authorization.k8s.io": ["SubjectAccessReview", "SelfSubjectAccessReview"],
  "authentication.k8s.io": ["SelfSubjectReview"],
};
const inNamespaces = ["ConfigMap", "Deployment", "Role", "RoleBinding"];
const kindOf = (group: string, kind: string): Kind => {
  const apiVersion = group ? `${group}/v1` : "v1";
  return { group, apiVersion, plural: `${kind.toLowerCase()}s`, kind, namespaced: inNamespaces.includes(kind) };
};
export const kinds = Object.entries(groups).flatMap(([group, names]) => names.map((kind) => kindOf(group, kind)));

export type Store = ReturnType<typeof createStore>;
/** A new cluster's objects, by plural, namespace and name. Whoever changes one puts a new one. */
export function createStore({ now }: Pick<Clock, "now">) {
  const objects = new Map<string, KubeObject | undefined>();
  /** Of aws-auth, whose changes may work late. */
  const past: { readonly at: number; readonly object: KubeObject | undefined }[] = [];
  let version = 1000;
  const keyOf = (plural: string, namespace = "", name = "") => `${plural}/${namespace}/${name}`;
  const set = (plural: string, { name, namespace }: Metadata, object?: KubeObject) => {
    version++;
    objects.set(keyOf(plural, namespace, name), object);
    if (name === "aws-auth") past.push({ at: now(), object });
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
      const created = { uid: randomUUID(), creationTimestamp: `${new Date(now()).toISOString().slice(0, 19)}Z` };
      const object = { ...rest, metadata: { ...created, ...metadata, resourceVersion: String(version + 1) } };
      set(plural, metadata, object);
      return object;
    },
    remove: (plural: string, { metadata }: KubeObject) => set(plural, metadata),
    /** aws-auth as it was so many milliseconds ago. */
    awsAuth: (ms: number) => past.findLast(({ at }) => at <= now() - ms)?.object,
  };
  const rules = [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ];
  store.put("clusterroles", { metadata: { name: "cluster-admin" }, rules });
  for (const name of ["default", "kube-public", "kube-system"]) store.put("namespaces", { metadata: { name } });
  return store;
}
