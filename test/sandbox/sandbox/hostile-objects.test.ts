/**
 * No object, patch or event ends the sandbox's process or keeps its controllers busy for ever: what the API does not
 * refuse, and what gets into the store past it. EKS_LAMBDA_FUZZ_RUNS sets the number of objects.
 */
import { expect, test } from "vitest";
import { type Kind, kinds } from "../../../src/sandbox/kube/kinds.ts";
import type { Json, JsonMap, KubeObject, Metadata } from "../../../src/sandbox/kube/object.ts";
import { caseOf, collectionOf } from "../../e2e/fuzz/cases.ts";
import { fuzzed, manifestOf } from "../../e2e/fuzz/manifests.ts";
import { mutations } from "../../e2e/fuzz/mutations.ts";
import { randomOf } from "../../e2e/fuzz/random.ts";
import { manualClock, sandboxApi } from "../../e2e/fuzz/sandbox.ts";

const seed = Number(process.env.EKS_LAMBDA_SEED ?? 20261125);
const runs = Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 400);
/** How many objects share a cluster: what one leaves behind meets the next. */
const together = 20;
const hour = 3_600_000;
/** More steps than any of these objects needs. */
const most = 30_000;

const statuses: readonly Json[] = [
  {},
  ...[undefined, null, 5, "text", [], { phase: 5 }, { replicas: "two", availableReplicas: -1 }],
  ...["text", [5], [{}], [{ type: "Ready", status: "True" }], { type: "Ready" }].map((conditions) => ({ conditions })),
  ...["text", [5], [{}], [{ name: "web", state: null }]].map((containerStatuses) => ({
    phase: "Running",
    containerStatuses,
  })),
  { startTime: "soon", conditions: [{ type: "Complete", status: "True", lastTransitionTime: "soon" }] },
];

type Api = ReturnType<typeof sandboxApi>;
const get = (path: string) => ({ method: "GET", path, body: "", contentType: "" });
const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** The controllers come to rest, and the kinds can be listed. */
async function answers(
  api: Api,
  clock: ReturnType<typeof manualClock>,
  listable: readonly Kind[],
  what: string,
): Promise<void> {
  expect(clock.settle(hour, most), `${what}: the controllers do not come to rest`).toBeLessThan(most);
  for (const kind of listable) {
    const listed = await api.ask(get(collectionOf(kind)), table);
    expect(listed.status, `${what}: ${kind.plural}: ${JSON.stringify(listed.body)}`).toBe(200);
  }
}

/** For machines that are busy with other work: each object takes some milliseconds. */
const timeout = Math.max(120_000, runs * 60);
const clusters = Array.from({ length: Math.ceil(runs / together) }, (_, index) => index * together);

test("what is sent to the API", { timeout }, async () => {
  for (const first of clusters) {
    const clock = manualClock();
    const api = sandboxApi(clock);
    for (let index = first; index < first + together; index++) {
      const sent = caseOf(seed, index);
      const asked = {
        ...sent,
        path: sent.path.replace("dryRun=All&", ""),
        body: sent.body.replace('"VERSION"', "null"),
      };
      const what = `${sent.kind.kind} ${sent.verb} ${sent.mutation} ${sent.place}`;
      if (sent.verb !== "create")
        await api.ask({
          ...{ method: "POST", path: collectionOf(sent.kind), contentType: "application/json" },
          body: JSON.stringify(manifestOf(sent.kind, sent.name, randomOf(seed, index))),
        });
      const answer = await api.ask(asked);
      expect(JSON.stringify(answer.body), `${what}: ${asked.body}`).not.toContain("Internal error occurred");
      const random = randomOf(seed, index);
      for (const part of sent.kind.subresources.filter((one) => one === "status" || one === "scale"))
        await api.ask({
          ...{ method: "PATCH", path: `${collectionOf(sent.kind)}/${sent.name}/${part}` },
          ...{ contentType: "application/merge-patch+json" },
          body: JSON.stringify({ status: random.pick(statuses), spec: { replicas: random.pick([5, -1, "2", null]) } }),
        });
      await answers(api, clock, [sent.kind], what);
    }
    await answers(api, clock, fuzzed, `objects from ${first}`);
  }
});

/** Whatever is wrong with it, the store needs a name. */
const storable = (given: unknown, name: string, status: Json): KubeObject => {
  const { kind: _, apiVersion, metadata, ...rest } = given as KubeObject;
  const known = typeof metadata === "object" && metadata ? (metadata as Metadata) : {};
  return { ...rest, status, metadata: { ...known, name, namespace: "default" } };
};

test("what is in the store already", { timeout }, async () => {
  const names = Object.keys(mutations);
  for (const first of clusters) {
    const clock = manualClock();
    const api = sandboxApi(clock);
    for (let index = first; index < first + together; index++) {
      const random = randomOf(seed, index);
      const kind = random.pick(fuzzed);
      const mutation = random.pick(names);
      const manifest = manifestOf(kind, `stored-${index}`, random);
      const mutated = mutations[mutation]?.(manifest, random)?.object ?? manifest;
      const object = storable(mutated, `stored-${index}`, random.pick(statuses));
      api.store.put(kind, kind.namespaced ? object : { ...object, metadata: { ...object.metadata, namespace: "" } });
      await answers(api, clock, [kind], `${kind.kind} ${mutation} ${JSON.stringify(object)}`);
    }
    await answers(api, clock, fuzzed, `objects from ${first}`);
  }
});

const labels = { app: "web" };
const spec = {
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } },
};
const metadata = { name: "web", namespace: "default" };

test.each<[string, keyof typeof kinds, JsonMap]>([
  ["a strategy that there is not", "deployments", { ...spec, replicas: 1, strategy: { type: "BlueGreen" } }],
  ["a missing template", "deployments", { selector: spec.selector, replicas: 1, strategy: { type: "Recreate" } }],
  ["a missing strategy", "statefulSets", { ...spec, replicas: 1 }],
  ["a deadline that is no number", "jobs", { ...spec, backoffLimit: 1, parallelism: 0, activeDeadlineSeconds: "soon" }],
])("%s becomes an Event about the object", (_, kind, given) => {
  const clock = manualClock();
  const { store } = sandboxApi(clock);
  // As it is, past the API.
  store.put<KubeObject>(kinds[kind], { metadata, spec: given, status: {} });
  clock.settle(hour, most);
  const events = store.list(kinds.events).filter(({ involvedObject }) => involvedObject.name === "web");
  expect(events.map(({ type, reason }) => [type, reason])).toContainEqual(["Warning", "FailedSync"]);
});

test.each([
  ["maps", '{"a":', "}"],
  ["lists", "[", "]"],
])("%s that are nested deeper than a stack", async (_, open, close) => {
  const api = sandboxApi(manualClock());
  const deep = open.repeat(100_000) + close.repeat(100_000).replace("}", "1}");
  const body = `{"metadata":{"name":"deep"},"data":${deep}}`;
  const path = collectionOf(kinds.configMaps);
  const answer = await api.ask({ method: "POST", path, body, contentType: "application/json" });
  expect(answer.status).toBe(400);
  expect((await api.ask(get(path))).status).toBe(200);
});

test.each<[string, keyof typeof kinds, JsonMap]>([
  ["a ReplicaSet", "replicaSets", { replicas: 2 ** 31 - 1 }],
  ["a StatefulSet", "statefulSets", { replicas: 2 ** 31 - 1, podManagementPolicy: "Parallel" }],
  ["a Job", "jobs", { parallelism: 2 ** 31 - 1, backoffLimit: 1 }],
])("%s of two thousand million Pods gets as many as there is room for, and an Event", (_, kind, more) => {
  const clock = manualClock();
  const { store } = sandboxApi(clock);
  const given: JsonMap = { ...spec, updateStrategy: { type: "OnDelete" }, ...more };
  store.put<KubeObject>(kinds[kind], { metadata: { ...metadata, uid: "1" }, spec: given, status: {} });
  clock.settle(1000, most);
  expect(store.list(kinds.pods, "default").length).toBe(1000);
  expect(store.list(kinds.events).map(({ reason }) => reason)).toContain("FailedCreate");
});

const loop = (depth: number, range: string): string =>
  depth === 0 ? "true" : `${range}.all(x${depth}, ${loop(depth - 1, range)})`;
const digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";

test.each([
  ["loops", loop(10, digits)],
  ["a text that grows", `${digits}.map(x, [self.text]${".map(a, a + a)".repeat(30)}).size() > 0`],
  ["an expression that JavaScript tries for ever", 'self.text.matches("^(a+)+$")'],
  ["a type error that is caught", `${digits}.all(x, dyn(self.text) + x == 1 || dyn(x) + self.text == 'a')`],
  ["names of JavaScript", 'dyn(self).constructor == dyn(self).toString || {"__proto__": 1}.polluted == 1'],
])("a rule of a custom resource: %s", async (_, rule) => {
  const clock = manualClock();
  const api = sandboxApi(clock);
  const group = "hostile.example.com";
  const names = { kind: "Hostile", plural: "hostiles", singular: "hostile", listKind: "HostileList" };
  const spec = { type: "object", properties: { text: { type: "string" } }, "x-kubernetes-validations": [{ rule }] };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  const send = (path: string, object: JsonMap) =>
    api.ask({ method: "POST", path, body: JSON.stringify(object), contentType: "application/json" });
  const definition = { metadata: { name: `hostiles.${group}` }, spec: { group, scope: "Namespaced", names, versions } };
  expect(await send(collectionOf(kinds.definitions), definition)).toMatchObject({ status: 201 });
  clock.settle(1000, most);
  const path = `/apis/${group}/v1/namespaces/default/hostiles`;
  const object = { apiVersion: `${group}/v1`, kind: "Hostile", metadata: { name: "any" } };
  const answer = await send(path, { ...object, spec: { text: `${"a".repeat(20_000)}!` } });
  expect(answer).toMatchObject({ status: 422, body: { reason: "Invalid", details: { causes: [{ field: "spec" }] } } });
  expect((await api.ask(get(path))).status).toBe(200);
});
