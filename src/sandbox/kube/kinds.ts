/** The built-in kinds. To add one, add a row: its objects can then be written, read and watched. */
import type { KubeObject } from "./object.ts";
import type {
  Binding,
  ConfigMap,
  ControllerRevision,
  CustomResourceDefinition,
  CustomVersion,
  DaemonSet,
  Deployment,
  Event,
  Job,
  LimitRange,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ResourceQuota,
  Role,
  StatefulSet,
  StorageClass,
} from "./objects.ts";

export type Subresource = "status" | "scale" | "log" | "eviction" | "finalize";

declare const objects: unique symbol;
/** `T`: what the store has of the kind. */
export interface Kind<out T extends KubeObject = KubeObject> {
  /** Exists only in types. */
  readonly [objects]?: T;
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Identifies the kind in all versions: `pods`, `deployments.apps`. */
  readonly id: string;
  readonly namespaced: boolean;
  readonly subresources: readonly Subresource[];
  /** Fields that a field selector can use. */
  readonly selects: readonly string[];
  /** Other names that kubectl takes: `deploy`. */
  readonly shortNames: readonly string[];
  /** Groups of kinds that kubectl takes as one: `all`. */
  readonly categories: readonly string[];
  /** For a custom resource, its version in the CustomResourceDefinition. */
  readonly custom?: CustomVersion;
}

interface Row {
  readonly plural?: string;
  readonly cluster?: true;
  readonly subresources?: readonly Subresource[];
  readonly selects?: readonly string[];
  readonly short?: string;
  /** `kubectl get all` shows it. */
  readonly inAll?: true;
}

export const rbacGroup = "rbac.authorization.k8s.io";
const names = ["metadata.name", "metadata.namespace"];
const ofEvent = [
  ..."kind namespace name uid apiVersion resourceVersion fieldPath"
    .split(" ")
    .map((field) => `involvedObject.${field}`),
  ...["reason", "reportingComponent", "source", "type"],
];
const ofPod = [
  ..."nodeName restartPolicy schedulerName serviceAccountName hostNetwork".split(" ").map((field) => `spec.${field}`),
  ...["status.phase", "status.podIP", "status.nominatedNodeName"],
];
const inAll = { inAll: true } as const;
const workload: Row = { subresources: ["status", "scale"], ...inAll };
const status: Row = { subresources: ["status"] };
const cluster: Row = { cluster: true };

const rows: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  v1: {
    ConfigMap: { short: "cm" },
    Event: { short: "ev", selects: [...ofEvent, ...names] },
    LimitRange: { short: "limits" },
    Namespace: {
      ...cluster,
      subresources: ["status", "finalize"],
      short: "ns",
      selects: ["metadata.name", "status.phase"],
    },
    Node: { ...cluster, ...status, short: "no", selects: ["metadata.name", "spec.unschedulable"] },
    PersistentVolume: { ...cluster, ...status, short: "pv" },
    PersistentVolumeClaim: { ...status, short: "pvc" },
    Pod: { ...inAll, short: "po", subresources: ["status", "log", "eviction"], selects: [...ofPod, ...names] },
    ResourceQuota: { ...status, short: "quota" },
    Secret: { selects: ["type", ...names] },
    Service: { ...status, ...inAll, short: "svc", selects: ["spec.clusterIP", "spec.type", ...names] },
    ServiceAccount: { short: "sa" },
  },
  "apps/v1": {
    ControllerRevision: {},
    DaemonSet: { ...status, ...inAll, short: "ds" },
    Deployment: { ...workload, short: "deploy" },
    ReplicaSet: { ...workload, short: "rs" },
    StatefulSet: { ...workload, short: "sts" },
  },
  "batch/v1": {
    CronJob: { ...status, ...inAll, short: "cj" },
    Job: { ...status, ...inAll, selects: [...names, "status.successful"] },
  },
  "coordination.k8s.io/v1": { Lease: {} },
  "networking.k8s.io/v1": {
    Ingress: { ...status, plural: "ingresses", short: "ing" },
    NetworkPolicy: { plural: "networkpolicies", short: "netpol" },
  },
  "policy/v1": { PodDisruptionBudget: { ...status, short: "pdb" } },
  "storage.k8s.io/v1": { StorageClass: { ...cluster, plural: "storageclasses", short: "sc" } },
  [`${rbacGroup}/v1`]: { Role: {}, RoleBinding: {}, ClusterRole: cluster, ClusterRoleBinding: cluster },
  "apiextensions.k8s.io/v1": { CustomResourceDefinition: { ...cluster, ...status, short: "crd" } },
  "authorization.k8s.io/v1": {
    LocalSubjectAccessReview: {},
    SelfSubjectAccessReview: cluster,
    SelfSubjectRulesReview: cluster,
    SubjectAccessReview: cluster,
  },
  "authentication.k8s.io/v1": { SelfSubjectReview: cluster },
};

export const idOf = (group: string, plural: string): string => (group ? `${plural}.${group}` : plural);

function kindOf(apiVersion: string, kind: string, row: Row): Kind<never> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const { plural = `${kind.toLowerCase()}s`, cluster = false, subresources = [], selects = names, short, inAll } = row;
  return {
    group,
    version,
    apiVersion,
    kind,
    plural,
    subresources,
    selects,
    id: idOf(group, plural),
    namespaced: !cluster,
    shortNames: short ? [short] : [],
    categories: inAll ? ["all"] : [],
  };
}

export const builtIn: readonly Kind<never>[] = Object.entries(rows).flatMap(([apiVersion, kinds]) =>
  Object.entries(kinds).map(([kind, row]) => kindOf(apiVersion, kind, row)),
);

function named<T extends KubeObject>(id: string): Kind<T> {
  const found = builtIn.find((kind) => kind.id === id);
  if (!found) throw new Error(`no kind ${id}`);
  return found;
}

/** The kinds whose objects the sandbox itself reads and writes. */
export const kinds = {
  bindings: named<Binding>(`rolebindings.${rbacGroup}`),
  budgets: named<PodDisruptionBudget>("poddisruptionbudgets.policy"),
  claims: named<PersistentVolumeClaim>("persistentvolumeclaims"),
  classes: named<StorageClass>("storageclasses.storage.k8s.io"),
  clusterBindings: named<Binding>(`clusterrolebindings.${rbacGroup}`),
  clusterRoles: named<Role>(`clusterroles.${rbacGroup}`),
  configMaps: named<ConfigMap>("configmaps"),
  daemonSets: named<DaemonSet>("daemonsets.apps"),
  definitions: named<CustomResourceDefinition>("customresourcedefinitions.apiextensions.k8s.io"),
  deployments: named<Deployment>("deployments.apps"),
  events: named<Event>("events"),
  jobs: named<Job>("jobs.batch"),
  limitRanges: named<LimitRange>("limitranges"),
  namespaces: named<KubeObject>("namespaces"),
  nodes: named<Node>("nodes"),
  pods: named<Pod>("pods"),
  quotas: named<ResourceQuota>("resourcequotas"),
  replicaSets: named<ReplicaSet>("replicasets.apps"),
  revisions: named<ControllerRevision>("controllerrevisions.apps"),
  roles: named<Role>(`roles.${rbacGroup}`),
  serviceAccounts: named<KubeObject>("serviceaccounts"),
  services: named<KubeObject>("services"),
  statefulSets: named<StatefulSet>("statefulsets.apps"),
  volumes: named<PersistentVolume>("persistentvolumes"),
} as const;

/** The object, if it is of the kind. */
export const seenAs = <T extends KubeObject>(
  { id }: Kind<T>,
  { kind, object }: { readonly kind: Kind; readonly object: KubeObject },
): T | undefined =>
  // What is stored under a kind has its defaults and is valid: `defaulted` and `validate` come before.
  kind.id === id ? (object as T) : undefined;

/** Resources that Kubernetes serves and the sandbox does not: they are answered with 501, not 404. */
export const unsupportedResources: Readonly<Record<string, readonly string[]>> = {
  "": ["bindings", "componentstatuses", "endpoints", "podtemplates", "replicationcontrollers"],
  policy: ["podsecuritypolicies"],
  "networking.k8s.io": ["ingressclasses", "ipaddresses", "servicecidrs"],
  "authentication.k8s.io": ["tokenreviews"],
};
const unsupportedGroups =
  /^(admissionregistration|apiregistration|certificates|discovery|events|flowcontrol\.apiserver|metrics|node|resource|scheduling|storage)\.k8s\.io$|^autoscaling$/;

export const isUnsupported = (group: string, plural: string): boolean =>
  unsupportedGroups.test(group) || Boolean(unsupportedResources[group]?.includes(plural));

/** Of those, the ones of which a new cluster has no objects. */
export const isNeverThere = (group: string, plural: string): boolean =>
  /^(certificates|admissionregistration|resource)\.k8s\.io$|^autoscaling$/.test(group) ||
  idOf(group, plural) === "podtemplates";

/** Subresources that Kubernetes serves and the sandbox does not. */
const unsupportedSubresources: Readonly<Record<string, readonly string[]>> = {
  nodes: ["proxy"],
  pods: ["attach", "binding", "ephemeralcontainers", "exec", "portforward", "proxy", "resize"],
  serviceaccounts: ["token"],
  services: ["proxy"],
};

export const isUnsupportedSubresource = ({ id }: Kind, name: string): boolean =>
  Boolean(unsupportedSubresources[id]?.includes(name));

/** True for reviews, which are not stored. */
export const isReview = ({ kind }: Kind): boolean => kind.endsWith("Review");
