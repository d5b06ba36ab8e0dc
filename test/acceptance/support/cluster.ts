/** The cluster as its administrator sees it. */
import { expect } from "vitest";
import type { Backend, KubeAnswer } from "../backend.ts";
import type { World } from "./world.ts";

export const deployments = (namespace = "default"): string => `/apis/apps/v1/namespaces/${namespace}/deployments`;
export const rbac = (resource: string, namespace?: string): string =>
  `/apis/rbac.authorization.k8s.io/v1/${namespace ? `namespaces/${namespace}/` : ""}${resource}`;
const configMaps = "/api/v1/namespaces/kube-system/configmaps";

/** The names of the Deployments in a namespace. */
export async function deploymentNames({ backend }: World, namespace = "default"): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", deployments(namespace));
  return body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name).sort();
}

/** Makes an object that a test needs. */
export async function make(backend: Backend, path: string, body: unknown): Promise<KubeAnswer> {
  const answer = await backend.kube("POST", path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer;
}

export type AwsAuth = Readonly<Partial<Record<"mapRoles" | "mapUsers" | "mapAccounts", string>>>;

/** Replaces aws-auth as a whole, or makes it. */
export async function putAwsAuth(backend: Backend, data: AwsAuth): Promise<void> {
  await backend.kube("DELETE", `${configMaps}/aws-auth`);
  const metadata = { name: "aws-auth", namespace: "kube-system" };
  await make(backend, configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
}

export async function readAwsAuth(backend: Backend): Promise<AwsAuth | undefined> {
  const { status, body } = await backend.kube("GET", `${configMaps}/aws-auth`);
  return status === 404 ? undefined : body.data;
}

/** Lets a role be the user `username`, who gets `rules` in all namespaces; returns the entry in aws-auth. */
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
 * An admission policy of the cluster lets nobody map that user in aws-auth. It works when this returns, and may go on for a
 * moment after the backend's reset: so choose a user that no other test has. The sandbox has no such policies.
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
  await expect.poll(status, { timeout: 20_000 }).toBe(422);
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
