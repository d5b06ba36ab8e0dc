/** Rules that no schema has: immutable fields, names, schedules, ports, owners and finalizers, and where requests go. */
import type { Group } from "../case.ts";
import { kubeCases } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { configMap, configMaps, core, deployment, deployments, merge } from "./values.ts";

const [secrets, services, pods] = ["secrets", "services", "pods"].map((one) => `${core}/${one}`);
const [jobs, cronJobs] = ["jobs", "cronjobs"].map((one) => `/apis/batch/v1/namespaces/default/${one}`);
const statefulSets = "/apis/apps/v1/namespaces/default/statefulsets";

const containers = [{ name: "web", image: "web" }];
const template = { metadata: { labels: { app: "demo" } }, spec: { containers } };
const stateful = { selector: { matchLabels: { app: "demo" } }, replicas: 0, template };
const job = { suspend: true, template: { spec: { restartPolicy: "Never", containers } } };
const cronJob = (more: object) => ({
  metadata: { name: "any" },
  spec: { schedule: "* * * * *", jobTemplate: { spec: job }, ...more },
});
const service = (spec: object) => ({ metadata: { name: "any" }, spec });
const strategic = "application/strategic-merge-patch+json";
const applyType = "application/apply-patch+yaml";
const daemonSets = "/apis/apps/v1/namespaces/default/daemonsets";
const preferred = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight: 1, preference: { matchExpressions: [{ key: "zone", operator: "In", values: ["ü"] }] } },
  ],
};

async function fill(side: Side): Promise<void> {
  await introduce(side);
  await prepare(side, "POST", configMaps, { ...configMap("fixed"), immutable: true });
  await prepare(side, "POST", `${secrets}`, { metadata: { name: "fixed" }, immutable: true, data: { a: "AA==" } });
  await prepare(side, "POST", statefulSets, { metadata: { name: "given" }, spec: stateful });
  await prepare(side, "POST", `${jobs}`, { metadata: { name: "given" }, spec: job });
}

const dry = "?dryRun=All";
const change = (name: string, path: string, body: object, contentType = merge) => ({
  ...{ name, method: "PATCH", path: `${path}${dry}&fieldManager=me`, body, contentType },
});
const create = (name: string, path: string | undefined, body: object) => ({
  ...{ name, method: "POST", path: `${path}${dry}`, body },
});
const metadata = (more: object) => ({ metadata: { name: "any", ...more } });
const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "1" };

const networking = "/apis/networking.k8s.io/v1/namespaces/default";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const badTemplate = { metadata: { labels: { app: "demo", a: " " } }, spec: { containers } };
const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
const taint = { key: "team", value: "a", effect: "NoSchedule" };
const ofPod = (spec: object, resources: object = {}) => ({
  ...metadata({}),
  spec: { containers: [{ name: "web", image: "web", resources }], ...spec },
});
const definition = (name: string, spec: object) => ({
  metadata: { name },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "gadgets", kind: "Gadget" },
    versions: [],
    ...spec,
  },
});

export const rules: Group = {
  title: "Rules that no schema has",
  intro: "Dry runs: what can be decoded, and is refused or not by what it says.",
  prepare: fill,
  cases: kubeCases([
    change("the data of an immutable ConfigMap", `${configMaps}/fixed`, { data: { mapRoles: "[1]" } }),
    change("an immutable ConfigMap is mutable again", `${configMaps}/fixed`, { immutable: false }),
    change("the labels of an immutable ConfigMap", `${configMaps}/fixed`, { metadata: { labels: { a: "b" } } }),
    change("the data and the type of an immutable Secret", `${secrets}/fixed`, { type: "x", data: { a: "AAAA" } }),
    change("the service of a StatefulSet", `${statefulSets}/given`, { spec: { serviceName: "other" } }),
    change("the replicas of a StatefulSet", `${statefulSets}/given`, { spec: { replicas: 2 } }),
    change("the completion mode of a Job", `${jobs}/given`, { spec: { completionMode: "Indexed", completions: 2 } }),
    create("a schedule that is none", cronJobs, cronJob({ schedule: "nope" })),
    create("a schedule beyond the minutes of an hour", cronJobs, cronJob({ schedule: "60 * * * *" })),
    create("a schedule with names", cronJobs, cronJob({ schedule: "0 0 * JAN MON-FRI" })),
    create("a schedule of an unknown name", cronJobs, cronJob({ schedule: "@sometimes" })),
    create("a schedule with its own time zone", cronJobs, cronJob({ schedule: "TZ=UTC 0 0 * * *" })),
    create("an unknown time zone", cronJobs, cronJob({ timeZone: "Nope/None" })),
    create("a CronJob's long name", cronJobs, { ...cronJob({}), ...metadata({ name: "x".repeat(53) }) }),
    create("a Service without ports", services, service({ selector: { app: "demo" } })),
    create("a Service whose ports have no names", services, service({ ports: [{ port: 80 }, { port: 81 }] })),
    create("a Service with a port twice", services, service({ ports: [1, 2].map(() => ({ name: "a", port: 80 })) })),
    create("a Service's port of 0", services, service({ ports: [{ port: 0, targetPort: 70_000 }] })),
    create("a Service's name with a dot", services, { metadata: { name: "a.b" }, spec: { ports: [{ port: 80 }] } }),
    create("a container's port of 70000", pods, {
      ...metadata({}),
      spec: { containers: [{ name: "web", image: "web", ports: [{ containerPort: 70_000 }] }] },
    }),
    create("a mount of a volume that there is not", pods, {
      ...metadata({}),
      spec: { containers: [{ name: "web", image: "web", volumeMounts: [{ name: "data", mountPath: "/data" }] }] },
    }),
    create(
      "a Deployment's strategy that there is not",
      deployments,
      deployment("any", { strategy: { type: "BlueGreen" } }),
    ),
    create("a finalizer without a domain", configMaps, metadata({ finalizers: ["hold"] })),
    create("an owner without a uid", configMaps, metadata({ ownerReferences: [{ ...owner, uid: "" }] })),
    create("an owner without a version, a kind and a name", configMaps, metadata({ ownerReferences: [{ uid: "1" }] })),
    create("two controllers", configMaps, {
      ...metadata({ ownerReferences: ["1", "2"].map((uid) => ({ ...owner, uid, controller: true })) }),
    }),
    create("an annotation's key with two slashes", configMaps, metadata({ annotations: { "a/b/c": "" } })),
    create("a label's key without a name", configMaps, metadata({ labels: { "a.example/": "" } })),
    create("in no namespace", "/api/v1/configmaps", configMap("any")),
    { name: "delete in no namespace", method: "DELETE", path: "/api/v1/configmaps" },
    { name: "read one in no namespace", method: "GET", path: "/api/v1/configmaps/any" },
    create("a node in a namespace", `${core}/nodes`, metadata({})),
    { name: "delete the namespace default", method: "DELETE", path: core },
    { name: "delete the namespace kube-system", method: "DELETE", path: "/api/v1/namespaces/kube-system" },
    change("no version", `${jobs}/given`, { apiVersion: null }),
    change("completions that were never set", `${jobs}/given`, { spec: { completions: 2, parallelism: 2 } }),
    create("a label of a template", deployments, deployment("any", { template: badTemplate })),
    create("a selector that selects nothing", deployments, deployment("any", { selector: {} })),
    create("a request beyond its limit", pods, ofPod({}, { requests: { cpu: 2 }, limits: { cpu: "1500m" } })),
    create("a negative limit", pods, ofPod({}, { limits: { memory: "-1" } })),
    create("a volume that nothing can mount", pods, ofPod({ volumes: [{ name: "a", emptyDir: { sizeLimit: "-1" } }] })),
    create("a search domain", pods, ofPod({ dnsConfig: { searches: ["a b"], options: [{}] } })),
    create("two spread constraints of one key", pods, ofPod({ topologySpreadConstraints: [spread, spread] })),
    create("a quota of half a Pod", `${core}/resourcequotas`, { ...metadata({}), spec: { hard: { pods: "500m" } } }),
    create("a Node's taints", "/api/v1/nodes", {
      ...metadata({}),
      spec: { taints: [taint, taint, { key: "-", effect: "Never" }], podCIDR: "10.0.0.0/33" },
    }),
    create("blocks of a NetworkPolicy", `${networking}/networkpolicies`, {
      ...metadata({}),
      spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/8"] } }] }] },
    }),
    create("a Service of an Ingress", `${networking}/ingresses`, {
      ...metadata({}),
      spec: { defaultBackend: { service: { name: "a.b", port: { name: "-" } } } },
    }),
    create("a definition that is called otherwise", definitions, definition("any", { names: { kind: "A b" } })),
    create("a definition of a version without a schema", definitions, {
      ...definition("gadgets.example.com", { versions: [{ name: "V1", served: true, storage: false }] }),
    }),
    create("a schema without types", definitions, {
      ...definition("gadgets.example.com", {
        versions: [
          {
            ...{ name: "v1", served: true, storage: true, additionalPrinterColumns: [{}] },
            schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties: { a: {} } } } } },
          },
        ],
      }),
    }),
    create("a preferred node's label of any value", pods, ofPod({ affinity: { nodeAffinity: { ...preferred } } })),
    create("an NFS volume with a relative path", "/api/v1/persistentvolumes", {
      ...metadata({}),
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], nfs: { server: "files", path: "a/b" } },
    }),
    create("bytes as a list of numbers", configMaps, { ...metadata({}), binaryData: { bin: [1, 255] } }),
    create("bytes as an empty list", configMaps, { ...metadata({}), binaryData: { bin: [] } }),
    create("claims of a StatefulSet without a size", statefulSets, {
      ...metadata({}),
      spec: { ...stateful, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["Any"] } }] },
    }),
    create("a DaemonSet that selects everything", daemonSets, {
      ...metadata({}),
      spec: { selector: {}, template, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    }),
    change(
      "a namespace with a time of deletion",
      "/api/v1/namespaces/applied",
      {
        ...{ apiVersion: "v1", kind: "Namespace" },
        metadata: { name: "applied", deletionTimestamp: "2026-01-01T00:00:00Z" },
      },
      applyType,
    ),
    change(
      "a container without its key",
      `${statefulSets}/given`,
      { spec: { template: { spec: { containers: [{ image: "other" }] } } } },
      strategic,
    ),
  ]),
};
