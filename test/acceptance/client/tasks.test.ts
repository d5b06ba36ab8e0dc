/** The ten tasks, on the API server of either backend. */
import { readFile } from "node:fs/promises";
import { type Kube, KubernetesError, resource } from "eks-lambda/lambda";
import { describe, expect } from "vitest";
import { repositoryFile } from "../support/run.ts";
import { test } from "../support/world.ts";
import { connectTo } from "./connected.ts";
import {
  type ConfigMap,
  type Deployment,
  deploymentSpec,
  failingJob,
  type Pod,
  pod,
  widgetDefinition,
} from "./objects.ts";
import * as tasks from "./tasks.ts";

let kube: Kube;
test.beforeEach(async ({ world }) => {
  await world.fresh();
  kube = connectTo(world.backend);
});

const configMaps = () => resource<ConfigMap>("v1", "configmaps").on(kube);
const pods = () => resource<Pod>("v1", "pods").on(kube);
const soon = () => AbortSignal.timeout(20_000);

async function deploy(name: string): Promise<void> {
  await tasks.release(kube, name, deploymentSpec("nginx:1.12"));
  await tasks.untilRolledOut(kube, name, soon());
}

test("list Pods by a label", async () => {
  await pods().create(pod("one"));
  await pods().create({ ...pod("other"), metadata: { name: "other", labels: { app: "other" } } });
  expect(await tasks.podsOf(kube, "app=web")).toEqual(["one"]);
});

test("restart a Deployment", async () => {
  await deploy("web");
  const before = await tasks.podsOf(kube, "app=web");
  await tasks.restart(kube, "web");
  await tasks.untilRolledOut(kube, "web", soon());
  const after = await tasks.podsOf(kube, "app=web");
  expect(after.filter((name) => !before.includes(name))).toHaveLength(2);
});

describe("server-side apply", () => {
  test("creates and changes a Deployment", async () => {
    const created = await tasks.release(kube, "web", deploymentSpec("nginx:1.12"));
    const changed = await tasks.release(kube, "web", deploymentSpec("nginx:1.13"));
    expect(changed.metadata.uid).toBe(created.metadata.uid);
    expect(changed.spec?.template.spec.containers).toMatchObject([{ name: "web", image: "nginx:1.13" }]);
  });

  test("without force does not take a field from another manager", async () => {
    await tasks.release(kube, "web", deploymentSpec("nginx:1.12"));
    const deployments = resource<Deployment>("apps/v1", "deployments").on(kube);
    const manifest = { kind: "Deployment", metadata: { name: "web" }, spec: deploymentSpec("nginx:1.13") } as const;
    const applied = deployments.apply(manifest, { fieldManager: "other" });
    await expect(applied).rejects.toMatchObject({
      reason: "Conflict",
      status: 409,
      message: expect.stringContaining('conflict with "release"'),
    });
    await expect(applied).rejects.toBeInstanceOf(KubernetesError);
  });
});

test("run a Job: its outcome, the failed container's reason and its last log lines", async ({ world }) => {
  await world.backend.failWith("connecting\nmigrating\nno such table: orders\n");
  expect(await tasks.runJob(kube, failingJob("migrate"))).toEqual({
    succeeded: false,
    reason: "Error",
    lines: ["migrating", "no such table: orders"],
  });
});

test("wait for a rollout", async () => {
  await tasks.release(kube, "web", deploymentSpec("nginx:1.12", 3));
  expect(await tasks.untilRolledOut(kube, "web", soon())).toMatchObject({ replicas: 3, availableReplicas: 3 });
});

test("a rollout that takes too long is a time-out that says what is missing", async ({ world: { backend } }) => {
  const spec = deploymentSpec("nginx:1.12");
  const pinned = { ...spec.template.spec, nodeSelector: { disk: "none" } };
  await tasks.release(kube, "web", { ...spec, template: { ...spec.template, spec: pinned } });
  const path = "/apis/apps/v1/namespaces/default/deployments/web";
  const status = async () => (await backend.kube("GET", path)).body.status;
  await expect.poll(status).toMatchObject({ updatedReplicas: 2, unavailableReplicas: 2 });
  await expect(tasks.untilRolledOut(kube, "web", AbortSignal.timeout(3_000))).rejects.toMatchObject({
    code: "Timeout",
    message: 'time is up while waiting for deployments.apps "web" in default: 0 of 2 replicas are available',
  });
});

test("change a ConfigMap", async () => {
  await configMaps().create({ metadata: { name: "flags" }, data: { dark: "on" } });
  expect(await tasks.setFlag(kube, "flags", { beta: "off" })).toEqual({ dark: "on", beta: "off" });
});

test("apply a CustomResourceDefinition and an object of it", async () => {
  const widget = { kind: "Widget", metadata: { name: "one" }, spec: { size: 3 } } as const;
  const applied = await tasks.applyWidget(kube, widgetDefinition, widget);
  expect(applied).toMatchObject({ apiVersion: "example.com/v1", kind: "Widget", spec: { size: 3 } });
});

test("count 2,000 objects, page by page", async ({ world: { backend } }) => {
  const names = Array.from({ length: 2_000 }, (_, index) => `many-${index}`);
  const path = "/api/v1/namespaces/default/configmaps";
  for (let start = 0; start < names.length; start += 50) {
    const some = names.slice(start, start + 50);
    const made = some.map((name) => backend.kube("POST", path, { body: { metadata: { name, labels: { many: "" } } } }));
    expect((await Promise.all(made)).every(({ status }) => status === 201)).toBe(true);
  }
  expect(await tasks.countOf(kube, "many")).toBe(2_000);
}, 60_000);

test("cancel a watch by its signal", async () => {
  const end = new AbortController();
  const seen: string[] = [];
  const watching = tasks.namesUntil(kube, end.signal, (name) => {
    seen.push(name);
    end.abort(new Error("seen enough"));
  });
  const cancelled = expect(watching).rejects.toThrow("seen enough");
  await resource<ConfigMap>("v1", "configmaps")
    .in("kube-public")
    .on(kube)
    .create({ metadata: { name: "flag" } });
  await cancelled;
  expect(seen).toHaveLength(1);
});

test("follow a log until a line appears", async ({ world: { backend } }) => {
  await pods().create(pod("web"));
  await pods().until({ name: "web" }, ({ status }) => status?.phase === "Running", { signal: soon() });
  await backend.log("web", "starting\n");
  const found = tasks.lineWith(kube, "web", "ready");
  await backend.log("web", "listening on 80\nready after 3 s\n");
  expect(await found).toBe("ready after 3 s");
});

test("each task takes less than ten lines", async () => {
  const source = await readFile(repositoryFile("test/acceptance/client/tasks.ts"), "utf8");
  const bodies = [...source.matchAll(/^export async function (\w+).*\{\n([\s\S]*?)^\}$/gm)];
  const lines: Record<string, number> = Object.fromEntries(
    bodies.map(([, name, body = ""]) => [name, body.split("\n").length + 1]),
  );
  expect(Object.keys(lines).sort()).toEqual(Object.keys(tasks).sort());
  expect(Object.entries(lines).filter(([, count]) => count >= 10)).toEqual([]);
});
