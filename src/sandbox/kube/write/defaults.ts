/** Defaults of the API server, by type. Source: pkg/apis/{core,apps,batch,…}/v1/defaults.go of k8s.io/kubernetes, and strategies */
import { type Kind, rbacGroup } from "../kinds.ts";
import { at, isList, type Json, type JsonMap, type KubeObject, listOf, mapOf, textsOf } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { conformed } from "../schema.ts";
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

/** What a struct has besides what was given, by the name of its type. A function makes it from what was given. */
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
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  },
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
  "v1.NamespaceSpec": { finalizers: ["kubernetes"] },
  "v1.NamespaceStatus": { phase: "Active" },
  "v1.PodStatus": { phase: "Pending" },
  "v1.ServiceSpec": { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster" },
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

const tolerated = ["not-ready", "unreachable"].map((condition) => ({
  ...{ key: `node.kubernetes.io/${condition}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
}));

/** Of a Pod, but not of the template of one. */
function ofPod({ containers, initContainers, tolerations, ...spec }: JsonMap): JsonMap {
  const keys = listOf(tolerations).map((one) => mapOf(one).key);
  const requesting = (all: Json) => (isList(all) ? all.map(withRequests) : all);
  return {
    ...{ enableServiceLinks: true, priority: 0, preemptionPolicy: "PreemptLowerPriority", ...spec },
    // The old name counts, too.
    serviceAccountName: spec.serviceAccountName || spec.serviceAccount || "default",
    ...{ containers: requesting(containers), initContainers: requesting(initContainers) },
    tolerations: [...listOf(tolerations), ...tolerated.filter(({ key }) => !keys.includes(key))],
  };
}

/** What is limited and not requested is requested. */
function withRequests(container: Json): Json {
  const { resources, ...rest } = mapOf(container);
  const { limits, requests } = mapOf(resources);
  return limits
    ? { ...rest, resources: { ...mapOf(resources), requests: { ...mapOf(limits), ...mapOf(requests) } } }
    : container;
}

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

/** What a kind has besides the defaults of its types. */
const ofKinds: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  CustomResourceDefinition({ status, ...object }) {
    const stored = listOf(at(object, "spec.versions")).filter((version) => mapOf(version).storage === true);
    return { ...object, status: status ?? { storedVersions: stored.map((version) => mapOf(version).name) } };
  },
  DaemonSet({ metadata, ...object }) {
    const annotations = { "deprecated.daemonset.template.generation": "1", ...metadata.annotations };
    return { ...object, metadata: { ...metadata, annotations } };
  },
  Job: ({ spec, ...object }) => ({ ...object, spec: { ...ofJob(mapOf(spec)), ...mapOf(spec) } }),
  Namespace({ metadata, ...object }) {
    const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
    return { ...object, metadata: { ...metadata, labels } };
  },
  Pod({ spec, status, ...object }) {
    const whole = ofPod(mapOf(spec));
    return { ...object, spec: whole, status: { qosClass: qosOf(whole), ...mapOf(status) } };
  },
  /** `stringData` is write-only: it is stored in `data`. */
  Secret({ stringData, ...object }) {
    const encode = ([key, text]: [string, string]): [string, string] => [key, Buffer.from(text).toString("base64")];
    const encoded = Object.fromEntries(Object.entries(textsOf(stringData)).map(encode));
    return { ...object, data: { ...mapOf(object.data), ...encoded }, type: object.type || "Opaque" };
  },
};

function ofCustom({ schema }: CustomVersion, { metadata, ...object }: KubeObject): JsonMap {
  return {
    metadata: encodeStruct(metadata, metadataType()),
    ...mapOf(conformed(object, schema?.openAPIV3Schema ?? {})),
  };
}

const complete = (type: string, given: JsonMap): JsonMap => {
  const own = ofTypes[type] ?? {};
  return typeof own === "function" ? own(given) : own;
};

/** The object with its defaults, as the API server shows it. What is valid is then an object of the kind. */
export function defaulted<T extends KubeObject>(kind: Kind<T>, given: KubeObject): T {
  const type = typeOf(kind);
  const whole = kind.custom ? ofCustom(kind.custom, given) : (ofKinds[kind.kind]?.(given) ?? given);
  const { kind: _, apiVersion, ...object } = type ? encodeStruct(whole, type, complete) : whole;
  return object as T;
}
