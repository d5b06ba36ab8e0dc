/**
 * EKS's access policies, which permit in addition to RBAC.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, without groups that no API
 * server serves any more.
 */
import type { Rule } from "./objects.ts";
import { permits } from "./rbac.ts";
import type { Target } from "./target.ts";

const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];

const rule = (verbs: readonly string[], apiGroup: string, resources: readonly string[]): Rule => ({
  verbs,
  apiGroups: [apiGroup],
  resources,
});
const withStatus = (...resources: readonly string[]) => resources.flatMap((one) => [one, `${one}/status`]);
const withScale = (...resources: readonly string[]) => resources.flatMap((one) => [one, `${one}/scale`]);

const scaled = withScale("deployments", "replicasets", "statefulsets");
const throughPods = ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy"];

const view: readonly Rule[] = [
  rule(read, "apps", ["controllerrevisions", ...scaled]),
  rule(read, "apps", withStatus("daemonsets", "deployments", "replicasets", "statefulsets")),
  rule(read, "autoscaling", withStatus("horizontalpodautoscalers")),
  rule(read, "batch", withStatus("cronjobs", "jobs")),
  rule(read, "discovery.k8s.io", ["endpointslices"]),
  rule(read, "networking.k8s.io", [...withStatus("ingresses"), "networkpolicies"]),
  rule(read, "policy", withStatus("poddisruptionbudgets")),
  rule(read, "", withStatus("namespaces", "persistentvolumeclaims", "pods", "resourcequotas", "services")),
  rule(read, "", [...withStatus("replicationcontrollers"), "replicationcontrollers/scale", "pods/log"]),
  rule(read, "", ["bindings", "configmaps", "endpoints", "events", "limitranges", "serviceaccounts"]),
];
const edit: readonly Rule[] = [
  ...view,
  rule(write, "apps", ["daemonsets", "deployments/rollback", ...scaled]),
  rule(write, "autoscaling", ["horizontalpodautoscalers"]),
  rule(write, "batch", ["cronjobs", "jobs"]),
  rule(write, "networking.k8s.io", ["ingresses", "networkpolicies"]),
  rule(write, "policy", ["poddisruptionbudgets"]),
  rule(write, "", ["configmaps", "events", "persistentvolumeclaims", "pods", "serviceaccounts", "services"]),
  rule(write, "", withScale("replicationcontrollers")),
  rule([...read, ...write], "", [...throughPods, "secrets", "services/proxy"]),
  rule(["impersonate"], "", ["serviceaccounts"]),
];
const admin: readonly Rule[] = [
  ...edit,
  rule([...read, ...write], "rbac.authorization.k8s.io", ["rolebindings", "roles"]),
  rule(["create"], "authorization.k8s.io", ["localsubjectaccessreviews"]),
];
const policies: Readonly<Record<string, readonly Rule[]>> = {
  AmazonEKSClusterAdminPolicy: [rule(["*"], "*", ["*"]), { verbs: ["*"], nonResourceURLs: ["*"] }],
  AmazonEKSAdminPolicy: admin,
  AmazonEKSAdminViewPolicy: [rule(read, "*", ["*"])],
  AmazonEKSEditPolicy: edit,
  AmazonEKSViewPolicy: view,
};

const nameOf = (arn: string): string => arn.split("/").at(-1) ?? "";

/** The policies that the sandbox knows. */
export const isKnownPolicy = (arn: string): boolean => Object.hasOwn(policies, nameOf(arn));

export interface AssociatedPolicy {
  readonly policyArn: string;
  /** In all namespaces and of the cluster, or in namespaces with a name such as `dev-*`. */
  readonly accessScope: { readonly type: "cluster" | "namespace"; readonly namespaces: readonly string[] };
}

/** Whether one of the policies permits it. */
export const permitsByPolicy = (all: readonly AssociatedPolicy[], target: Target): boolean =>
  all.some(
    ({ policyArn, accessScope }) =>
      isIn(accessScope, target) && policies[nameOf(policyArn)]?.some((one) => permits(one, target)),
  );

const isIn = ({ type, namespaces }: AssociatedPolicy["accessScope"], { namespace }: Target): boolean =>
  type === "cluster" || (namespace !== undefined && namespaces.some((pattern) => matches(pattern, namespace)));

const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(name);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
