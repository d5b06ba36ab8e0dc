/** Grants a function exactly its declared rights. */
import type { Need } from "../core/kube/need.ts";
import { placedIn } from "../core/kube/review.ts";
import { pairsOf, placeOf } from "../core/rbac/objects.ts";
import type { Admin } from "./admin.ts";

export interface Bound {
  readonly needs: readonly Need[];
  /** Of needs that name none. */
  readonly namespace: string;
  readonly username: string;
}

/** Creates the namespaces, a Role in each, and a ClusterRole for rights in every namespace. */
export async function bind(admin: Admin, { needs, namespace, username }: Bound): Promise<void> {
  const placed = needs.map((need) => placedIn(namespace, need));
  const namespaces = new Set([namespace, ...placed.flatMap((need) => placeOf(need) ?? [])]);
  await Promise.all(
    [...namespaces].map((name) => admin.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  );
  for (const { role, binding } of pairsOf({
    name: "eks-lambda-testing",
    users: [username],
    needs: placed,
    marks: () => ({}),
  })) {
    await admin.apply(role);
    await admin.apply(binding);
  }
}
