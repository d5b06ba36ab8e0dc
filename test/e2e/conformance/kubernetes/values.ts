/** Paths and objects that the cases share. */
import { apiGroup, rbac } from "../people.ts";

export const core = "/api/v1/namespaces/default";
export const configMaps = `${core}/configmaps`;
export const awsAuth = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
export const deployments = "/apis/apps/v1/namespaces/default/deployments";
export const merge = "application/merge-patch+json";
export const ours = { "app.kubernetes.io/managed-by": "eks-lambda" };
export const selector = `labelSelector=${encodeURIComponent("app.kubernetes.io/managed-by=eks-lambda")}`;

export const deployment = (name: string, change: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, labels: ours },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "demo" } },
    template: {
      metadata: { labels: { app: "demo" } },
      spec: { containers: [{ name: "web", image: "nginx:1.12", ports: [{ name: "http", containerPort: 80 }] }] },
    },
    ...change,
  },
});
export const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data: { mapRoles: "[]" },
});

/** More than the 3 MiB that an API server takes. */
export const tooLong = { ...configMap("any"), data: { text: "x".repeat(3 * 2 ** 20) } };
export const roles = `${rbac}/namespaces/default/roles`;
export const bindings = `${rbac}/namespaces/default/rolebindings`;
export const create = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] };
export const role = (name: string, rules: readonly object[] = [create]) => ({
  apiVersion: `${apiGroup}/v1`,
  kind: "Role",
  metadata: { name, namespace: "default", labels: ours },
  rules,
});
export const binding = (name: string, to = "given", kind = "Role", subject: object = {}) => ({
  apiVersion: `${apiGroup}/v1`,
  kind: "RoleBinding",
  metadata: { name, namespace: "default", labels: ours },
  roleRef: { apiGroup, kind, name: to },
  subjects: [{ apiGroup, kind: "User", name: "lambda", ...subject }],
});
