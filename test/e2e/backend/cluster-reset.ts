/** Deletes everything that tests have created in the cluster. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Kube } from "./kube.ts";

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly finalizers?: readonly string[];
  };
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const admission = "/apis/admissionregistration.k8s.io/v1";

/** A collection to clear, and the items that a new cluster has, too. */
type Collection = readonly [api: string, resource: string, isBootstrap: (item: Item) => boolean];

/** What controllers would make again from these goes after them: they lose count of what goes before. */
const makers: readonly Collection[] = [
  ["/apis/batch/v1", "cronjobs", () => false],
  ["/apis/apps/v1", "deployments", () => false],
  ["/apis/apps/v1", "statefulsets", () => false],
  ["/apis/apps/v1", "daemonsets", () => false],
];
const made: readonly Collection[] = [
  ["/apis/batch/v1", "jobs", () => false],
  ["/apis/apps/v1", "replicasets", () => false],
  // A new workload of the same name adopts them.
  ["/apis/apps/v1", "controllerrevisions", () => false],
];
const others: readonly Collection[] = [
  [admission, "validatingadmissionpolicybindings", () => false],
  [admission, "validatingadmissionpolicies", () => false],
  ["/apis/coordination.k8s.io/v1", "leases", ({ metadata }) => metadata.namespace?.startsWith("kube-") ?? false],
  ["/api/v1", "pods", () => false],
  ["/api/v1", "persistentvolumeclaims", () => false],
  ["/api/v1", "persistentvolumes", () => false],
  ["/apis/storage.k8s.io/v1", "storageclasses", () => false],
  ["/api/v1", "limitranges", () => false],
  ["/api/v1", "resourcequotas", () => false],
  ["/api/v1", "services", ({ metadata }) => metadata.name === "kubernetes"],
  ["/apis/autoscaling/v2", "horizontalpodautoscalers", () => false],
  ["/apis/networking.k8s.io/v1", "ingresses", () => false],
  ["/apis/networking.k8s.io/v1", "networkpolicies", () => false],
  ["/api/v1", "configmaps", ({ metadata }) => bootstrapConfigMaps.has(metadata.name)],
  ["/api/v1", "secrets", () => false],
  // The controllers authenticate as service accounts of kube-system.
  ["/api/v1", "serviceaccounts", ({ metadata }) => metadata.name === "default" || metadata.namespace === "kube-system"],
  ["/apis/policy/v1", "poddisruptionbudgets", () => false],
  ["/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", () => false],
  [rbac, "roles", isBootstrapRbac],
  [rbac, "rolebindings", isBootstrapRbac],
  [rbac, "clusterroles", isBootstrapRbac],
  [rbac, "clusterrolebindings", isBootstrapRbac],
  ["/api/v1", "namespaces", ({ metadata }) => bootstrapNamespaces.has(metadata.name)],
];

const bootstrapNamespaces = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);
const bootstrapConfigMaps = new Set([
  "kube-root-ca.crt",
  "extension-apiserver-authentication",
  "kube-apiserver-legacy-service-account-token-tracking",
]);

function isBootstrapRbac({ metadata }: Item): boolean {
  return metadata.labels?.["kubernetes.io/bootstrapping"] === "rbac-defaults" || metadata.name.startsWith("system:");
}

/** Deletes without a grace period, and waits until nothing is left. */
export async function resetCluster(kube: Kube): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const left: string[] = [];
    for (const some of [makers, made, others])
      left.push(...(await Promise.all(some.map((collection) => sweep(kube, ...collection)))).flat());
    if (left.length === 0) return;
    if (tries > 200) throw new Error(`the cluster keeps ${left.join(", ")}`);
    if (tries > 0) await sleep(50);
  }
}

const atOnce = { gracePeriodSeconds: 0, propagationPolicy: "Background" };

/** Deletes the items of a collection. Returns their paths. */
async function sweep(
  kube: Kube,
  api: string,
  resource: string,
  isBootstrap: (item: Item) => boolean,
): Promise<string[]> {
  const { body } = await kube.request("GET", `${api}/${resource}`);
  const items = (body.items as Item[]).filter((item) => !isBootstrap(item));
  return Promise.all(
    items.map(async ({ metadata: { namespace, name, finalizers = [] } }) => {
      const path = `${api}${namespace ? `/namespaces/${namespace}` : ""}/${resource}/${encodeURIComponent(name)}`;
      if (finalizers.some(isOfTest)) await kube.request("PATCH", path, unheld);
      await kube.request("DELETE", path, { body: atOnce });
      return path;
    }),
  );
}

/** Nobody else removes these. */
const isOfTest = (finalizer: string): boolean => finalizer.startsWith("example.com/");
const unheld = { body: { metadata: { finalizers: null } }, contentType: "application/merge-patch+json" };
