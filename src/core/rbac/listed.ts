/** Lists Roles and bindings, in all namespaces and of the cluster. */
import { listOf } from "../kube/list.ts";
import { pathTo } from "../kube/place.ts";
import type { Kube } from "../kube/request.ts";
import { type Binding, collection, type Kind, type RbacObject, type Role } from "./objects.ts";

/** Throws `Forbidden`. */
export const rolesIn = (kube: Kube, labelSelector: string): Promise<readonly Role[]> =>
  listed<Role>(kube, ["Role", "ClusterRole"], labelSelector);

/** Throws `Forbidden`. */
export const bindingsIn = (kube: Kube, labelSelector?: string): Promise<readonly Binding[]> =>
  listed<Binding>(kube, ["RoleBinding", "ClusterRoleBinding"], labelSelector);

async function listed<T extends RbacObject>(
  kube: Kube,
  kinds: readonly Kind[],
  labelSelector: string | undefined,
): Promise<readonly T[]> {
  const lists = kinds.map(async (kind) => {
    const { items } = listOf(await kube.request<List<T>>({ path: pathTo(collection(kind)), query: { labelSelector } }));
    return items.map((item) => ({ ...item, apiVersion: "rbac.authorization.k8s.io/v1", kind }) as T);
  });
  return (await Promise.all(lists)).flat();
}

/** The API server leaves out what the list says of all. */
interface List<T> {
  readonly items: readonly Omit<T, "apiVersion" | "kind">[];
}
