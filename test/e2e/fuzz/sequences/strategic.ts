/** Strategic merge patches with their directives, by kind. */

const ofPods: readonly object[] = [
  { containers: [{ name: "web", image: "web:2" }] },
  { containers: [{ name: "web", env: [{ name: "PLAIN", value: "other" }] }] },
  { containers: [{ name: "web", env: [{ name: "PLAIN", $patch: "delete" }] }] },
  { containers: [{ name: "extra", image: "extra:1" }] },
  { containers: [{ name: "side", $patch: "delete" }] },
  { "$setElementOrder/containers": [{ name: "side" }, { name: "web" }], containers: [{ name: "web", image: "web:3" }] },
  { containers: [{ name: "web", ports: [{ containerPort: 80, name: "other" }] }] },
  { containers: [{ name: "web", ports: [{ containerPort: 81, protocol: "TCP" }] }] },
  { volumes: [{ name: "scratch", $retainKeys: ["name", "emptyDir"], emptyDir: { medium: "Memory" } }] },
  { nodeSelector: { $patch: "replace", disk: "fast" } },
  { tolerations: [{ key: "team", operator: "Exists" }] },
];

const ofMetadata: readonly object[] = [
  { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/hold"] } },
  { metadata: { labels: { $patch: "replace", sequence: "PREFIX" } } },
  { metadata: { ownerReferences: [{ uid: "0-0-0-0", $patch: "delete" }] } },
  { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "more", uid: "1-1-1-1" }] } },
];

const inTemplate = (spec: object): object => ({ spec: { template: { spec } } });
const templates = ofPods.map(inTemplate);
const byKind: Readonly<Record<string, readonly object[]>> = {
  Pod: ofPods.map((spec) => ({ spec })),
  Deployment: [...templates, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }],
  ReplicaSet: templates,
  StatefulSet: templates,
  DaemonSet: templates,
  Job: [...templates, { spec: { parallelism: 3 } }],
  CronJob: ofPods.map((spec) => ({ spec: { jobTemplate: inTemplate(spec) } })),
  Service: [
    { spec: { ports: [{ port: 80, targetPort: 9090 }] } },
    { spec: { ports: [{ port: 81, name: "more" }] } },
    { spec: { ports: [{ port: 53, $patch: "delete" }] } },
    { spec: { type: "NodePort" } },
    { spec: { type: "ClusterIP" } },
  ],
  ServiceAccount: [{ secrets: [{ name: "more" }] }, { imagePullSecrets: [{ name: "registry", $patch: "delete" }] }],
  ConfigMap: [
    { data: { colour: null, more: "1" } },
    { data: { $patch: "replace", only: "1" } },
    { data: { $patch: "delete" } },
  ],
  Secret: [{ stringData: { user: "you" } }, { data: { password: null } }],
  Node: [{ spec: { taints: [{ key: "team", effect: "NoExecute" }] } }, { spec: { unschedulable: true } }],
  Role: [{ rules: [] }],
};

export const strategicPatches = (kind: string): readonly object[] => [...ofMetadata, ...(byKind[kind] ?? [])];
