/** Grants a function exactly its declared rights. */
import { grantsOf, type Need } from "../core/kube/need.ts";
import type { Admin } from "./admin.ts";

const apiGroup = "rbac.authorization.k8s.io";
const apiVersion = `${apiGroup}/v1`;

export interface Bound {
  readonly needs: readonly Need[];
  /** Of needs that name none. */
  readonly namespace: string;
  readonly username: string;
}

/** Creates the namespaces, a Role in each, and a ClusterRole for rights in every namespace. */
export async function bind(admin: Admin, { needs, namespace, username }: Bound): Promise<void> {
  const grants = grantsOf(needs, namespace);
  const namespaces = new Set([namespace, ...grants.flatMap(({ namespace: place }) => place ?? [])]);
  await Promise.all(
    [...namespaces].map((name) => admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  );
  const subjects = [{ apiGroup, kind: "User", name: username }];
  for (const { namespace: place, rules } of grants) {
    const metadata = { name: "eks-lambda-testing", ...(place !== undefined && { namespace: place }) };
    const kind = place === undefined ? "ClusterRole" : "Role";
    const roleRef = { apiGroup, kind, name: metadata.name };
    await admin.apply({ apiVersion, kind, metadata, rules });
    await admin.apply({ apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects });
  }
}
