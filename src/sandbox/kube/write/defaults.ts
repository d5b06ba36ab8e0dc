/** Defaults of the API server. Source: k8s.io/kubernetes/pkg/apis/{core,apps,batch}/v1/defaults.go and strategies */
import type { Kind } from "../kinds.ts";
import { at, isList, isMap, type Json, type JsonMap, type KubeObject, mapOf, textsOf } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { conformed } from "../schema.ts";

/** Adds missing fields, also in nested maps. */
function filled(value: Json, defaults: JsonMap): Json {
  if (value === undefined || value === null) return defaults;
  if (!isMap(value)) return value;
  const missing = Object.entries(defaults).map(([key, one]): [string, Json] => {
    return [key, isMap(one) ? filled(value[key], one) : (value[key] ?? one)];
  });
  return { ...value, ...Object.fromEntries(missing) };
}

/** Changes a field if it exists. */
const within = (value: Json, field: string, change: (inner: Json) => Json): Json =>
  isMap(value) && value[field] !== undefined ? { ...value, [field]: change(value[field]) } : value;
const each = (change: (item: Json) => Json) => (list: Json) => (isList(list) ? list.map(change) : list);

const container = (given: Json): Json =>
  filled(
    within(
      given,
      "ports",
      each((port) => filled(port, { protocol: "TCP" })),
    ),
    {
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: /(^[^:@]*|\/[^:@]*|:latest)$/.test(`${at(given, "image") ?? ""}`) ? "Always" : "IfNotPresent",
    },
  );

const podSpec = (given: Json): Json =>
  isMap(given)
    ? filled(within(within(given, "containers", each(container)), "initContainers", each(container)), {
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        dnsPolicy: "ClusterFirst",
        securityContext: {},
        schedulerName: "default-scheduler",
      })
    : given;

/** Fills in a specification with a Pod template. */
const templated = (spec: Json, defaults: JsonMap): Json =>
  filled(
    within(spec, "template", (template) => within(template, "spec", podSpec)),
    defaults,
  );

const jobSpec = (spec: Json): Json =>
  templated(spec, {
    parallelism: 1,
    ...(at(spec, "completions") === undefined && at(spec, "parallelism") === undefined && { completions: 1 }),
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
  });

/** Only the type `RollingUpdate` has `rollingUpdate`. */
const rolling = (strategy: Json, rollingUpdate: JsonMap): JsonMap => ({
  type: "RollingUpdate",
  ...((at(strategy, "type") ?? "RollingUpdate") === "RollingUpdate" && { rollingUpdate }),
});

const specs: Readonly<Record<string, (spec: Json) => Json>> = {
  Pod: (spec) => filled(podSpec(spec), { serviceAccountName: "default", enableServiceLinks: true, priority: 0 }),
  Deployment: (spec) =>
    templated(spec, {
      replicas: 1,
      strategy: rolling(at(spec, "strategy"), { maxUnavailable: "25%", maxSurge: "25%" }),
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    }),
  ReplicaSet: (spec) => templated(spec, { replicas: 1 }),
  StatefulSet: (spec) =>
    templated(spec, {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: rolling(at(spec, "updateStrategy"), { partition: 0 }),
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    }),
  DaemonSet: (spec) =>
    templated(spec, {
      updateStrategy: rolling(at(spec, "updateStrategy"), { maxUnavailable: 1, maxSurge: 0 }),
      revisionHistoryLimit: 10,
    }),
  Job: jobSpec,
  CronJob: (spec) =>
    filled(
      within(spec, "jobTemplate", (template) => within(template, "spec", jobSpec)),
      { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
    ),
  Namespace: (spec) => filled(spec, { finalizers: ["kubernetes"] }),
  Service: (spec) =>
    filled(
      within(
        spec,
        "ports",
        each((port) => filled(port, { protocol: "TCP", targetPort: at(port, "port") })),
      ),
      { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster" },
    ),
};

const statuses: Readonly<Record<string, JsonMap>> = {
  Deployment: {},
  ReplicaSet: {},
  StatefulSet: {},
  DaemonSet: {},
  Job: {},
  CronJob: {},
  CustomResourceDefinition: { conditions: [], acceptedNames: { plural: "", kind: "" }, storedVersions: [] },
  Pod: { phase: "Pending" },
  Namespace: { phase: "Active" },
  Service: { loadBalancer: {} },
};

/** `stringData` is write-only: it is stored in `data`. */
function secret({ stringData, ...object }: KubeObject): KubeObject {
  const encode = ([key, text]: [string, string]): [string, string] => [key, Buffer.from(text).toString("base64")];
  const encoded = Object.fromEntries(Object.entries(textsOf(stringData)).map(encode));
  const data = stringData ? { data: { ...mapOf(object.data), ...encoded } } : {};
  return { ...object, ...data, type: object.type ?? "Opaque" };
}

function namespaceLabel({ metadata, ...object }: KubeObject): KubeObject {
  const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  return { ...object, metadata: { ...metadata, labels } };
}

/** Applies the schema of a custom resource. */
function conform({ schema }: CustomVersion, { metadata, ...object }: KubeObject): KubeObject {
  return { metadata, ...mapOf(conformed(object, schema?.openAPIV3Schema ?? {})) };
}

/** Fields that are omitted if they are empty. */
const omitted = ["labels", "annotations", "finalizers", "ownerReferences", "data", "binaryData"];
const without = <T extends object>(value: T): T => {
  const kept = Object.entries(value).filter(
    ([key, inner]: [string, unknown]) => !omitted.includes(key) || Object.keys(inner ?? {}).length > 0,
  );
  return Object.fromEntries(kept) as T;
};

/** What is valid is then an object of the kind. */
export const defaulted = <T extends KubeObject>(kind: Kind<T>, given: KubeObject): T => completed(kind, given) as T;

function completed({ kind, custom }: Kind, given: KubeObject): KubeObject {
  const object: KubeObject = { ...without(given), metadata: without(given.metadata) };
  if (custom) return conform(custom, object);
  if (kind === "Secret") return secret(object);
  const [spec, status] = [specs[kind]?.(object.spec), object.status ?? statuses[kind]];
  const whole = { ...object, ...(spec ? { spec } : {}), ...(status ? { status } : {}) };
  return kind === "Namespace" ? namespaceLabel(whole) : whole;
}
