/** What a target gets from the cluster: AWS does not know it. */
import type { Kube } from "../kube/request.ts";
import type { Intent } from "../plan.ts";
import { noneIfForbidden, ownedBindings } from "../rbac/owned.ts";
import { withAllowed } from "./allow.ts";
import { rbacNamesOf, type Target } from "./target.ts";

/** Without the stack, teardown finds by the owner's label the names that were chosen at setup. */
export function withClusterState(kube: Kube, target: Target, intent: Intent): Promise<Target> | Target {
  if (intent === "present") return withAllowed(kube, target);
  return target.found ? target : withNamesOfBinding(kube, target);
}

/**
 * The target with the names that were chosen at setup: namespace, Role and user, from the RoleBinding of the lost stack
 * that has a name of setup's. A flag counts more. Without the right to list RoleBindings, the target stays as it is.
 */
async function withNamesOfBinding(kube: Kube, target: Target): Promise<Target> {
  const { config, cluster, owner } = target;
  const names = rbacNamesOf(target);
  const bindings = (await ownedBindings(kube, owner).catch(noneIfForbidden)).filter(({ metadata }) =>
    names.has(metadata.name),
  );
  const binding = bindings.find(({ metadata }) => metadata.namespace !== undefined) ?? bindings[0];
  if (!binding) return target;
  const { metadata } = binding;
  const subjects = bindings.flatMap((one) => one.subjects ?? []).filter(({ kind }) => kind === "User");
  const [user, ...others] = new Set(subjects.map(({ name }) => name));
  return {
    ...target,
    cluster: { ...cluster, namespace: config.namespace ?? metadata.namespace ?? cluster.namespace },
    rbacName: config.rbacName ?? metadata.name,
    username: config.username ?? (others.length === 0 ? user : undefined) ?? target.username,
  };
}
