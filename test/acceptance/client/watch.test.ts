/** Watches and waits that outlive what happens to their connection, on both backends. */
import { type Answers, type Kube, type Request, resource, rolledOut } from "eks-lambda/lambda";
import { describe, expect } from "vitest";
import type { Backend } from "../backend.ts";
import { type Relay, relayTo } from "../support/relay.ts";
import { worldTest } from "../support/world.ts";
import { connectTo } from "./connected.ts";
import { type ConfigMap, type Deployment, deploymentSpec } from "./objects.ts";

/** It restarts the API server, which controllers then take up to a minute to find. */
const test = worldTest({ isAlone: true });

const configMaps = resource<ConfigMap>("v1", "configmaps").in("kube-public");
const path = "/api/v1/namespaces/kube-public/configmaps";
const soon = () => AbortSignal.timeout(20_000);

let relay: Relay;
let kube: Kube;
/** Watches that the server has answered. */
let watches = 0;
test.beforeEach(async ({ world }) => {
  await world.fresh();
  relay = await relayTo(world.backend);
  kube = countingWatches(connectTo(world.backend, { endpoint: relay.endpoint }));
});
test.afterEach(() => relay.stop());

function countingWatches(given: Kube): Kube {
  watches = 0;
  return {
    ...given,
    async request<T, A extends keyof Answers<T>>(request: Request<A>) {
      const answer = await given.request<T, A>(request);
      if (request.query?.watch) watches += 1;
      return answer;
    },
  };
}

/** Resolves when the server has answered a watch: a connection that breaks before, while it lists, is an error. */
const isWatching = () => expect.poll(() => watches).toBeGreaterThan(0);

const create = (backend: Backend, name: string) => backend.kube("POST", path, { body: { metadata: { name } } });
const change = (backend: Backend, name: string, value: string) =>
  backend.kube("PATCH", `${path}/${name}`, { body: { data: { value } }, contentType: "application/merge-patch+json" });
const remove = (backend: Backend, name: string) => backend.kube("DELETE", `${path}/${name}`);

/** Collects the events of a watch, until `stop`. */
function follow(signal: AbortSignal) {
  const events: string[] = [];
  const labelSelector = "!bootstrap";
  const fieldSelector = "metadata.name!=kube-root-ca.crt";
  const over = (async () => {
    for await (const { type, object } of configMaps.on(kube).watch({ labelSelector, fieldSelector, signal }))
      events.push(`${type} ${object.metadata.name}`);
  })();
  return { events, over };
}

const seen = (events: readonly string[]) => expect.poll(() => events);

describe("a watch", () => {
  test("goes on after a dropped connection, and misses nothing", async ({ world: { backend } }) => {
    await create(backend, "one");
    const end = new AbortController();
    const { events, over } = follow(end.signal);
    await seen(events).toEqual(["ADDED one"]);
    relay.cut();
    await change(backend, "one", "a");
    await seen(events).toEqual(["ADDED one", "MODIFIED one"]);
    relay.cut();
    await remove(backend, "one");
    await create(backend, "two");
    await seen(events).toEqual(["ADDED one", "MODIFIED one", "DELETED one", "ADDED two"]);
    end.abort(new Error("enough"));
    await expect(over).rejects.toThrow("enough");
  });

  test("continues after 410 Gone with one event for each changed object", async ({ world: { backend } }) => {
    for (const name of ["changed", "kept", "removed"]) await create(backend, name);
    const end = new AbortController();
    const { events, over } = follow(end.signal);
    await seen(events).toEqual(["ADDED changed", "ADDED kept", "ADDED removed"]);
    await relay.down();
    await change(backend, "changed", "a");
    await change(backend, "changed", "b");
    await remove(backend, "removed");
    await create(backend, "new");
    await create(backend, "short");
    await remove(backend, "short");
    await backend.restartApiServer();
    events.length = 0;
    await relay.up();
    await seen(events).toEqual(["DELETED removed", "MODIFIED changed", "ADDED new"]);
    end.abort(new Error("enough"));
    await expect(over).rejects.toThrow("enough");
  });

  test("goes on after a restart of the API server", async ({ world: { backend } }) => {
    await create(backend, "one");
    const end = new AbortController();
    const { events, over } = follow(end.signal);
    await seen(events).toEqual(["ADDED one"]);
    await backend.restartApiServer();
    await change(backend, "one", "a");
    await seen(events).toEqual(["ADDED one", "MODIFIED one"]);
    end.abort(new Error("enough"));
    await expect(over).rejects.toThrow("enough");
  });

  test("goes on after the API server was away", async ({ world: { backend } }) => {
    await create(backend, "one");
    const end = new AbortController();
    const { events, over } = follow(end.signal);
    await seen(events).toEqual(["ADDED one"]);
    await relay.down();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await relay.up();
    await change(backend, "one", "a");
    await seen(events).toEqual(["ADDED one", "MODIFIED one"]);
    end.abort(new Error("enough"));
    await expect(over).rejects.toThrow("enough");
  });

  test("ends with its signal, and closes its connection", async ({ world: { backend } }) => {
    await create(backend, "one");
    const end = new AbortController();
    const { events, over } = follow(end.signal);
    await seen(events).toEqual(["ADDED one"]);
    expect(relay.connections()).toBeGreaterThan(0);
    end.abort(new Error("enough"));
    await expect(over).rejects.toThrow("enough");
    await expect.poll(() => relay.connections()).toBe(0);
  });

  test("ends with its loop, and closes its connection", async ({ world: { backend } }) => {
    await create(backend, "one");
    for await (const { object } of configMaps.on(kube).watch()) if (object.metadata.name === "one") break;
    await expect.poll(() => relay.connections()).toBeLessThanOrEqual(1);
    await change(backend, "one", "a");
    expect((await configMaps.on(kube).get({ name: "one" })).data).toEqual({ value: "a" });
  });
});

describe("until", () => {
  const isDone = ({ data }: ConfigMap) => data?.value === "done";

  test("goes on after a dropped connection", async ({ world: { backend } }) => {
    await create(backend, "one");
    const done = configMaps.on(kube).until({ name: "one" }, isDone, { signal: soon() });
    await isWatching();
    relay.cut();
    await change(backend, "one", "done");
    expect((await done).data).toEqual({ value: "done" });
  });

  test("goes on after 410 Gone", async ({ world: { backend } }) => {
    await create(backend, "one");
    const done = configMaps.on(kube).until({ name: "one" }, isDone, { signal: soon() });
    await isWatching();
    await relay.down();
    await change(backend, "one", "done");
    await backend.restartApiServer();
    await relay.up();
    expect((await done).data).toEqual({ value: "done" });
  });

  test("fails if the object is deleted, with NotFound", async ({ world: { backend } }) => {
    await create(backend, "one");
    let looks = 0;
    const done = configMaps.on(kube).until(
      { name: "one" },
      () => {
        looks += 1;
        return false;
      },
      { signal: soon() },
    );
    const failed = expect(done).rejects.toMatchObject({ reason: "NotFound", status: 404 });
    await expect.poll(() => looks).toBe(1);
    await remove(backend, "one");
    await failed;
  });

  test("waits for an object that does not exist yet, if told so", async ({ world: { backend } }) => {
    const done = configMaps.on(kube).until({ name: "late" }, () => true, { absent: "wait", signal: soon() });
    await isWatching();
    await create(backend, "late");
    expect((await done).metadata.name).toBe("late");
  });

  test("ends with its signal: a time-out says what it waited for", async ({ world: { backend } }) => {
    await create(backend, "one");
    const signal = AbortSignal.timeout(500);
    await expect(configMaps.on(kube).until({ name: "one" }, isDone, { signal })).rejects.toMatchObject({
      code: "Timeout",
      message: 'time is up while waiting for configmaps "one" in kube-public',
    });
  });
});

describe("untilGone", () => {
  test("goes on after a dropped connection", async ({ world: { backend } }) => {
    await create(backend, "one");
    const gone = configMaps.on(kube).untilGone({ name: "one" }, { signal: soon() });
    await isWatching();
    relay.cut();
    await remove(backend, "one");
    await gone;
  });

  test("counts another object of the same name as gone", async ({ world: { backend } }) => {
    const { body } = await create(backend, "one");
    await remove(backend, "one");
    await create(backend, "one");
    await configMaps.on(kube).untilGone({ name: "one" }, { uid: body.metadata.uid, signal: soon() });
  });
});

test("waiting for a rollout survives a dropped connection", async ({ world: { backend } }) => {
  const deployments = resource<Deployment>("apps/v1", "deployments").on(kube);
  const { template, ...spec } = deploymentSpec("nginx:1.12", 1);
  const path = "/apis/apps/v1/namespaces/default/deployments";
  await deployments.create({ metadata: { name: "first" }, spec: { ...spec, template } });
  const available = async () => (await backend.kube("GET", `${path}/first`)).body.status?.availableReplicas;
  await expect.poll(available, { message: "the controllers are back" }).toBe(1);
  await backend.kube("DELETE", `${path}/first`);
  const pinned = { ...template, spec: { ...template.spec, nodeSelector: { disk: "none" } } };
  await deployments.create({ metadata: { name: "web" }, spec: { ...spec, template: pinned } });
  const done = deployments.until({ name: "web" }, rolledOut, { signal: soon() });
  await isWatching();
  relay.cut();
  const body = [{ op: "remove", path: "/spec/template/spec/nodeSelector" }];
  const contentType = "application/json-patch+json";
  await backend.kube("PATCH", `${path}/web`, { body, contentType });
  expect((await done).status).toMatchObject({ replicas: 1, availableReplicas: 1 });
});

describe("a followed log", () => {
  const pods = resource("v1", "pods");

  test("that loses its connection fails with ConnectionLost, after the lines so far", async ({
    world: { backend },
  }) => {
    await backend.kube("POST", "/api/v1/namespaces/default/pods", {
      body: { metadata: { name: "web" }, spec: { containers: [{ name: "web", image: "nginx:1.12" }] } },
    });
    const isRunning = async () =>
      (await backend.kube("GET", "/api/v1/namespaces/default/pods/web")).body.status.phase === "Running";
    await expect.poll(isRunning).toBe(true);
    await backend.log("web", "first\n");
    const lines: string[] = [];
    const read = async () => {
      for await (const line of pods.on(kube).logs({ name: "web" }, { follow: true, signal: soon() })) lines.push(line);
    };
    const failed = expect(read()).rejects.toMatchObject({ code: "ConnectionLost" });
    await expect.poll(() => lines).toEqual(["first"]);
    relay.cut();
    await failed;
  });
});
