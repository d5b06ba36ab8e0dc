/**
 * What `kubectl get` shows of each kind. Other kinds have a name and an age. To add columns, add an entry.
 * Source: k8s.io/kubernetes/pkg/printers/internalversion/printers.go
 */
import type { CronJob } from "kubernetes-types/batch/v1.js";
import type { Service } from "kubernetes-types/core/v1.js";
import type { Ingress, NetworkPolicy } from "kubernetes-types/networking/v1.js";
import { type Kind, rbacGroup } from "../kinds.ts";
import { at, type Json, type KubeObject, type Labels, listOf, mapOf, ownersOf } from "../object.ts";
import type {
  Binding,
  ConfigMap,
  ContainerState,
  ContainerStatus,
  ControllerRevision,
  DaemonSet,
  Event,
  Job,
  LabelSelector,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PrinterColumn,
  ResourceQuota,
  StorageClass,
} from "../objects.ts";
import { conditionOf } from "../pods.ts";
import { selectorText } from "../select/labels.ts";
import { defaultClass } from "../volumes.ts";

export interface Column {
  readonly name: string;
  readonly type?: "integer";
  /** Shown by `--output wide` only. */
  readonly wide?: boolean;
  /** `now`: milliseconds since 1970. */
  value(object: KubeObject, now: number): Json;
}

/** What has a selector. */
interface Selecting {
  readonly spec: { readonly selector?: LabelSelector };
}

type Value = string | ((object: never, now: number) => Json);
/** By name: the value, or the path to it. A name that ends with `*` is for `--output wide`. */
type Columns = Readonly<Record<string, Value>>;

const none = "<none>";
const listed = (values: readonly Json[] | undefined): string => values?.join(",") || none;
const pairs = (map: Labels | undefined): string =>
  listed(Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`));
const selector = (given: LabelSelector | undefined): string => selectorText(given as Json) || none;
function externalAddress({ spec, status }: Service): string {
  if (spec?.type === "ExternalName") return spec.externalName ?? "";
  const given = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(",");
  return given || (spec?.type === "LoadBalancer" ? "<pending>" : none);
}
function readiness({ status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
}
const hosts = (rules: readonly { readonly host?: string }[]): string => {
  const all = rules.flatMap(({ host }) => host || []);
  const more = rules.length > 3 && all.length >= 3 ? ` + ${rules.length - 3} more...` : "";
  return (all.slice(0, 3).join(",") || "*") + more;
};
const number =
  (path: string): Value =>
  (object: KubeObject) =>
    at(object, path) ?? 0;
const from =
  (path: string): Column["value"] =>
  (object, now) =>
    at(object, path) ? since(`${at(object, path)}`, now) : "<unknown>";
const age = { Age: from("metadata.creationTimestamp") };
const created = { "Created At": "metadata.creationTimestamp" };
const of =
  (ready: string, wanted: string): Value =>
  (object: KubeObject) =>
    `${at(object, ready) ?? 0}/${at(object, wanted) ?? 0}`;

const containers = (path: string): Columns => ({
  "Containers*": (object: KubeObject) => listed(listOf(at(object, `${path}.containers`)).map((one) => at(one, "name"))),
  "Images*": (object: KubeObject) => listed(listOf(at(object, `${path}.containers`)).map((one) => at(one, "image"))),
});
const workload = { ...containers("spec.template.spec"), "Selector*": ({ spec }: Selecting) => selector(spec.selector) };
const names =
  (kind: string): Value =>
  ({ subjects = [] }: Binding) =>
    subjects
      .filter((one) => one.kind === kind)
      .map(({ namespace, name }) => (namespace && kind === "ServiceAccount" ? `${namespace}/${name}` : name))
      .join(", ");
const binding: Columns = {
  Role: ({ roleRef }: Binding) => `${roleRef.kind}/${roleRef.name}`,
  ...age,
  "Users*": names("User"),
  "Groups*": names("Group"),
  "ServiceAccounts*": names("ServiceAccount"),
};
const condition = (object: Node | Pod | Job, type: string): boolean => conditionOf(object, type)?.status === "True";
const address =
  (type: string): Value =>
  ({ status }: Node) =>
    status?.addresses?.find((one) => one.type === type)?.address ?? none;

const quota =
  (names: RegExp): Value =>
  ({ status: { hard = {}, used = {} } = {} }: ResourceQuota) =>
    Object.keys(hard)
      .filter((name) => names.test(name))
      .map((name) => `${name}: ${used[name]}/${hard[name]}`)
      .join(", ");

const short: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
/** In the order of Kubernetes. */
const modes = (given: readonly string[] = []): string =>
  Object.entries(short)
    .flatMap(([mode, name]) => (given.includes(mode) ? [name] : []))
    .join(",");
const attributes: Columns = { VolumeAttributesClass: () => "<unset>" };
const ending = ({ metadata, status }: PersistentVolume | PersistentVolumeClaim): string =>
  metadata.deletionTimestamp ? "Terminating" : status.phase;

const columns: Readonly<Record<string, Columns>> = {
  Pod: {
    Ready: ({ spec, status }: Pod) =>
      `${status.containerStatuses?.filter((one) => one.ready).length ?? 0}/${spec.containers.length}`,
    Status: podStatus,
    Restarts: restarts,
    ...age,
    "IP*": "status.podIP",
    "Node*": "spec.nodeName",
    "Nominated Node*": "status.nominatedNodeName",
    "Readiness Gates*": () => none,
  },
  Deployment: {
    Ready: of("status.readyReplicas", "spec.replicas"),
    "Up-to-date": number("status.updatedReplicas"),
    Available: number("status.availableReplicas"),
    ...age,
    ...workload,
  },
  ReplicaSet: {
    Desired: number("spec.replicas"),
    Current: number("status.replicas"),
    Ready: number("status.readyReplicas"),
    ...age,
    ...workload,
  },
  StatefulSet: { Ready: of("status.readyReplicas", "spec.replicas"), ...age, ...containers("spec.template.spec") },
  DaemonSet: {
    Desired: number("status.desiredNumberScheduled"),
    Current: number("status.currentNumberScheduled"),
    Ready: number("status.numberReady"),
    "Up-to-date": number("status.updatedNumberScheduled"),
    Available: number("status.numberAvailable"),
    "Node Selector": ({ spec }: DaemonSet) => pairs(spec.template.spec.nodeSelector),
    ...age,
    ...workload,
  },
  Job: {
    Status: jobStatus,
    Completions: ({ spec: { completions, parallelism = 0 }, status: { succeeded = 0 } }: Job) =>
      `${succeeded}/${completions ?? (parallelism > 1 ? `1 of ${parallelism}` : 1)}`,
    Duration: ({ status }: Job, now) =>
      status.startTime ? since(status.startTime, status.completionTime ? Date.parse(status.completionTime) : now) : "",
    ...age,
    ...workload,
  },
  CronJob: {
    Schedule: "spec.schedule",
    Timezone: ({ spec }: CronJob) => spec?.timeZone ?? none,
    Suspend: ({ spec }: CronJob) => (spec?.suspend ? "True" : "False"),
    Active: ({ status }: CronJob) => status?.active?.length ?? 0,
    "Last Schedule": ({ status }: CronJob, now) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, now) : none,
    ...age,
    ...containers("spec.jobTemplate.spec.template.spec"),
    "Selector*": ({ spec }: CronJob) => selector(spec?.jobTemplate.spec?.selector),
  },
  Service: {
    Type: "spec.type",
    "Cluster-IP": "spec.clusterIP",
    "External-IP": externalAddress,
    "Port(s)": ({ spec }: Service) =>
      listed(
        spec?.ports?.map(
          ({ port, nodePort, protocol = "TCP" }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`,
        ),
      ),
    ...age,
    "Selector*": ({ spec }: Service) => pairs(spec?.selector),
  },
  Ingress: {
    Class: ({ spec }: Ingress) => spec?.ingressClassName ?? none,
    Hosts: ({ spec }: Ingress) => hosts(spec?.rules ?? []),
    Address: ({ status }: Ingress) =>
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(","),
    Ports: ({ spec }: Ingress) => (spec?.tls ? "80, 443" : "80"),
    ...age,
  },
  NetworkPolicy: { "Pod-Selector": ({ spec }: NetworkPolicy) => selector(spec?.podSelector), ...age },
  Node: {
    Status: (node: Node) => [readiness(node), ...(node.spec?.unschedulable ? ["SchedulingDisabled"] : [])].join(","),
    Roles: ({ metadata: { labels = {} } }: Node) =>
      listed(Object.keys(labels).flatMap((label) => /^node-role\.kubernetes\.io\/(.+)/.exec(label)?.[1] ?? [])),
    ...age,
    Version: "status.nodeInfo.kubeletVersion",
    "Internal-IP*": address("InternalIP"),
    "External-IP*": address("ExternalIP"),
    "OS-Image*": unknown("osImage"),
    "Kernel-Version*": unknown("kernelVersion"),
    "Container-Runtime*": unknown("containerRuntimeVersion"),
  },
  PersistentVolume: {
    Capacity: "spec.capacity.storage",
    "Access Modes": ({ spec }: PersistentVolume) => modes(spec.accessModes),
    "Reclaim Policy": "spec.persistentVolumeReclaimPolicy",
    Status: ending,
    Claim: ({ spec: { claimRef } }: PersistentVolume) => (claimRef ? `${claimRef.namespace}/${claimRef.name}` : ""),
    StorageClass: "spec.storageClassName",
    ...attributes,
    Reason: "status.reason",
    ...age,
    "VolumeMode*": "spec.volumeMode",
  },
  PersistentVolumeClaim: {
    Status: ending,
    Volume: "spec.volumeName",
    Capacity: ({ spec, status }: PersistentVolumeClaim) =>
      spec.volumeName ? `${status.capacity?.storage ?? "0"}` : "",
    "Access Modes": ({ spec, status }: PersistentVolumeClaim) => (spec.volumeName ? modes(status.accessModes) : ""),
    StorageClass: "spec.storageClassName",
    ...attributes,
    ...age,
    "VolumeMode*": "spec.volumeMode",
  },
  StorageClass: {
    Name: ({ metadata: { name, annotations } }: StorageClass) =>
      annotations?.[defaultClass] === "true" ? `${name} (default)` : name,
    Provisioner: "provisioner",
    ReclaimPolicy: "reclaimPolicy",
    VolumeBindingMode: "volumeBindingMode",
    AllowVolumeExpansion: ({ allowVolumeExpansion = false }: StorageClass) => allowVolumeExpansion,
    ...age,
  },
  LimitRange: created,
  Namespace: { Status: "status.phase", ...age },
  ConfigMap: { Data: ({ data, binaryData }: ConfigMap) => Object.keys({ ...data, ...binaryData }).length, ...age },
  Secret: { Type: "type", Data: ({ data }: ConfigMap) => Object.keys(data ?? {}).length, ...age },
  PodDisruptionBudget: {
    "Min Available": ({ spec }: PodDisruptionBudget) => `${spec?.minAvailable ?? "N/A"}`,
    "Max Unavailable": ({ spec }: PodDisruptionBudget) => `${spec?.maxUnavailable ?? "N/A"}`,
    "Allowed Disruptions": number("status.disruptionsAllowed"),
    ...age,
  },
  ControllerRevision: {
    Controller: (revision: ControllerRevision) => {
      const owner = ownersOf(revision).find(({ controller }) => controller);
      const [group = ""] = /^(.+)(?=\/)/.exec(owner?.apiVersion ?? "") ?? [];
      return owner ? `${[owner.kind.toLowerCase(), group].filter(Boolean).join(".")}/${owner.name}` : none;
    },
    Revision: "revision",
    ...age,
  },
  ResourceQuota: { Request: quota(/^(?!limits\.)/), Limit: quota(/^limits\./), ...age },
  Lease: { Holder: "spec.holderIdentity", ...age },
  Role: created,
  ClusterRole: created,
  CustomResourceDefinition: created,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
};

const firstOf = ({ firstTimestamp, eventTime }: Event) => firstTimestamp ?? eventTime;
const ago = (time: Json, now: number): string => (time ? since(`${time}`, now) : "<unknown>");

/** An event has no column for its name in the beginning. */
const ofEvent: Columns = {
  "Last Seen": (event: Event, now) => ago(event.series?.lastObservedTime ?? event.lastTimestamp ?? firstOf(event), now),
  Type: "type",
  Reason: "reason",
  Object: ({ involvedObject: { kind, name } }: Event) => `${kind.toLowerCase()}/${name}`,
  "Subobject*": ({ involvedObject: { fieldPath = "" } }: Event) => fieldPath,
  "Source*": ({ source, reportingComponent, reportingInstance }: Event) =>
    [source?.component || reportingComponent || "", source?.host || reportingInstance]
      .filter((one) => one !== undefined && one !== "")
      .join(", "),
  Message: "message",
  "First Seen*": (event: Event, now) => ago(firstOf(event), now),
  "Count*": ({ series, count }: Event) => `${series?.count ?? (count || 1)}`,
  "Name*": "metadata.name",
};

/** True for a kind that has no columns of its own. */
export const isPlain = ({ kind, group, custom }: Kind): boolean =>
  !custom && (columns[kind] ?? (group === rbacGroup ? created : undefined)) === created;

export function columnsOf({ kind, group, custom }: Kind): readonly Column[] {
  if (kind === "Event") return Object.entries(ofEvent).map(column);
  const name = column(["Name", "metadata.name"]);
  if (custom) return [name, ...(custom.additionalPrinterColumns?.map(printed) ?? Object.entries(age).map(column))];
  const known: Columns = columns[kind] ?? (group === rbacGroup ? created : age);
  return [...(known.Name ? [] : [name]), ...Object.entries(known).map(column)];
}

/** Empty texts of the columns for `--output wide` are `<none>`. */
function column([title, value]: readonly [string, Value]): Column {
  const wide = title.endsWith("*");
  return {
    name: title.replace("*", ""),
    wide,
    value: (object, now) =>
      // An object is shown by the columns of its kind.
      typeof value === "function" ? value(object as never, now) : (at(object, value) ?? (wide ? none : "")),
  };
}

/** A column of a CustomResourceDefinition. Its path has fields, and conditions such as `[?(@.type=="Ready")]`. */
const printed = ({ name, type, jsonPath, priority = 0 }: PrinterColumn): Column => ({
  name,
  wide: priority > 0,
  value: (object, now) => {
    const found = jsonPathOf(object, jsonPath);
    return type === "date" && found ? since(`${found}`, now) : (found ?? "");
  },
});

function jsonPathOf(object: Json, path: string): Json {
  const steps = path.matchAll(/\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]|\[\?\(@\.([\w.]+)==["']([^"']*)["']\)\]/g);
  return [...steps].reduce((value: Json, [, field, quoted, index, key, wanted]) => {
    if (key !== undefined) return listOf(value).find((one) => at(one, key) === wanted);
    return index === undefined ? mapOf(value)[quoted ?? field ?? ""] : listOf(value)[Number(index)];
  }, object);
}

function unknown(field: "osImage" | "kernelVersion" | "containerRuntimeVersion"): Value {
  return ({ status }: Node) => status?.nodeInfo?.[field] || "<unknown>";
}

function podStatus({ metadata, spec, status }: Pod): string {
  const states = (list: readonly ContainerStatus[] = []) => list.map(({ state = {} }) => state);
  const reasonOf = ({ waiting, terminated }: ContainerState): string =>
    waiting?.reason || terminated?.reason || (terminated && `ExitCode:${terminated.exitCode}`) || "";
  const [init, main] = [states(status.initContainerStatuses), states(status.containerStatuses)];
  const failing = init.find(({ running, terminated }) => running || terminated?.exitCode !== 0);
  if (metadata.deletionTimestamp) return "Terminating";
  if (failing) {
    const reason = failing.terminated || failing.waiting?.reason !== "PodInitializing" ? reasonOf(failing) : "";
    const done = init.indexOf(failing);
    return `Init:${reason || `${done}/${init.length}`}`;
  }
  const last = main.map(reasonOf).find(Boolean);
  if (last === "Completed" && main.some(({ running }) => running))
    return condition({ metadata, spec, status }, "Ready") ? "Running" : "NotReady";
  return last || status.reason || status.phase || "";
}

function restarts({ status }: Pod, now: number): string {
  const all = status.containerStatuses ?? [];
  const count = all.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const ends = all.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).sort();
  return count > 0 && ends.length > 0 ? `${count} (${since(ends.at(-1) ?? "", now)} ago)` : `${count}`;
}

function jobStatus(job: Job): string {
  if (condition(job, "Complete")) return "Complete";
  if (condition(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  if (condition(job, "Suspended")) return "Suspended";
  return condition(job, "FailureTarget")
    ? "FailureTarget"
    : condition(job, "SuccessCriteriaMet")
      ? "SuccessCriteriaMet"
      : "Running";
}

/** The time since an RFC 3339 time: `5s`, `3m20s`, `2d`. Source: k8s.io/apimachinery/pkg/util/duration */
export function since(time: string, now: number): string {
  const seconds = Math.max(Math.floor((now - Date.parse(time)) / 1000), 0);
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  const both = (large: string, small: number, unit: string) => (small > 0 ? `${large}${small}${unit}` : large);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return both(`${minutes}m`, seconds % 60, "s");
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return both(`${hours}h`, minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (days < 8) return both(`${days}d`, hours % 24, "h");
  return days < 730 ? `${days}d` : both(`${Math.floor(days / 365)}y`, days % 365, "d");
}
