/** What the server keeps, adds and refuses when an object is written again. The random sequences found these. */
import type { Answer, Group } from "../case.ts";
import { type Ask, answerOf, type Json, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import type { KubeAnswer } from "../side.ts";
import { ok, read } from "./sequences.ts";
import { configMaps, core, merge } from "./values.ts";

const applyType = "application/apply-patch+yaml";
const strategic = "application/strategic-merge-patch+json";
const [volumes, claims, pods] = ["/api/v1/persistentvolumes", `${core}/persistentvolumeclaims`, `${core}/pods`];
const [classes, nodes, namespaces] = ["/apis/storage.k8s.io/v1/storageclasses", "/api/v1/nodes", "/api/v1/namespaces"];
const [services, jobs] = [`${core}/services`, "/apis/batch/v1/namespaces/default/jobs"];
const table = "application/json;as=Table;g=meta.k8s.io;v=v1";

/** The fields of the causes, whose messages can show the whole object in Go. */
function fieldsOf({ status, body }: KubeAnswer): Answer {
  const { reason = "", details } = body as Json;
  // The API server validates some kinds twice.
  const fields = new Set((details?.causes ?? []).map(({ field }: Json) => field));
  return { status, reason, message: [...fields].join(", ") };
}
const template = { spec: { restartPolicy: "Never", containers: [{ name: "web", image: "web" }] } };
const job = (name: string, spec: object) => ({ metadata: { name }, spec: { ...spec, template } });
/** A Pod that no node suits. */
const unscheduled = (name: string) => ({
  metadata: { name },
  spec: { nodeSelector: { no: "node" }, containers: [{ name: "web", image: "web" }] },
});
const jobStatuses: readonly object[] = [
  { conditions: [{ type: "Complete", status: "True" }] },
  { conditions: [{ type: "Failed", status: "True" }] },
  { conditions: ["SuccessCriteriaMet", "FailureTarget"].map((type) => ({ type, status: "True" })) },
  { completionTime: "2026-01-01T00:00:00Z" },
  { active: -1, failed: -1, terminating: -1 },
  { active: 1, ready: 2 },
];
const inTable = async (ask: Ask, path: string): Promise<Json> =>
  ((await ask("GET", path, undefined, undefined, table)).body as Json).rows[0];

export const repeated: Group = {
  title: "Written again",
  intro: "What the server keeps, adds and refuses when an object is written again.",
  prepare: introduce,
  cases: [
    ...[null, {}].map((metadata) =>
      story({
        name: `apply: metadata ${JSON.stringify(metadata)} after labels`,
        request: "`PATCH`, twice",
        async tell(ask) {
          const path = `${configMaps}/bare?fieldManager=me`;
          const config = { apiVersion: "v1", kind: "ConfigMap" };
          await ask("PATCH", path, { ...config, metadata: { name: "bare", labels: { a: "1" } } }, applyType);
          const { status, body } = await ask("PATCH", path, { ...config, metadata, data: { a: "1" } }, applyType);
          const { name, labels, managedFields } = (body as Json).metadata;
          return {
            ...ok(
              name,
              labels ?? "no labels",
              managedFields.map(({ fieldsV1 }: Json) => fieldsV1),
            ),
            status,
          };
        },
      }),
    ),
    story({
      name: "apply: after kubectl's managers were removed",
      request: "`POST`, a JSON patch of `managedFields`, then `PATCH` as another manager",
      async tell(ask) {
        const spec = {
          ports: [
            { name: "http", port: 80, targetPort: "http" },
            { name: "grpc", port: 9999 },
          ],
        };
        const service = { apiVersion: "v1", kind: "Service", metadata: { name: "handed" }, spec };
        await ask("POST", `${services}?fieldManager=kubectl-client-side-apply`, service);
        const operations = [{ op: "replace", path: "/metadata/managedFields", value: [{}] }];
        await ask("PATCH", `${services}/handed`, operations, "application/json-patch+json");
        const { status, body } = await ask("PATCH", `${services}/handed?fieldManager=me`, service, applyType);
        const { spec: stored, metadata } = body as Json;
        await ask("DELETE", `${services}/handed`);
        const managers = metadata.managedFields.map(({ manager, operation }: Json) => `${manager} ${operation}`);
        return {
          ...ok(
            stored.ports.map(({ name }: Json) => name),
            managers,
          ),
          status,
        };
      },
    }),
    story({
      name: "apply: of the status of an object that nobody manages",
      request: "`PATCH` of `managedFields`, then of the status",
      async tell(ask) {
        const service = { apiVersion: "v1", kind: "Service", metadata: { name: "unmanaged", labels: { a: "1" } } };
        await ask("POST", services, { ...service, spec: { ports: [{ port: 80 }] } });
        await ask("PATCH", `${services}/unmanaged`, { metadata: { managedFields: [{}] } }, merge);
        const config = { apiVersion: "v1", kind: "Service", metadata: { name: "unmanaged" } };
        const path = `${services}/unmanaged/status?fieldManager=me`;
        const { body } = await ask("PATCH", path, { ...config, status: { loadBalancer: {} } }, applyType);
        await ask("DELETE", `${services}/unmanaged`);
        return ok(
          ...(body as Json).metadata.managedFields.map(({ manager, subresource, fieldsV1 }: Json) =>
            [manager, subresource, JSON.stringify(fieldsV1)].join(" "),
          ),
        );
      },
    }),
    story({
      name: "selfLink is not stored",
      request: "`PATCH` that creates an object, then an update",
      async tell(ask) {
        const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "linked", selfLink: "/any" } };
        const made = (await ask("PATCH", `${configMaps}/linked?fieldManager=me`, config, applyType)).body as Json;
        const now = (await ask("PUT", `${configMaps}/linked`, config)).body as Json;
        const isSame = made.metadata.resourceVersion === now.metadata.resourceVersion;
        return ok(made.metadata.selfLink ?? "none", now.metadata.selfLink ?? "none", isSame);
      },
    }),
    story({
      name: "the first update of a claim has a version, whatever it changes",
      request: "`POST`, then three empty patches",
      async tell(ask) {
        const spec = {
          storageClassName: "",
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        };
        const { body } = await ask("POST", claims, { metadata: { name: "first" }, spec });
        const versions = [(body as Json).metadata.resourceVersion];
        for (let at = 0; at < 3; at++)
          versions.push(((await ask("PATCH", `${claims}/first`, {}, merge)).body as Json).metadata.resourceVersion);
        await ask("DELETE", `${claims}/first`);
        return ok(...versions.slice(1).map((version, at) => (version === versions[at] ? "the same" : "another")));
      },
    }),
    story({
      name: "a namespace without finalizers in its specification",
      request: "`PUT` of what was read, but for `spec.finalizers`",
      async tell(ask) {
        await ask("POST", namespaces, { metadata: { name: "kept" } });
        const before = await read(ask, `${namespaces}/kept`);
        const { body } = await ask("PUT", `${namespaces}/kept?fieldManager=me`, {
          ...before,
          spec: { finalizers: [] },
        });
        await ask("DELETE", `${namespaces}/kept`);
        const { metadata } = body as Json;
        return ok(
          metadata.resourceVersion === before.metadata.resourceVersion,
          metadata.managedFields.some(({ manager }: Json) => manager === "me"),
        );
      },
    }),
    story({
      name: "a namespace whose dependents are not orphaned",
      request: "`DELETE` with `orphanDependents: false`",
      async tell(ask) {
        await ask("POST", namespaces, { metadata: { name: "parent" } });
        const options = { orphanDependents: false, dryRun: ["All"] };
        const { status, body } = await ask("DELETE", `${namespaces}/parent`, options);
        await ask("DELETE", `${namespaces}/parent`);
        return { ...ok((body as Json).metadata.finalizers ?? "none"), status };
      },
    }),
    story({
      name: "what a node has is what Pods can have",
      request: "`PATCH` of the status of a Node",
      async tell(ask) {
        await ask("POST", nodes, { metadata: { name: "sized", labels: { a: "1" } } });
        const path = `${nodes}/sized/status?dryRun=All&fieldManager=me`;
        const { body } = await ask("PATCH", path, { status: { capacity: { cpu: "77" }, allocatable: null } }, merge);
        await ask("DELETE", `${nodes}/sized`);
        const { metadata, status } = body as Json;
        const mine = metadata.managedFields.find(({ manager }: Json) => manager === "me");
        return ok(status.allocatable.cpu, Object.keys(mine.fieldsV1["f:status"]).sort());
      },
    }),
    story({
      name: "parameters of a StorageClass that has none, and another uid",
      request: "`PATCH`, twice",
      async tell(ask) {
        await ask("POST", classes, { metadata: { name: "bare" }, provisioner: "example.com/none" });
        const empty = await ask("PATCH", `${classes}/bare`, { parameters: {} }, merge);
        const other = await ask("PATCH", `${classes}/bare`, { metadata: { uid: "1" }, parameters: { a: "b" } }, merge);
        await ask("DELETE", `${classes}/bare`);
        return ok(fieldsOf(empty).message, fieldsOf(other).message);
      },
    }),
    story({
      name: "a PersistentVolume without its source",
      request: "`PATCH`, twice",
      async tell(ask) {
        const spec = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], nfs: { server: "a", path: "/" } };
        await ask("POST", volumes, { metadata: { name: "sourced" }, spec });
        const told = [{ spec: null }, { spec: { nfs: null } }].map((body) =>
          ask("PATCH", `${volumes}/sourced`, body, strategic),
        );
        const answers = (await Promise.all(told)).map((one) => fieldsOf(one).message);
        await ask("DELETE", `${volumes}/sourced`);
        return ok(...answers);
      },
    }),
    story({
      name: "a PersistentVolume of nothing",
      request: "`POST`",
      tell: async (ask) => answerOf(await ask("POST", volumes, { metadata: { name: "nothing" }, spec: {} })),
    }),
    story({
      name: "more containers of both kinds",
      request: "`PATCH` of a Pod",
      async tell(ask) {
        await ask("POST", pods, unscheduled("fixed"));
        const more = [{ name: "more", image: "web" }];
        const spec = { containers: more, initContainers: [{ name: "init", image: "web" }] };
        const answer = answerOf(await ask("PATCH", `${pods}/fixed`, { spec }, strategic));
        await ask("DELETE", `${pods}/fixed`);
        return answer;
      },
    }),
    ...["Failed", "Succeeded", "Pending"].map((phase) =>
      story({
        name: `a Pod in a table: ${phase}`,
        request: "`PATCH` of its status, then `GET` as a table",
        async tell(ask) {
          await ask("POST", pods, unscheduled("told"));
          await ask("PATCH", `${pods}/told/status`, { status: { phase } }, merge);
          const { conditions = "none" } = await inTable(ask, `${pods}/told`);
          await ask("DELETE", `${pods}/told`);
          return ok(conditions);
        },
      }),
    ),
    ...[{}, { parallelism: 2 }, { parallelism: 1 }, { completions: 3 }].map((spec) =>
      story({
        name: `the completions of a Job in a table: ${JSON.stringify(spec)}`,
        request: "`POST`, then `GET` as a table",
        async tell(ask) {
          await ask("POST", jobs, job("counted", { suspend: true, ...spec }));
          const { cells } = await inTable(ask, `${jobs}/counted`);
          await ask("DELETE", `${jobs}/counted`, { propagationPolicy: "Background" });
          return ok(cells[2]);
        },
      }),
    ),
    ...jobStatuses.map((status) =>
      story({
        name: `the status of a Job: ${JSON.stringify(status)}`,
        request: "`PATCH` of its status",
        async tell(ask) {
          await ask("POST", jobs, job("judged", { suspend: true }));
          const seen = async () => (await read(ask, `${jobs}/judged`)).status;
          await until("the controller has seen the Job", async () => (await seen()).ready !== undefined);
          const told = answerOf(await ask("PATCH", `${jobs}/judged/status?dryRun=All`, { status }, merge));
          await ask("DELETE", `${jobs}/judged`, { propagationPolicy: "Background" });
          return told;
        },
      }),
    ),
    story({
      name: "a Job that runs has started",
      request: "`PATCH` of its status",
      async tell(ask) {
        await ask("POST", jobs, { ...job("started", {}) });
        await until("the Job has started", async () => Boolean((await read(ask, `${jobs}/started`)).status.startTime));
        const path = `${jobs}/started/status?dryRun=All`;
        const told = answerOf(await ask("PATCH", path, { status: { startTime: null } }, merge));
        await ask("DELETE", `${jobs}/started`, { propagationPolicy: "Background" });
        return told;
      },
    }),
  ],
};
