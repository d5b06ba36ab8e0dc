/** Defaults of the API server, by type. Source: pkg/apis/{core,apps,batch,…}/v1/defaults.go of k8s.io/kubernetes, and strategies */
import { isDeepStrictEqual } from "node:util";
import { type Admitting, withAdmitted } from "../admission/pods.ts";
import { anything } from "../custom/schema.ts";
import { appliedAs, conformed } from "../custom/shape.ts";
import { type Kind, rbacGroup } from "../kinds.ts";
import {
  at,
  isList,
  isMap,
  type Json,
  type JsonMap,
  type KubeObject,
  listOf,
  type Manager,
  mapOf,
  objectOf,
  textsOf,
} from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { type Complete, encodeStruct } from "../types/encode.ts";
import { quantity } from "../types/scalars.ts";
import { metadataType, typeOf } from "../types/types.ts";

const [word, part] = ["[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?", "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"];
const reference = new RegExp(
  `^((?:${word}(?:\\.${word})*(?::\\d+)?/)?${part}(?:/${part})*)(?::([\\w][\\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$`,
);
/** An image of the tag `latest`, or of none. Source: k8s.io/kubernetes/pkg/util/parsers, github.com/distribution/reference */
function isLatest(image: string): boolean {
  const [, path, tag, digest] = reference.exec(image) ?? [];
  const longest = 255 - (path?.includes("/") ? 0 : "docker.io/library/".length);
  return path !== undefined && path.length <= longest && (tag === "latest" || (!tag && !digest));
}

const container = ({ image, resources = {} }: JsonMap): JsonMap => ({
  resources,
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: isLatest(`${image ?? ""}`) ? "Always" : "IfNotPresent",
});

/** Only the type `RollingUpdate` has `rollingUpdate`. */
const rolling = ({ type }: JsonMap): JsonMap => ({
  type: "RollingUpdate",
  ...((!type || type === "RollingUpdate") && { rollingUpdate: {} }),
});
/** True for the type of a Service that can be reached from outside. */
export const isOpen = (type: Json): boolean => type === "NodePort" || type === "LoadBalancer";
const mode = { defaultMode: 420 };
const ofRbac = { apiGroup: rbacGroup };

/** The defaults of each struct, by the name of its type. A function derives them from the fields that were given. */
const ofTypes: Readonly<Record<string, JsonMap | ((given: JsonMap) => JsonMap)>> = {
  "v1.PodSpec": ({ serviceAccount }) => ({
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    serviceAccountName: serviceAccount,
  }),
  "v1.Container": container,
  "v1.EphemeralContainer": container,
  "v1.Probe": { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  "v1.HTTPGetAction": { path: "/", scheme: "HTTP" },
  "v1.GRPCAction": { service: "" },
  "v1.Volume": ({ name, ...sources }) => (Object.values(sources).some(isMap) ? {} : { emptyDir: {} }),
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
  "v1.StatefulSetUpdateStrategy": ({ type }) => ({ type: "RollingUpdate", ...(!type && { rollingUpdate: {} }) }),
  "v1.RollingUpdateStatefulSetStrategy": { partition: 0 },
  "v1.PersistentVolumeClaimSpec": { volumeMode: "Filesystem" },
  "v1.PersistentVolumeSpec": { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" },
  "v1.StorageClass": { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
  "v1.DaemonSetSpec": { revisionHistoryLimit: 10 },
  "v1.DaemonSetUpdateStrategy": rolling,
  "v1.RollingUpdateDaemonSet": { maxUnavailable: 1, maxSurge: 0 },
  "v1.CronJobSpec": {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  "v1.PodFailurePolicyOnPodConditionsPattern": { status: "True" },
  "v1.ServiceSpec": ({ type, sessionAffinity }) => ({
    ...{ type: "ClusterIP", sessionAffinity: "None" },
    ...(type !== "ExternalName" && { internalTrafficPolicy: "Cluster" }),
    ...(isOpen(type) && { externalTrafficPolicy: "Cluster" }),
    ...(type === "LoadBalancer" && { allocateLoadBalancerNodePorts: true }),
    ...(sessionAffinity === "ClientIP" && { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }),
  }),
  "v1.ServicePort": ({ port }) => ({ targetPort: port }),
  "v1.NetworkPolicySpec": ({ egress }) => ({
    policyTypes: listOf(egress).length > 0 ? ["Ingress", "Egress"] : ["Ingress"],
  }),
  "v1.NetworkPolicyPort": { protocol: "TCP" },
  "v1.RoleRef": ofRbac,
  "v1.Subject": ({ kind }) => (kind === "ServiceAccount" ? {} : ofRbac),
  "v1.CustomResourceDefinitionSpec": { conversion: { strategy: "None" } },
  "v1.CustomResourceDefinitionNames": ({ kind }) =>
    kind ? { singular: `${kind}`.toLowerCase(), listKind: `${kind}List` } : {},
};

/** Fields that are what others are, whatever was given: old names. */
const derived: Readonly<Record<string, (given: JsonMap) => JsonMap>> = {
  "v1.PodSpec": ({ serviceAccountName, serviceAccount }) => ({ serviceAccount: serviceAccountName || serviceAccount }),
  "v1.NodeSpec": ({ podCIDR, podCIDRs }) => ({
    podCIDR: podCIDR || listOf(podCIDRs)[0],
    podCIDRs: podCIDR ? [podCIDR, ...listOf(podCIDRs).slice(1)] : podCIDRs,
  }),
};

/** Of a Job, but not of a CronJob's template. */
const ofJob = ({ completions, parallelism, backoffLimitPerIndex }: JsonMap): JsonMap => ({
  parallelism: 1,
  ...(completions === undefined && parallelism === undefined && { completions: 1 }),
  backoffLimit: backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
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

export const templateGeneration = "deprecated.daemonset.template.generation";
export const hasFields = (value: Json): boolean => Object.keys(mapOf(value)).length > 0;

/** A Node has all that it has for Pods, unless it says otherwise. */
function withAllocatable(status: Json): JsonMap {
  const { capacity, allocatable = capacity } = mapOf(status);
  return { ...mapOf(status), allocatable };
}

type Change = (object: KubeObject) => KubeObject;

/** What a kind has besides the defaults of its types. */
const ofKinds: Readonly<Record<string, Change>> = {
  DaemonSet({ metadata, ...object }) {
    const annotations = { [templateGeneration]: "0", ...metadata.annotations };
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
  /** The highest limit is also the default, which is also the request. */
  LimitRange({ spec, ...object }) {
    const limits = listOf(at(spec, "limits")).map((item) => {
      const { type, max, min, default: given, defaultRequest } = mapOf(item);
      const standard = { ...mapOf(max), ...mapOf(given) };
      const requests = { ...mapOf(min), ...standard, ...mapOf(defaultRequest) };
      return type === "Container" ? { ...mapOf(item), default: standard, defaultRequest: requests } : item;
    });
    return { ...object, spec: { ...mapOf(spec), ...(isList(at(spec, "limits")) && { limits }) } };
  },
  Node: ({ status, ...object }) => ({ ...object, ...(status !== undefined && { status: withAllocatable(status) }) }),
  Namespace({ metadata, ...object }) {
    const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
    return { ...object, metadata: { ...metadata, labels } };
  },
  Pod({ spec, ...object }) {
    const { containers, initContainers, ...rest } = mapOf(spec);
    const requested = { containers: requesting(containers), initContainers: requesting(initContainers) };
    return { ...object, spec: { enableServiceLinks: true, ...rest, ...requested } };
  },
  Service({ spec, ...object }) {
    const { sessionAffinityConfig, ...rest } = mapOf(spec);
    const isByClient = rest.sessionAffinity === "ClientIP" && sessionAffinityConfig !== undefined;
    return { ...object, spec: { ...rest, ...(isByClient && { sessionAffinityConfig }) } };
  },
  StatefulSet({ spec, ...object }) {
    const { volumeClaimTemplates: templates, ...rest } = mapOf(spec);
    const typed = listOf(templates).map((one) => ({
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", ...mapOf(one) },
      status: { phase: "Pending", ...mapOf(at(one, "status")) },
    }));
    return { ...object, spec: { ...rest, ...(typed.length > 0 && { volumeClaimTemplates: typed }) } };
  },
  /** `stringData` is write-only: it is stored in `data`. */
  Secret({ stringData, ...object }) {
    const encode = ([key, text]: [string, string]): [string, string] => [key, Buffer.from(text).toString("base64")];
    const encoded = Object.fromEntries(Object.entries(textsOf(stringData)).map(encode));
    return { ...object, data: { ...mapOf(object.data), ...encoded }, type: object.type || "Opaque" };
  },
};

/** Of a Node, until its kubelet reports. */
const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

const pending: Change = ({ status, ...object }) => ({ ...object, status: { phase: "Pending", ...mapOf(status) } });
/** What the API server adds to an object, and nobody manages. Source: strategies and admission plugins */
const additions: Readonly<Record<string, (object: KubeObject, admitting: Admitting) => KubeObject>> = {
  PersistentVolume: ({ status, ...object }, { store }) => ({
    ...object,
    status: { phase: "Pending", lastPhaseTransitionTime: store.now(), ...mapOf(status) },
  }),
  PersistentVolumeClaim: pending,
  CustomResourceDefinition({ status, ...object }) {
    const stored = listOf(at(object, "spec.versions"))
      .map(mapOf)
      .find(({ storage }) => storage === true);
    const before = listOf(at(status, "storedVersions"));
    const isNew = stored !== undefined && !before.includes(stored.name ?? "");
    const storedVersions = isNew ? [...before, stored.name ?? ""] : before;
    return { ...object, status: { ...mapOf(status), storedVersions } };
  },
  Namespace: ({ spec, status, ...object }) => ({
    ...object,
    // Once it ends, it loses them.
    spec: object.metadata.creationTimestamp ? mapOf(spec) : { finalizers: ["kubernetes"], ...mapOf(spec) },
    status: { phase: "Active", ...mapOf(status) },
  }),
  /** Counts the changes of the template. */
  DaemonSet({ metadata, ...object }, { old }) {
    const count = Number(old?.metadata.annotations?.[templateGeneration] ?? 0);
    const isOther = !isDeepStrictEqual(at(old, "spec.template"), at(object, "spec.template"));
    const annotations = { ...metadata.annotations, [templateGeneration]: `${count + (isOther ? 1 : 0)}` };
    return { ...object, metadata: { ...metadata, annotations } };
  },
  Node({ spec, status, ...object }, { old }) {
    const conditions = listOf(at(status, "conditions")).map(mapOf);
    const isReady = conditions.some((one) => one.type === "Ready" && one.status === "True");
    const given = listOf(at(spec, "taints"));
    const isTainted = old || isReady || given.some((one) => mapOf(one).key === notReady.key);
    return {
      ...object,
      spec: { ...mapOf(spec), taints: isTainted ? given : [...given, notReady] },
      status: withAllocatable(status),
    };
  },
  Pod({ status, ...object }, admitting) {
    const spec = withAdmitted(object, admitting);
    return { ...object, spec, status: { phase: "Pending", qosClass: qosOf(spec), ...mapOf(status) } };
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

function ofCustom({ schema }: CustomVersion, { metadata, ...object }: KubeObject, isApplied: boolean): JsonMap {
  const conform = isApplied ? appliedAs : conformed;
  return {
    metadata: encodeStruct(metadata, metadataType()),
    ...mapOf(conform(object, schema?.openAPIV3Schema ?? anything)),
  };
}

const complete: Complete = (type, given) => {
  const own = ofTypes[type] ?? {};
  return { defaults: typeof own === "function" ? own(given) : own, derived: derived[type]?.(given) };
};

/** The object with its defaults, as the API server shows it. */
export function completed(kind: Kind, given: KubeObject, by?: Pick<Manager, "operation">): KubeObject {
  const type = typeOf(kind);
  const isApplied = by?.operation === "Apply";
  const whole = kind.custom ? ofCustom(kind.custom, given, isApplied) : (ofKinds[kind.kind]?.(given) ?? given);
  return objectOf(type ? encodeStruct(whole, type, complete) : whole);
}

/** The object with what the API server adds. What is valid is then an object of the kind. */
export function prepared<T extends KubeObject>(kind: Kind<T>, given: KubeObject, admitting: Admitting): T {
  const [type, add] = [typeOf(kind), additions[kind.kind]];
  return (type && !kind.custom ? objectOf(encodeStruct(add?.(given, admitting) ?? given, type)) : given) as T;
}

export const defaulted = <T extends KubeObject>(kind: Kind<T>, given: KubeObject, admitting: Admitting): T =>
  prepared(kind, completed(kind, given), admitting);
