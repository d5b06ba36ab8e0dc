/** Several writes of one object: what the random sequences found. */
import type { Answer, Group } from "../case.ts";
import { type Ask, answerOf, type Json, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { configMap, configMaps, core, deployment, deployments, merge, roles } from "./values.ts";
import { eventsOf } from "./watches.ts";

type Tell = Parameters<typeof story>[0]["tell"];

const applyType = "application/apply-patch+yaml";
const applied = (metadata: object, data: object = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata, data },
});
const applyAs = (ask: Ask, manager: string, object: Json) =>
  ask("PATCH", `${configMaps}/${object.metadata.name}?fieldManager=${manager}`, object, applyType);
export const read = async (ask: Ask, path: string): Promise<Json> => (await ask("GET", path)).body;
export const ok = (...told: readonly unknown[]): Answer => ({
  ...{ status: 200, reason: "" },
  message: told.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" | "),
});
const managersOf = ({ metadata }: Json) =>
  (metadata.managedFields ?? []).map(({ manager, operation, subresource = "", time, fieldsV1 }: Json) =>
    [manager, operation, subresource, time ? "timed" : "", Object.keys(fieldsV1).join()].filter(Boolean).join(" "),
  );
const sequence = (name: string, request: string, tell: Tell) => story({ name, request, tell });

const probe = (ask: Ask, startupProbe: object) =>
  ask(
    "PATCH",
    `${deployments}/probed?fieldManager=me`,
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "probed" } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "demo" } },
        template: {
          metadata: { labels: { app: "demo" } },
          spec: { containers: [{ name: "web", image: "web", startupProbe }] },
        },
      },
    },
    applyType,
  );
const held = { finalizers: ["example.com/hold"] };
const release = (ask: Ask, name: string) =>
  ask("PATCH", `${configMaps}/${name}`, { metadata: { finalizers: null } }, merge);

export const sequences: Group = {
  title: "Several writes",
  intro: "What a second and a third write leave, of the object, its managers and its events.",
  prepare: introduce,
  cases: [
    sequence(
      "apply: another kind of probe takes the old one away, with its defaults",
      "`PATCH`, twice",
      async (ask) => {
        await probe(ask, { grpc: { port: 9000 } });
        const { status, body } = await probe(ask, { exec: { command: ["true"] } });
        const { startupProbe } = (body as Json).spec?.template.spec.containers[0] ?? {};
        return {
          status,
          reason: "",
          message: Object.keys(startupProbe ?? {})
            .sort()
            .join(", "),
        };
      },
    ),
    sequence("apply: the order of a list in which others have items", "`PATCH` by two", async (ask) => {
      const list = (...names: string[]) => ({
        metadata: { name: "ordered", finalizers: names.map((one) => `a.b/${one}`) },
      });
      await applyAs(ask, "me", applied(list("one", "three").metadata));
      await applyAs(ask, "you", applied(list("three", "two", "one").metadata));
      const both = await read(ask, `${configMaps}/ordered`);
      await applyAs(ask, "you", applied(list("two").metadata));
      const less = await read(ask, `${configMaps}/ordered`);
      await release(ask, "ordered");
      return ok(both.metadata.finalizers, less.metadata.finalizers);
    }),
    sequence("apply: null for a label, and for all of them", "`PATCH`, twice", async (ask) => {
      await applyAs(ask, "me", applied({ name: "nulls", labels: { a: "1", b: "2" } }));
      const one = await applyAs(ask, "me", applied({ name: "nulls", labels: { a: null, b: "2" } }));
      const all = await applyAs(ask, "me", applied({ name: "nulls", labels: null }));
      return ok((one.body as Json).metadata.labels, (all.body as Json).metadata.labels ?? "none");
    }),
    sequence("apply: the same by another manager, which has no time", "`PATCH` by two", async (ask) => {
      for (const manager of ["me", "you"]) await applyAs(ask, manager, applied({ name: "same" }, { a: "1" }));
      return ok(managersOf(await read(ask, `${configMaps}/same`)));
    }),
    sequence("apply: without metadata, after one with labels", "`PATCH`, twice", async (ask) => {
      await applyAs(ask, "me", applied({ name: "nameless", labels: { a: "1" } }));
      const path = `${configMaps}/nameless?fieldManager=me`;
      return answerOf(await ask("PATCH", path, { apiVersion: "v1", kind: "ConfigMap" }, applyType));
    }),
    sequence("writes that change nothing", "two managers, an empty patch, an update of what was read", async (ask) => {
      await ask("POST", `${configMaps}?fieldManager=second`, configMap("kept"));
      const first = await ask("PATCH", `${configMaps}/kept?fieldManager=first`, { data: { a: "1" } }, merge);
      const version = (first.body as Json).metadata.resourceVersion;
      await ask("PATCH", `${configMaps}/kept?fieldManager=second`, {}, merge);
      await ask("PUT", `${configMaps}/kept?fieldManager=third`, await read(ask, `${configMaps}/kept`));
      const now = await read(ask, `${configMaps}/kept`);
      const watched = `${configMaps}?watch=true&resourceVersion=${version}&timeoutSeconds=1`;
      const { message } = eventsOf(await ask("GET", `${watched}&fieldSelector=metadata.name%3Dkept`));
      return ok(
        now.metadata.resourceVersion === version ? "the same version" : "another version",
        managersOf(now),
        message,
      );
    }),
    sequence(
      "a second delete changes the policy",
      "`DELETE` in the foreground, then in the background",
      async (ask) => {
        await ask("POST", configMaps, configMap("twice", held));
        const told: unknown[] = [];
        for (const options of [{ propagationPolicy: "Orphan" }, {}, { orphanDependents: false }]) {
          const { status, body } = await ask("DELETE", `${configMaps}/twice`, options);
          told.push([status, (body as Json).metadata.finalizers.filter((one: string) => one !== "orphan")]);
        }
        await release(ask, "twice");
        return ok(...told);
      },
    ),
    ...["configmaps/none", "configmaps?labelSelector=none"].map((path) =>
      sequence(`two policies at once: ${path}`, "`DELETE` with `orphanDependents`", async (ask) =>
        answerOf(await ask("DELETE", `${core}/${path}`, { orphanDependents: true, propagationPolicy: "Background" })),
      ),
    ),
    sequence("a finalizer after the delete", "`DELETE`, then a merge patch", async (ask) => {
      await ask("POST", configMaps, configMap("late", held));
      await ask("DELETE", `${configMaps}/late`);
      const metadata = { finalizers: ["example.com/hold", "example.com/more"] };
      const answer = answerOf(await ask("PATCH", `${configMaps}/late`, { metadata }, merge));
      await release(ask, "late");
      return answer;
    }),
    sequence("the events of a Pod's deletion", "`DELETE` of a Pod that is not scheduled", async (ask) => {
      const pods = `${core}/pods`;
      const spec = { nodeSelector: { no: "node" }, containers: [{ name: "web", image: "web" }] };
      await ask("POST", pods, { metadata: { name: "gone" }, spec });
      const isTold = async () => Boolean((await read(ask, `${pods}/gone`)).status.conditions);
      await until("it is known that no node suits it", isTold);
      const version = (await read(ask, `${pods}/gone`)).metadata.resourceVersion;
      await ask("DELETE", `${pods}/gone`);
      const watched = `${pods}?watch=true&resourceVersion=${version}&timeoutSeconds=1`;
      return eventsOf(await ask("GET", `${watched}&fieldSelector=metadata.name%3Dgone`));
    }),
    sequence("an update creates a Role, and not a ConfigMap", "`PUT` of what is not there", async (ask) => {
      const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
      const role = await ask("PUT", `${roles}/put`, { metadata: { name: "put" }, rules });
      const map = await ask("PUT", `${configMaps}/put`, configMap("put"));
      const other = await ask("PUT", `${roles}/other`, { metadata: { name: "other", uid: "1" }, rules });
      return ok(...[role, map, other].map(({ status, body }) => `${status} ${(body as Json).reason ?? ""}`));
    }),
    sequence("the managers of the number of replicas", "`PATCH` of a scale: 2, 2, then 0", async (ask) => {
      const path = `${deployments}/scaled`;
      await ask("POST", `${deployments}?fieldManager=me`, deployment("scaled", { replicas: 1, paused: true }));
      const told: unknown[] = [];
      for (const replicas of [2, 2, 0]) {
        await ask("PATCH", `${path}/scale?fieldManager=you`, { spec: { replicas } }, merge);
        const { metadata } = await read(ask, path);
        const owners = metadata.managedFields.filter(({ fieldsV1 }: Json) => fieldsV1["f:spec"]?.["f:replicas"]);
        told.push(
          owners.map(({ manager, subresource = "", time }: Json) => [manager, subresource, Boolean(time)].join(" ")),
        );
      }
      await ask("DELETE", path);
      return ok(...told);
    }),
    sequence("a page that is full while other objects follow", "`GET ?limit=1` by a label", async (ask) => {
      await ask("POST", configMaps, configMap("page-1", { labels: { page: "1" } }));
      await ask("POST", configMaps, configMap("page-2"));
      const page = await read(ask, `${configMaps}?limit=1&labelSelector=page`);
      const next = await read(ask, `${configMaps}?limit=1&labelSelector=page&continue=${page.metadata.continue}`);
      return ok(page.items.length, next.items?.length ?? next.message);
    }),
    ...kubeCases([
      { name: "delete all namespaces", method: "DELETE", path: "/api/v1/namespaces?labelSelector=none" },
      {
        name: "the phase of a namespace that is not deleted",
        ...{ method: "PATCH", path: "/api/v1/namespaces/default/status?dryRun=All", contentType: merge },
        body: { status: { phase: "Terminating" } },
      },
    ]),
    sequence("an address of a Service that has none", "`PATCH` of its status", async (ask) => {
      const path = `${core}/services/plain`;
      await ask("POST", `${core}/services`, { metadata: { name: "plain" }, spec: { ports: [{ port: 80 }] } });
      const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
      const answer = answerOf(await ask("PATCH", `${path}/status`, { status }, merge));
      await ask("DELETE", path);
      return answer;
    }),
  ],
};
