/** IAM roles that the cluster knows as users, each with the rights of its needs. */
import { make, putAwsAuth, rbac } from "../support/cluster.ts";
import type { World } from "../support/world.ts";

export interface Need {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
}

export interface Caller {
  readonly user: string;
  readonly needs: readonly Need[];
}

const apiGroup = "rbac.authorization.k8s.io";

/** A RoleBinding or ClusterRoleBinding, with the user's name. */
export const bindingOf = (name: string, role: { readonly kind: string; readonly name: string }) => ({
  metadata: { name },
  roleRef: { apiGroup, ...role },
  subjects: [{ apiGroup, kind: "User", name }],
});

/** Maps each caller's role to a user, and binds that to a Role with its needs. */
export async function introduce({ backend }: World, callers: readonly Caller[], namespace = "default"): Promise<void> {
  const entries = callers.map(
    ({ user }) => `- rolearn: arn:aws:iam::${backend.account}:role/${user}\n  username: ${user}\n`,
  );
  await putAwsAuth(backend, { mapRoles: entries.join("") });
  for (const { user: name, needs } of callers) {
    const rules = needs
      .filter(({ verbs }) => verbs.length > 0)
      .map(({ group, resource, verbs, names: resourceNames }) => ({
        ...{ apiGroups: [group], resources: [resource], verbs },
        ...(resourceNames && { resourceNames }),
      }));
    await make(backend, rbac("roles", namespace), { metadata: { name }, rules });
    await make(backend, rbac("rolebindings", namespace), bindingOf(name, { kind: "Role", name }));
  }
}

/** The needs without one verb of one of them. */
export const without = (needs: readonly Need[], lacking: Need, verb: string): readonly Need[] =>
  needs.map((need) => (need === lacking ? { ...need, verbs: need.verbs.filter((one) => one !== verb) } : need));
