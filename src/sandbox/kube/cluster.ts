/** Creates a cluster with its initial objects, and starts its controllers. */
import type { Clock } from "../clock.ts";
import type { Images } from "./controllers/images.ts";
import { startControllers } from "./controllers/index.ts";
import { kinds } from "./kinds.ts";
import { createLogs } from "./logs.ts";
import type { Node, StorageClass } from "./objects.ts";
import { createStore } from "./store.ts";
import { defaulted } from "./write/defaults.ts";

const resources = { cpu: "32", memory: "256Gi", pods: "110" };
const node: Node = {
  metadata: { name: "sandbox", labels: { "kubernetes.io/hostname": "sandbox", "kubernetes.io/os": "linux" } },
  spec: {},
  status: {
    capacity: resources,
    allocatable: resources,
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }],
    nodeInfo: { kubeletVersion: "v1.35.4", operatingSystem: "linux", architecture: "amd64" },
  },
};
/**
 * What EKS gives a new cluster: not the default class, from 1.30 on. The driver is an add-on, which the sandbox has.
 * Source: "Store Kubernetes volumes with Amazon EBS" in the EKS user guide
 */
const gp2: StorageClass = {
  metadata: { name: "gp2" },
  provisioner: "kubernetes.io/aws-ebs",
  parameters: { type: "gp2", fsType: "ext4" },
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};
const everything = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

export function newCluster(clock: Clock, images: Images) {
  const [store, logs] = [createStore(clock), createLogs(clock)];
  store.put(kinds.clusterRoles, { metadata: { name: "cluster-admin" }, rules: everything });
  store.put(kinds.nodes, node);
  store.put(kinds.classes, gp2);
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    store.put(kinds.namespaces, defaulted(kinds.namespaces, { metadata: { name } }, { store }));
    store.put(kinds.serviceAccounts, { metadata: { name: "default", namespace: name } });
  }
  const stopControllers = startControllers({ store, clock, logs, images });
  return { store, logs, stopControllers };
}
