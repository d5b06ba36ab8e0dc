/**
 * Refuses resources that do not exist, as far as that is known without asking the cluster: RBAC accepts any name, and then
 * permits nothing. Source: https://kubernetes.io/docs/reference/kubernetes-api/
 */
import { usageError } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { nearest } from "../nearest.ts";

/** Nothing can add to the core group. `users` and `groups` exist for `impersonate` alone. */
const core: readonly string[] = [
  ...["bindings", "configmaps", "endpoints", "events", "limitranges", "persistentvolumeclaims", "pods", "podtemplates"],
  ...["replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services"],
  ...["componentstatuses", "namespaces", "nodes", "persistentvolumes", "users", "groups", "*"],
];

/** The groups of resources that are often written without one. */
const groups: Readonly<Record<string, readonly string[]>> = {
  apps: ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
  batch: ["cronjobs", "jobs"],
  autoscaling: ["horizontalpodautoscalers"],
  policy: ["poddisruptionbudgets"],
  "networking.k8s.io": ["ingressclasses", "ingresses", "networkpolicies"],
  "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
  "storage.k8s.io": ["storageclasses", "volumeattachments"],
  "apiextensions.k8s.io": ["customresourcedefinitions"],
};

/** Resources without a namespace. A Namespace itself counts as in it. */
const clusterWide: readonly string[] = [
  ...["componentstatuses", "nodes", "persistentvolumes", "users", "groups"],
  ...["ingressclasses.networking.k8s.io", "clusterroles.rbac.authorization.k8s.io"],
  ...["clusterrolebindings.rbac.authorization.k8s.io", "storageclasses.storage.k8s.io"],
  ...["volumeattachments.storage.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"],
];

/** Throws `InvalidNeed` (usage). */
export function refuseUnknown(need: Need): void {
  const [plural = "", ...subresource] = need.resource.split("/");
  if (need.group === "" && !core.includes(plural)) throw unknown(need, [plural, ...subresource]);
  if (need.cluster || !clusterWide.includes(need.group === "" ? plural : `${plural}.${need.group}`)) return;
  const { namespace: _, ...rest } = need;
  throw usageError(
    "InvalidNeed",
    `${plural} have no namespace (in "${formatNeed(need)}")`,
    `write "${formatNeed({ ...rest, cluster: true })}"`,
  );
}

function unknown(need: Need, [plural = "", ...subresource]: readonly string[]) {
  const all = [...core, ...Object.values(groups).flat()];
  const meant = all.includes(plural) ? plural : nearest(plural, all);
  const group = Object.entries(groups).find(([, resources]) => resources.includes(meant ?? ""))?.[0] ?? "";
  const hint =
    meant === undefined
      ? "write the plural and, after a dot, its group; `kubectl api-resources` shows both"
      : `did you mean "${formatNeed({ ...need, group, resource: [meant, ...subresource].join("/") })}"? \`kubectl api-resources\` shows plurals and groups`;
  return usageError("InvalidNeed", `the core group has no "${plural}" (in "${formatNeed(need)}")`, hint);
}
