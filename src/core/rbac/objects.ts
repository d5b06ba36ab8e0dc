/** The Role with the rights that the actions need, and the RoleBinding that grants it to our user. */

import { managedBy } from "../actions/deployment.ts";
import { formatNeed, type Need, type PolicyRule, rulesOf } from "../kube/need.ts";
import { ownerMarks } from "../kube/owner.ts";

export interface RbacOptions {
  /** The name of Role and RoleBinding. */
  readonly name: string;
  readonly namespace: string;
  /** The Kubernetes user that the function's role is mapped to. */
  readonly username: string;
  /** The user until now, bound beside the new one until that is proven. */
  readonly earlierUsername?: string | undefined;
  readonly needs: readonly Need[];
  /** The stack that owns them, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
}

const apiVersion = "rbac.authorization.k8s.io/v1";
const apiGroup = "rbac.authorization.k8s.io";

interface RbacMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
}
export interface Role {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Role";
  readonly metadata: RbacMetadata;
  /** The API server returns `null` for an empty list. */
  readonly rules: readonly PolicyRule[] | null;
}
export interface RoleBinding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "RoleBinding";
  readonly metadata: RbacMetadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly apiGroup?: string; readonly kind: string; readonly name: string }[];
}

/** The path of a namespace's Roles or RoleBindings. */
export const rbacPath = (kind: "Role" | "RoleBinding", namespace: string): string =>
  `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`;

function metadataOf({ name, namespace, owner }: RbacOptions): RbacMetadata {
  const { labels, annotations } = ownerMarks(owner);
  return { name, namespace, labels: { ...managedBy, ...labels }, annotations };
}

export const role = (options: RbacOptions): Role => ({
  apiVersion,
  kind: "Role",
  metadata: metadataOf(options),
  rules: rulesOf(options.needs),
});

export function roleBinding(options: RbacOptions): RoleBinding {
  const { name, username, earlierUsername } = options;
  const users = [...(earlierUsername === undefined ? [] : [earlierUsername]), username];
  return {
    apiVersion,
    kind: "RoleBinding",
    metadata: metadataOf(options),
    roleRef: { apiGroup, kind: "Role", name },
    subjects: users.map((user) => ({ apiGroup, kind: "User", name: user })),
  };
}

/** Formats rules like needs, `create deployments.apps; get pods`, and their other fields as JSON. */
export const showRules = (rules: readonly PolicyRule[] | null | undefined): string =>
  (rules ?? [])
    .map(({ verbs, resources = [], apiGroups = [], resourceNames: names, ...rest }) => {
      const needs = apiGroups.flatMap((group) =>
        resources.map((resource) => ({ group, resource, verbs, ...(names && { names }) })),
      );
      const others = Object.keys(rest).length > 0 ? [`${verbs.join(",")} ${JSON.stringify(rest)}`] : [];
      return [...needs.map(formatNeed), ...others].join("; ");
    })
    .join("; ");

export const showBinding = ({ roleRef, subjects = [] }: RoleBinding): string =>
  `${roleRef.kind} ${roleRef.name} to ${subjects.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`;

/** True if the user is the binding's only subject. */
export const bindsOnly = ({ subjects = [] }: RoleBinding, username: string): boolean =>
  subjects.length === 1 && subjects.every(({ kind, name }) => kind === "User" && name === username);
