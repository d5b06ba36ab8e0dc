/** Defaults of the API server, by type. Source: pkg/apis/{core,apps,batch,…}/v1/defaults.go of k8s.io/kubernetes, and strategies */
import { type Kind, rbacGroup } from "../kinds.ts";
import { at, isList, type Json, type JsonMap, type KubeObject, listOf, mapOf, objectOf, textsOf } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { anything, conformed } from "../schema.ts";
import { encodeStruct } from "../types/encode.ts";
import { quantity } from "../types/scalars.ts";
import { metadataType, typeOf } from "../types/types.ts";

const container = ({ image, resources = {} }: JsonMap): JsonMap => ({
  resources,
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: /(^[^:@]*|\/[^:@]*|:latest)$/.test(`${image ?? ""}`) ? "Always" : "IfNotPresent",
});

/** Only the type `RollingUpdate` has `rollingUpdate`. */
const rolling = ({ type = "RollingUpdate" }: JsonMap): JsonMap => ({
  type,
  ...(type === "RollingUpdate" && { rollingUpdate: {} }),
});
const mode = { defaultMode: 420 };
const ofRbac = { apiGroup: rbacGroup };

/** The defaults of each struct, by the name of its type. A function derives them from the fields that were given. */
const ofTypes: Readonly<Record<string, JsonMap | ((given: JsonMap) => JsonMap)>> = {
  "v1.PodSpec": ({ serviceAccountName, serviceAccount }) => ({
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    // Each is the other's old or new name.
    serviceAccountName: serviceAccountName || serviceAccount,
    serviceAccount: serviceAccountName || serviceAccount,
  }),
  "v1.Container": container,
  "v1.EphemeralContainer": container,
  "v1.Probe": { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  "v1.HTTPGetAction": { path: "/", scheme: "HTTP" },
  "v1.GRPCAction": { service: "" },
  "v1.ObjectFieldSelector": { apiVersion: "v1" },
  "v1.SecretVolumeSource": mode,
  "v1.ConfigMapVolumeSource": mode,
  "v1.DownwardAPIVolumeSource": mode,
  "v1.ProjectedVolumeSource": mode,
  "v1.ServiceAccountTokenProjection": { expirationSeconds: 3600 },
  "v1.HostPathVolumeSource": { type: "" },
  "v1.DeploymentSpec": { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  "v1.DeploymentStrategy": rolling,
  "v1.RollingUpdateDeployment": { maxUnavailable: "25%", maxSurge: "25%" },
  "v1.ReplicaSetSpec": { replicas: 1 },
  "v1.StatefulSetSpec": {
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {},
  },
  "v1.StatefulSetPersistentVolumeClaimRetentionPolicy": { whenDeleted: "Retain", whenScaled: "Retain" },
  "v1.StatefulSetUpdateStrategy": rolling,
  "v1.RollingUpdateStatefulSetStrategy": { partition: 0 },
  "v1.DaemonSetSpec": { revisionHistoryLimit: 10 },
  "v1.DaemonSetUpdateStrategy": rolling,
  "v1.RollingUpdateDaemonSet": { maxUnavailable: 1, maxSurge: 0 },
  "v1.CronJobSpec": {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  "v1.NodeSpec": ({ podCIDR }) => (podCIDR ? { podCIDRs: [podCIDR] } : {}),
  "v1.ServiceSpec": ({ sessionAffinity = "None" }) => ({
    ...{ type: "ClusterIP", sessionAffinity, internalTrafficPolicy: "Cluster" },
    ...(sessionAffinity === "ClientIP" && { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }),
  }),
  "v1.ServicePort": ({ port }) => ({ targetPort: port }),
  "v1.NetworkPolicySpec": ({ egress }) => ({ policyTypes: egress ? ["Ingress", "Egress"] : ["Ingress"] }),
  "v1.NetworkPolicyPort": { protocol: "TCP" },
  "v1.RoleRef": ofRbac,
  "v1.Subject": ({ kind }) => (kind === "ServiceAccount" ? {} : ofRbac),
  "v1.CustomResourceDefinitionSpec": { conversion: { strategy: "None" } },
  "v1.CustomResourceDefinitionNames": ({ kind }) =>
    kind ? { singular: `${kind}`.toLowerCase(), listKind: `${kind}List` } : {},
};

/** Of a Job, but not of a CronJob's template. */
const ofJob = ({ completions, parallelism }: JsonMap): JsonMap => ({
  parallelism: 1,
  ...(completions === undefined && parallelism === undefined && { completions: 1 }),
  backoffLimit: 6,
  completionMode: "NonIndexed",
  suspend: false,
  podReplacementPolicy: "TerminatingOrFailed",
  manualSelector: false,
});

/** A limit without a request is also the request. */
function withRequests(container: Json): Json {
  const { resources, ...rest } = mapOf(container);
  const { limits, requests } = mapOf(resources);
  return limits
    ? { ...rest, resources: { ...mapOf(resources), requests: { ...mapOf(limits), ...mapOf(requests) } } }
    : container;
}
const requesting = (containers: Json): Json => (isList(containers) ? containers.map(withRequests) : containers);

/** Counts the changes of a DaemonSet's template. */
export const templateGeneration = "deprecated.daemonset.template.generation";
export const hasFields = (value: Json): boolean => Object.keys(mapOf(value)).length > 0;

type Change = (object: KubeObject) => KubeObject;

/** What a kind has besides the defaults of its types. */
const ofKinds: Readonly<Record<string, Change>> = {
  DaemonSet({ metadata, ...object }) {
    const annotations = { [templateGeneration]: "1", ...metadata.annotations };
    return { ...object, metadata: { ...metadata, annotations } };
  },
  Job({ metadata, spec, ...object }) {
    const labels = hasFields(metadata.labels) ? metadata.labels : at(spec, "template.metadata.labels");
    return {
      ...object,
      metadata: { ...metadata, labels: textsOf(labels) },
      spec: { ...ofJob(mapOf(spec)), ...mapOf(spec) },
    };
  },
  Namespace({ metadata, ...object }) {
    const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
    return { ...object, metadata: { ...metadata, labels } };
  },
  Pod({ spec, ...object }) {
    const { containers, initContainers, ...rest } = mapOf(spec);
    const requested = { containers: requesting(containers), initContainers: requesting(initContainers) };
    return { ...object, spec: { enableServiceLinks: true, ...rest, ...requested } };
  },
  /** `stringData` is write-only: it is stored in `data`. */
  Secret({ stringData, ...object }) {
    const encode = ([key, text]: [string, string]): [string, string] => [key, Buffer.from(text).toString("base64")];
    const encoded = Object.fromEntries(Object.entries(textsOf(stringData)).map(encode));
    return { ...object, data: { ...mapOf(object.data), ...encoded }, type: object.type || "Opaque" };
  },
};

const added = ["not-ready", "unreachable"].map((condition) => ({
  ...{ key: `node.kubernetes.io/${condition}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
}));
/** Of a Node, until its kubelet reports. */
const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
const tolerates = (toleration: Json, taint: string): boolean => {
  const { key = "", effect = "" } = mapOf(toleration);
  return (key === "" || key === taint) && (effect === "" || effect === "NoExecute");
};

/** What the API server adds to a new object, and nobody manages. Source: strategies and admission plugins */
const additions: Readonly<Record<string, Change>> = {
  CustomResourceDefinition({ status, ...object }) {
    const stored = listOf(at(object, "spec.versions")).filter((version) => mapOf(version).storage === true);
    const isNew = listOf(at(status, "storedVersions")).length === 0;
    const storedVersions = stored.map((version) => mapOf(version).name ?? "");
    return { ...object, status: isNew ? { ...mapOf(status), storedVersions } : status };
  },
  Namespace: ({ spec, status, ...object }) => ({
    ...object,
    // Once it ends, it loses them.
    spec: object.metadata.creationTimestamp ? mapOf(spec) : { finalizers: ["kubernetes"], ...mapOf(spec) },
    status: { phase: "Active", ...mapOf(status) },
  }),
  Node({ spec, status, ...object }) {
    const conditions = listOf(at(status, "conditions")).map(mapOf);
    const isReady = conditions.some((one) => one.type === "Ready" && one.status === "True");
    const given = listOf(at(spec, "taints"));
    const isTainted = isReady || given.some((one) => mapOf(one).key === notReady.key);
    const { capacity, allocatable = capacity } = mapOf(status);
    return {
      ...object,
      spec: { ...mapOf(spec), taints: isTainted ? given : [...given, notReady] },
      status: { ...mapOf(status), allocatable },
    };
  },
  Pod({ spec, status, ...object }) {
    const { tolerations, serviceAccountName, ...rest } = mapOf(spec);
    const given = listOf(tolerations);
    const account = serviceAccountName || "default";
    const whole = {
      ...{ priority: 0, preemptionPolicy: "PreemptLowerPriority", ...rest },
      ...{ serviceAccountName: account, serviceAccount: account },
      tolerations: [...given, ...added.filter(({ key }) => !given.some((one) => tolerates(one, key)))],
    };
    return { ...object, spec: whole, status: { phase: "Pending", qosClass: qosOf(whole), ...mapOf(status) } };
  },
};

/** Source: k8s.io/kubernetes/pkg/apis/core/v1/helper/qos */
function qosOf({ containers, initContainers }: JsonMap): string {
  const all = [...listOf(containers), ...listOf(initContainers)].map((container) => mapOf(mapOf(container).resources));
  const amounts = all.map(({ limits, requests }) =>
    ["cpu", "memory"].map((name) => [mapOf(limits)[name], mapOf(requests)[name]] as const),
  );
  const isGiven = (amount: Json) => amount !== undefined && quantity(amount, `${amount}`) !== "0";
  if (!amounts.flat(2).some(isGiven)) return "BestEffort";
  const isSame = ([limit, request]: readonly [Json, Json]) =>
    isGiven(limit) && quantity(limit, `${limit}`) === quantity(request, `${request}`);
  return amounts.flat().every(isSame) ? "Guaranteed" : "Burstable";
}

function ofCustom({ schema }: CustomVersion, { metadata, ...object }: KubeObject): JsonMap {
  return {
    metadata: encodeStruct(metadata, metadataType()),
    ...mapOf(conformed(object, schema?.openAPIV3Schema ?? anything)),
  };
}

const complete = (type: string, given: JsonMap): JsonMap => {
  const own = ofTypes[type] ?? {};
  return typeof own === "function" ? own(given) : own;
};

/** The object with its defaults, as the API server shows it. */
export function completed(kind: Kind, given: KubeObject): KubeObject {
  const type = typeOf(kind);
  const whole = kind.custom ? ofCustom(kind.custom, given) : (ofKinds[kind.kind]?.(given) ?? given);
  return objectOf(type ? encodeStruct(whole, type, complete) : whole);
}

/** The object with what the API server adds. What is valid is then an object of the kind. */
export function prepared<T extends KubeObject>(kind: Kind<T>, given: KubeObject): T {
  const [type, add] = [typeOf(kind), additions[kind.kind]];
  return (type && add && !kind.custom ? objectOf(encodeStruct(add(given), type)) : given) as T;
}

export const defaulted = <T extends KubeObject>(kind: Kind<T>, given: KubeObject): T =>
  prepared(kind, completed(kind, given));
