/** Valid manifests of each kind that the sandbox stores, with a random choice of what they can have. */
import { builtIn, isReview, type Kind } from "../../../src/sandbox/kube/kinds.ts";
import { podSpec, template } from "./pods.ts";
import type { Random } from "./random.ts";

export type Manifest = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

const selector = (random: Random): object => ({
  matchLabels: { app: "web" },
  ...random.some({ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }),
});
const rules = (random: Random): object[] => [
  { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] },
  ...(random.one(2) ? [{ apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["*"] }] : []),
];
const subjects = [
  { kind: "User", name: "lambda", apiGroup: "rbac.authorization.k8s.io" },
  { kind: "ServiceAccount", name: "default", namespace: "default" },
  { kind: "Group", name: "team" },
];
const roleRef = (random: Random, kinds: readonly string[]): object => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind: random.pick(kinds),
  name: "given",
});
const scaling = (random: Random): object =>
  random.some({ replicas: random.below(4), minReadySeconds: 1, revisionHistoryLimit: 2 });
const job = (random: Random): object => ({
  template: template(random, random.pick(["Never", "OnFailure"])),
  ...random.some({ backoffLimit: 2, activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 10, suspend: true }),
  ...random.pick([{}, { parallelism: 2 }, { completions: 2 }, { completions: 3, completionMode: "Indexed" }]),
});

const claim = (random: Random): object => ({
  accessModes: random.pick([["ReadWriteOnce"], ["ReadOnlyMany", "ReadWriteMany"]]),
  resources: { requests: { storage: random.pick(["1Gi", "500M"]) } },
  ...random.some({
    storageClassName: random.pick(["fast", ""]),
    volumeMode: random.pick(["Filesystem", "Block"]),
    selector: selector(random),
  }),
});

/** By kind: all but `apiVersion`, `kind` and `metadata`. */
const bodies: Readonly<Record<string, (random: Random) => object>> = {
  ConfigMap: (random) =>
    random.some({ data: { colour: "red", "file.txt": "a\nb" }, binaryData: { bin: "AAE=" }, immutable: false }),
  Event: (random) => ({
    involvedObject: { kind: "Pod", namespace: "default", name: "web", ...random.some({ apiVersion: "v1" }) },
    ...random.some({
      reason: "Tested",
      message: "a test",
      type: random.pick(["Normal", "Warning"]),
      count: 2,
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:01Z",
      source: { component: "fuzz" },
      reportingComponent: "example.com/fuzz",
      reportingInstance: "one",
    }),
  }),
  LimitRange: (random) => ({
    spec: {
      limits: [
        {
          type: "Container",
          ...random.some({
            max: { cpu: "4" },
            min: { cpu: "10m" },
            default: { cpu: "1", memory: "1Gi" },
            defaultRequest: { cpu: "100m" },
            maxLimitRequestRatio: { cpu: "100" },
          }),
        },
        ...(random.one(2) ? [{ type: "PersistentVolumeClaim", max: { storage: "10Gi" } }] : []),
        ...(random.one(2) ? [{ type: "Pod", max: { memory: "8Gi" } }] : []),
      ],
    },
  }),
  Namespace: () => ({}),
  Node: (random) =>
    random.some({
      spec: random.some({
        unschedulable: true,
        taints: [{ key: "team", value: "a", effect: "NoSchedule" }],
        podCIDR: "10.1.0.0/24",
      }),
      status: { capacity: { cpu: "2", memory: "1Gi" } },
    }),
  PersistentVolume: (random) => ({
    spec: {
      capacity: { storage: random.pick(["1Gi", "500M"]) },
      accessModes: random.pick([["ReadWriteOnce"], ["ReadOnlyMany", "ReadWriteMany"], ["ReadWriteOncePod"]]),
      ...random.pick<object>([
        { hostPath: { path: "/tmp/any" } },
        { nfs: { server: "files", path: "/" } },
        { csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-1" } },
      ]),
      ...random.some({
        persistentVolumeReclaimPolicy: random.pick(["Retain", "Delete"]),
        storageClassName: "fast",
        volumeMode: "Filesystem",
        mountOptions: ["ro"],
        claimRef: { kind: "PersistentVolumeClaim", namespace: "default", name: "any" },
      }),
    },
  }),
  PersistentVolumeClaim: (random) => ({ spec: claim(random) }),
  Pod: (random) => ({ spec: podSpec(random) }),
  ResourceQuota: (random) => ({
    spec: { hard: random.some({ pods: "10", "requests.cpu": "2", "limits.memory": "1Gi" }) },
  }),
  Secret: (random) => ({
    ...random.some({ data: { password: "c2VjcmV0" }, stringData: { user: "me" }, immutable: false }),
    ...random.some({ type: random.pick(["Opaque", "example.com/any"]) }),
  }),
  Service: (random) => ({
    spec: {
      ports: [
        { name: "http", port: 80, ...random.some({ targetPort: random.pick([8080, "http"]), protocol: "TCP" }) },
        ...(random.one(2) ? [{ name: "dns", port: 53, protocol: "UDP" }] : []),
      ],
      ...random.some({
        selector: { app: "web" },
        type: random.pick(["ClusterIP", "NodePort", "LoadBalancer"]),
        sessionAffinity: random.pick(["None", "ClientIP"]),
        publishNotReadyAddresses: true,
        internalTrafficPolicy: "Cluster",
      }),
    },
  }),
  ServiceAccount: (random) =>
    random.some({
      automountServiceAccountToken: false,
      secrets: [{ name: "secret" }],
      imagePullSecrets: [{ name: "registry" }],
    }),
  ControllerRevision: (random) => ({ data: { spec: { any: 1 } }, revision: random.below(5) }),
  DaemonSet: (random) => ({
    spec: {
      selector: selector(random),
      template: template(random),
      ...random.some({
        updateStrategy: random.pick([
          { type: "OnDelete" },
          { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } },
        ]),
        minReadySeconds: 1,
      }),
    },
  }),
  Deployment: (random) => ({
    spec: {
      selector: selector(random),
      template: template(random),
      ...scaling(random),
      ...random.some({
        strategy: random.pick<object>([
          { type: "Recreate" },
          { rollingUpdate: { maxSurge: 1, maxUnavailable: "10%" } },
          { type: "RollingUpdate", rollingUpdate: { maxSurge: "50%" } },
        ]),
        paused: true,
        progressDeadlineSeconds: 60,
      }),
    },
  }),
  ReplicaSet: (random) => ({
    spec: {
      selector: selector(random),
      template: template(random),
      ...random.some({ replicas: 2, minReadySeconds: 1 }),
    },
  }),
  StatefulSet: (random) => ({
    spec: {
      selector: selector(random),
      template: template(random),
      ...scaling(random),
      ...random.some({
        serviceName: "web",
        podManagementPolicy: random.pick(["OrderedReady", "Parallel"]),
        updateStrategy: random.pick<object>([
          { type: "OnDelete" },
          { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
        ]),
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
        volumeClaimTemplates: [{ metadata: { name: "files" }, spec: claim(random) }],
      }),
    },
  }),
  CronJob: (random) => ({
    spec: {
      schedule: random.pick(["*/5 * * * *", "@hourly", "0 0 1 1 *", "30 4 * * MON-FRI"]),
      jobTemplate: { spec: job(random), ...random.some({ metadata: { labels: { app: "web" } } }) },
      ...random.some({
        timeZone: "Europe/Berlin",
        concurrencyPolicy: random.pick(["Allow", "Forbid", "Replace"]),
        startingDeadlineSeconds: 60,
        suspend: true,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 0,
      }),
    },
  }),
  Job: (random) => ({ spec: job(random) }),
  Lease: (random) => ({
    spec: random.some({
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.123456Z",
      leaseTransitions: 1,
    }),
  }),
  Ingress: (random) => ({
    spec: {
      defaultBackend: { service: { name: "web", port: random.pick<object>([{ number: 80 }, { name: "http" }]) } },
      ...random.some({
        ingressClassName: "nginx",
        tls: [{ hosts: ["a.example"], secretName: "tls" }],
        rules: [
          {
            host: random.pick(["a.example", "*.example.com"]),
            http: {
              paths: [
                {
                  path: "/",
                  pathType: random.pick(["Prefix", "Exact"]),
                  backend: { service: { name: "web", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      }),
    },
  }),
  NetworkPolicy: (random) => ({
    spec: {
      podSelector: random.pick<object>([{}, selector(random)]),
      ...random.some({
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { app: "web" } } },
              { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
            ],
          },
        ],
        egress: [
          { to: [{ namespaceSelector: {} }], ports: [{ protocol: "TCP", port: 80, endPort: 90 }, { port: "http" }] },
        ],
      }),
    },
  }),
  StorageClass: (random) => ({
    provisioner: random.pick(["ebs.csi.aws.com", "kubernetes.io/no-provisioner"]),
    ...random.some({
      parameters: { type: "gp3" },
      reclaimPolicy: random.pick(["Delete", "Retain"]),
      volumeBindingMode: random.pick(["Immediate", "WaitForFirstConsumer"]),
      allowVolumeExpansion: true,
      mountOptions: ["ro"],
    }),
  }),
  PodDisruptionBudget: (random) => ({
    spec: {
      selector: selector(random),
      ...random.pick<object>([{ minAvailable: 1 }, { maxUnavailable: "50%" }, { minAvailable: "10%" }, {}]),
      ...random.some({ unhealthyPodEvictionPolicy: "AlwaysAllow" }),
    },
  }),
  Role: (random) => ({ rules: rules(random) }),
  ClusterRole: (random) => ({
    rules: [...rules(random), { nonResourceURLs: ["/healthz"], verbs: ["get"] }],
    ...random.some({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } }),
  }),
  RoleBinding: (random) => ({ roleRef: roleRef(random, ["Role", "ClusterRole"]), ...random.some({ subjects }) }),
  ClusterRoleBinding: (random) => ({ roleRef: roleRef(random, ["ClusterRole"]), ...random.some({ subjects }) }),
  CustomResourceDefinition: (random) => ({
    spec: {
      group: "fuzz.example",
      scope: random.pick(["Namespaced", "Cluster"]),
      names: {
        plural: "gadgets",
        kind: "Gadget",
        ...random.some({ singular: "gadget", shortNames: ["gad"], listKind: "GadgetList" }),
      },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer", minimum: 0 } } } },
            },
          },
          ...random.some({
            subresources: { status: {} },
            additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
          }),
        },
      ],
    },
  }),
};

/** The kinds that have manifests: all that are stored. */
export const fuzzed: readonly Kind[] = builtIn.filter((kind) => !isReview(kind));

export function manifestOf({ apiVersion, kind, namespaced }: Kind, name: string, random: Random): Manifest {
  const body = bodies[kind];
  if (!body) throw new Error(`no manifest of a ${kind}: add one`);
  const fixed = kind === "CustomResourceDefinition" ? "gadgets.fuzz.example" : name;
  const metadata = {
    name: fixed,
    ...(namespaced && random.one(2) && { namespace: "default" }),
    ...random.some({
      labels: { app: "web", "example.com/team": "a" },
      annotations: { note: "any text\nat all" },
      finalizers: ["example.com/hold"],
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "0-0-0-0", controller: true }],
    }),
  };
  return { apiVersion, kind, metadata, ...body(random) };
}
