/** Access to the cluster as its administrator. */
import { expect } from "vitest";
import type { Backend, KubeAnswer } from "../backend.ts";
import type { World } from "./world.ts";

export const deployments = (namespace = "default"): string => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const rbac = (resource: string, namespace?: string): string =>
  `/apis/rbac.authorization.k8s.io/v1/${namespace ? `namespaces/${namespace}/` : ""}${resource}`;
const configMaps = "/api/v1/namespaces/kube-system/configmaps";

/** Names of the Deployments in a namespace. */
export async function deploymentNames({ backend }: World, namespace = "default"): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", deployments(namespace));
  return body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name).sort();
}

/** Creates an object. */
export async function make(backend: Backend, path: string, body: unknown): Promise<KubeAnswer> {
  const answer = await backend.kube("POST", path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer;
}

export type AwsAuth = Readonly<Partial<Record<"mapRoles" | "mapUsers" | "mapAccounts", string>>>;

/** Replaces or creates aws-auth. */
export async function putAwsAuth(backend: Backend, data: AwsAuth): Promise<void> {
  await backend.kube("DELETE", `${configMaps}/aws-auth`);
  const metadata = { name: "aws-auth", namespace: "kube-system" };
  await make(backend, configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
}

export async function readAwsAuth(backend: Backend): Promise<AwsAuth | undefined> {
  const { status, body } = await backend.kube("GET", `${configMaps}/aws-auth`);
  return status === 404 ? undefined : body.data;
}

/** Gives the user `username` the rules in all namespaces. Returns the aws-auth entry that maps the role to the user. */
export async function grant(backend: Backend, username: string, rules: readonly PolicyRule[]): Promise<void> {
  const named = { metadata: { name: `test-${username}` }, apiVersion: "rbac.authorization.k8s.io/v1" };
  const apiGroup = "rbac.authorization.k8s.io";
  await make(backend, rbac("clusterroles"), { ...named, kind: "ClusterRole", rules });
  await make(backend, rbac("clusterrolebindings"), {
    ...named,
    kind: "ClusterRoleBinding",
    roleRef: { apiGroup, kind: "ClusterRole", name: named.metadata.name },
    subjects: [{ apiGroup, kind: "User", name: username }],
  });
}

/**
 * Installs an admission policy that refuses a mapping to this user in aws-auth, and waits until it works. It may stay
 * in effect for a moment after the backend's reset, so use a user name of no other test. The sandbox does not support
 * admission policies.
 */
export async function denyUser({ backend }: World, username: string): Promise<void> {
  const [apiVersion, metadata] = ["admissionregistration.k8s.io/v1", { name: "known-users" }];
  const path = (resource: string) => `/apis/${apiVersion}/${resource}`;
  const scope = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] };
  const expression = `!object.?data.mapRoles.orValue("").contains("username: ${username}")`;
  await make(backend, path("validatingadmissionpolicies"), {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicy", metadata },
    spec: {
      matchConstraints: { resourceRules: [scope] },
      validations: [{ expression, message: `ask platform@example.com before you map the user ${username}` }],
    },
  });
  await make(backend, path("validatingadmissionpolicybindings"), {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata },
    spec: { policyName: metadata.name, validationActions: ["Deny"] },
  });
  const body = { metadata: { name: "any" }, data: { mapRoles: `- username: ${username}` } };
  const status = async () => (await backend.kube("POST", `${configMaps}?dryRun=All`, { body })).status;
  await expect.poll(status).toBe(422);
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
