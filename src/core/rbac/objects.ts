/** Who may do what in the cluster: a Role with what the actions need, and the RoleBinding that gives it to our user. */

import { managedBy } from "../actions/deployment.ts";
import type { PolicyRule } from "../actions/index.ts";

export interface RbacOptions {
  /** Of both, Role and RoleBinding. */
  readonly name: string;
  readonly namespace: string;
  /** The Kubernetes user that the function's role is mapped to. */
  readonly username: string;
  readonly needs: readonly PolicyRule[];
}

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

interface RbacMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
}
export interface Role {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Role";
  readonly metadata: RbacMetadata;
  /** `null` is how the API server writes none. */
  readonly rules: readonly PolicyRule[] | null;
}
export interface RoleBinding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "RoleBinding";
  readonly metadata: RbacMetadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly apiGroup?: string; readonly kind: string; readonly name: string }[];
}

/** Where a Role's or RoleBinding's siblings live, to be appended by a name. */
export const rbacPath = (kind: "Role" | "RoleBinding", namespace: string): string =>
  `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`;

export function role({ name, namespace, needs }: RbacOptions): Role {
  return { apiVersion, kind: "Role", metadata: { name, namespace, labels: managedBy }, rules: needs };
}

export function roleBinding({ name, namespace, username }: RbacOptions): RoleBinding {
  return {
    apiVersion,
    kind: "RoleBinding",
    metadata: { name, namespace, labels: managedBy },
    roleRef: { apiGroup, kind: "Role", name },
    subjects: [{ apiGroup, kind: "User", name: username }],
  };
}

/** `deployments.apps`, as `kubectl` names resources. */
export function showResources({ resources = [], apiGroups = [] }: Omit<PolicyRule, "verbs">): string {
  const group = apiGroups.filter(Boolean).join(",");
  return resources.map((resource) => (group ? `${resource}.${group}` : resource)).join(",");
}

/** `create deployments.apps`; what a rule says beside (`resourceNames`, say) as JSON. */
export const showRules = (rules: readonly PolicyRule[] | null | undefined): string =>
  (rules ?? [])
    .map(({ verbs, resources, apiGroups, ...rest }) => {
      const named = showResources({ resources, apiGroups });
      return [verbs.join(","), named, ...(Object.keys(rest).length ? [JSON.stringify(rest)] : [])].join(" ");
    })
    .join("; ");

export const showBinding = ({ roleRef, subjects = [] }: RoleBinding): string =>
  `${roleRef.kind} ${roleRef.name} to ${subjects.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`;
