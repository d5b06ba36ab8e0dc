/** Finds the bindings that give rights to a user, by name or by group. */
import type { Kube } from "../kube/request.ts";

interface Subject {
  readonly kind: string;
  readonly name: string;
}
interface BindingList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly roleRef: { readonly kind: string; readonly name: string };
    readonly subjects?: readonly Subject[];
  }[];
}

export interface Bound {
  readonly username: string;
  /** Without the groups of every user, such as system:authenticated. */
  readonly groups: readonly string[];
  readonly namespace: string;
}

/** Lists bindings of the namespace and of the cluster, as `RoleBinding web/readers (ClusterRole view)`. */
export async function bindingsOf(kube: Kube, { username, groups, namespace }: Bound): Promise<readonly string[]> {
  const api = "/apis/rbac.authorization.k8s.io/v1";
  const lists = await Promise.all([
    kube.request<BindingList>({ path: `${api}/namespaces/${namespace}/rolebindings` }),
    kube.request<BindingList>({ path: `${api}/clusterrolebindings` }),
  ]);
  const names = ({ kind, name }: Subject) =>
    (kind === "User" && name === username) || (kind === "Group" && groups.includes(name));
  return lists
    .flatMap(({ items }) => items)
    .filter(({ subjects = [] }) => subjects.some(names))
    .map(({ metadata, roleRef }) => {
      const kind = metadata.namespace ? `RoleBinding ${metadata.namespace}/` : "ClusterRoleBinding ";
      return `${kind}${metadata.name} (${roleRef.kind} ${roleRef.name})`;
    });
}
