/**
 * 500 invocations of every action, in 20 environments, while connections break and the API server is overloaded: with
 * Lambda's retries each is done once, and each failure says what it is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Actions, allow, startActions } from "./support/actions.ts";
import { deployments, make } from "./support/cluster.ts";
import { type Relay, relayTo } from "./support/relay.ts";
import { test, type World } from "./support/world.ts";

const environments = 20;
/** How often each action is asked for; each time with an object of its own. */
const counts = {
  ...{ create: 70, "set-image": 60, undo: 30, restart: 70, scale: 60, suspend: 30, resume: 30 },
  ...{ apply: 50, delete: 50, "run-job": 50 },
} as const;
type Name = keyof typeof counts;
const reading = ["status", "get", "check"];

const events: { readonly [N in Name]: (name: string) => object } = {
  create: () => ({ replicas: 0 }),
  "set-image": (name) => ({ name, image: "web:2" }),
  undo: (name) => ({ name }),
  restart: (name) => ({ name }),
  scale: (name) => ({ name, replicas: 0 }),
  suspend: (name) => ({ name }),
  resume: (name) => ({ name }),
  apply: (name) => ({ manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { is: name } }] }),
  delete: (name) => ({ name }),
  "run-job": () => ({ from: "nightly" }),
};
const allowed = [
  ...["create", "set-image", "undo", "restart", "scale"].flatMap((action) => allow(action, "deployments")),
  ...["suspend", "resume", "run-job"].flatMap((action) => allow(action, "cronjobs")),
  ...["apply", "delete"].flatMap((action) => allow(action, "configmaps")),
];

const all = (Object.keys(counts) as Name[]).flatMap((action) =>
  Array.from({ length: counts[action] }, (_, n) => {
    const name = `${action}-${n}`;
    return { requestId: name, event: { action, ...events[action](name) } };
  }),
);
/** The same events, mixed. */
const mixed = all.map((_, at) => all[(at * 211) % all.length] as (typeof all)[number]);

const configMaps = "/api/v1/namespaces/default/configmaps";
const cronJobs = "/apis/batch/v1/namespaces/default/cronjobs";
const jobs = "/apis/batch/v1/namespaces/default/jobs";

const names = (action: Name) => Array.from({ length: counts[action] }, (_, n) => `${action}-${n}`);
const template = (name: string, image: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: "web", image }] },
});
const deployment = (name: string, replicas: number) => ({
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, "web:1") },
});
const cronJob = (name: string, suspend: boolean) => {
  const spec = { suspend: true, template: { spec: { ...template(name, "job:1").spec, restartPolicy: "Never" } } };
  return { metadata: { name }, spec: { schedule: "0 0 1 1 *", suspend, jobTemplate: { spec } } };
};

async function prepare({ backend }: World): Promise<void> {
  const several = (path: string, bodies: readonly object[]) =>
    Promise.all(bodies.map((body) => make(backend, path, body)));
  await several(
    deployments(),
    (["set-image", "undo", "restart"] as const).flatMap(names).map((name) => deployment(name, 0)),
  );
  // On a node that does not exist, so that scaling is all that happens.
  const lost = (name: string) => {
    const { metadata, spec } = deployment(name, 1);
    const pinned = { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { disk: "none" } } };
    return { metadata, spec: { ...spec, template: pinned } };
  };
  await several(deployments(), names("scale").map(lost));
  await several(
    configMaps,
    names("delete").map((name) => ({ metadata: { name } })),
  );
  await several(cronJobs, [
    cronJob("nightly", true),
    ...names("suspend").map((name) => cronJob(name, false)),
    ...names("resume").map((name) => cronJob(name, true)),
  ]);
  const revisions = (least: number) => async () => {
    const { body } = await backend.kube("GET", "/apis/apps/v1/namespaces/default/replicasets");
    return body.items.filter(({ metadata }: Item) => metadata.name.startsWith("undo-")).length >= least;
  };
  await expect.poll(revisions(counts.undo), { timeout: 60_000 }).toBe(true);
  for (const name of names("undo")) {
    const body = { spec: { template: template(name, "web:2") } };
    await backend.kube("PATCH", `${deployments()}/${name}`, { body, contentType: "application/merge-patch+json" });
  }
  await expect.poll(revisions(2 * counts.undo), { timeout: 60_000 }).toBe(true);
}

interface Item {
  readonly metadata: { readonly name: string; readonly generation?: number };
}

/** Names and generations: a generation counts the writes of a specification. */
async function written({ backend }: World): Promise<Readonly<Record<string, readonly string[]>>> {
  const list = async (path: string) => {
    const { body } = await backend.kube("GET", path);
    return body.items.map(({ metadata }: Item) => `${metadata.name} ${metadata.generation ?? ""}`.trim()).sort();
  };
  return {
    deployments: await list(deployments()),
    configMaps: (await list(configMaps)).filter((name: string) => name !== "kube-root-ca.crt"),
    cronJobs: await list(cronJobs),
    jobs: await list(jobs),
  };
}

let actions: Actions;
let relay: Relay;
test.beforeAll(async ({ world }) => {
  relay = await relayTo(world.backend);
  actions = await startActions(world, allowed, { endpoint: relay.endpoint, environments });
});
test.afterAll(async () => {
  await relay.stop();
  await actions.stop();
});

test("every action of the table is asked for", async () => {
  const { message } = await actions.run({ action: "unknown" }).then(
    () => ({ message: "" }),
    (error: Error) => error,
  );
  const known = /one of (.*)/.exec(message)?.[1]?.split(", ");
  expect([...Object.keys(counts), ...reading].sort()).toEqual(known?.sort());
  expect(all).toHaveLength(500);
});

test("each is done once, and every failure is told", { timeout: 300_000 }, async ({ world }) => {
  await prepare(world);
  const failures: Error[] = [];
  const waiting = [...mixed];
  const { faults } = world.backend;
  // By what was done, not by time: on a slow machine nothing would ever be done.
  const disturb = () => {
    if (waiting.length % 20 > 0) return;
    relay.cut();
    faults.overload?.(10);
  };
  const environment = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      disturb();
      for (let attempt = 1; ; attempt++) {
        const { event, requestId } = next;
        const error = await actions.run(event, requestId, 10_000).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        if (!error) break;
        failures.push(error);
        // Lambda retries twice; here it goes on, so that one unlucky invocation does not fail the test.
        if (attempt === 20) throw error;
        await sleep(200);
      }
    }
  };
  await Promise.all(Array.from({ length: environments }, environment));
  faults.overload?.(0);

  expect(failures.length).toBeGreaterThan(0);
  for (const { name, message } of failures) {
    expect(name, message).toMatch(/^[A-Z]\w+$/);
    expect(name, message).not.toMatch(/^(\w*Error|AlreadyExists|AlreadyUndone|NotFound|Conflict)$/);
  }
  const first = await written(world);
  const once = (action: Name, generation: number) => names(action).map((name) => `${name} ${generation}`);
  const created = names("create").map((name) => `nginx-${name} 1`);
  expect(first.deployments).toEqual(
    [...created, ...once("set-image", 2), ...once("undo", 3), ...once("restart", 2), ...once("scale", 2)].sort(),
  );
  expect(first.cronJobs).toEqual(["nightly 1", ...once("suspend", 2), ...once("resume", 2)].sort());
  expect(first.configMaps).toEqual(names("apply").sort());
  expect(first.jobs).toHaveLength(counts["run-job"]);

  for (const { event, requestId } of mixed) await actions.run(event, requestId);
  expect(await written(world)).toEqual(first);
});
