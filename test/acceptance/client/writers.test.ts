/** Optimistic locking: the leader election of docs/library.md. */
import { type Client, KubernetesError, microTime, resource, retryOnConflict } from "eks-lambda/lambda";
import type { Lease } from "kubernetes-types/coordination/v1.js";
import { expect } from "vitest";
import { test } from "../support/world.ts";
import { connectTo } from "./connected.ts";
import { type ConfigMap, type Deployment, deploymentSpec } from "./objects.ts";

const leases = resource<Lease>("coordination.k8s.io/v1", "leases");
type Leases = Pick<Client<Lease>, "get" | "update">;

/** True if this caller leads for the next minute. */
async function leads(leases: Leases, holderIdentity: string, now: number): Promise<boolean> {
  const { spec, ...lease } = await leases.get({ name: "sweeper" });
  const isFree = now - Date.parse(spec?.renewTime ?? "1970-01-01") > 60_000;
  if (!isFree && spec?.holderIdentity !== holderIdentity) return false;
  try {
    await leases.update({ ...lease, spec: { ...spec, holderIdentity, renewTime: microTime(new Date(now)) } });
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.code === "Conflict") return false;
    throw error;
  }
}

test("of ten callers at once, one leads, and another when its time is over", async ({ world }) => {
  await world.fresh();
  const all = leases.on(connectTo(world.backend));
  expect(await all.getIfFound({ name: "sweeper" })).toBeUndefined();
  await all.create({ metadata: { name: "sweeper" } });
  const read = await all.get({ name: "sweeper" });
  const racing: Leases = { ...all, get: async () => read };
  const callers = Array.from({ length: 10 }, (_, index) => `caller-${index}`);
  const elected = await Promise.all(callers.map((caller) => leads(racing, caller, Date.UTC(2026))));
  expect(elected.filter(Boolean)).toHaveLength(1);
  const leader = callers[elected.indexOf(true)] ?? "";
  expect((await all.getIfFound({ name: "sweeper" }))?.spec?.holderIdentity).toBe(leader);
  expect(await leads(all, leader, Date.UTC(2026) + 1_000)).toBe(true);
  expect(await leads(all, "another", Date.UTC(2026) + 2_000)).toBe(false);
  expect(await leads(all, "another", Date.UTC(2026) + 120_000)).toBe(true);
});

test("a list with a limit is one request", async ({ world }) => {
  await world.fresh();
  const configMaps = resource<ConfigMap>("v1", "configmaps").on(connectTo(world.backend));
  for (const name of ["one", "two", "three"]) await configMaps.create({ metadata: { name, labels: { of: "limit" } } });
  const labelSelector = "of=limit";
  expect(await configMaps.list({ labelSelector, limit: 1 }).toArray()).toHaveLength(1);
  expect(await configMaps.list({ labelSelector, limit: 2, pageSize: 1 }).toArray()).toHaveLength(2);
  expect(await configMaps.list({ labelSelector, pageSize: 1 }).toArray()).toHaveLength(3);
});

test("ten writers of one object retry until each has written", async ({ world }) => {
  await world.fresh();
  const configMaps = resource<ConfigMap>("v1", "configmaps").on(connectTo(world.backend));
  await configMaps.create({ metadata: { name: "counter" }, data: { count: "0" } });
  const count = () =>
    retryOnConflict(
      async () => {
        const read = await configMaps.get({ name: "counter" });
        await configMaps.update({ ...read, data: { count: `${Number(read.data?.count) + 1}` } });
      },
      { most: 50 },
    );
  await Promise.all(Array.from({ length: 10 }, count));
  expect((await configMaps.get({ name: "counter" })).data).toEqual({ count: "10" });
});

test("deleteAll deletes what its selector names, and nothing else", async ({ world }) => {
  await world.fresh();
  const configMaps = resource<ConfigMap>("v1", "configmaps").on(connectTo(world.backend));
  for (const name of ["old-one", "old-two", "new"])
    await configMaps.create({ metadata: { name, labels: { age: name.replace(/-.*/, "") } } });
  await configMaps.deleteAll({ labelSelector: "age=old" }, { dryRun: true });
  expect(await configMaps.list({ labelSelector: "age" }).toArray()).toHaveLength(3);
  await configMaps.deleteAll({ labelSelector: "age=old" });
  expect((await configMaps.list({ labelSelector: "age" }).toArray()).map(({ metadata }) => metadata.name)).toEqual([
    "new",
  ]);
});

test("the server's warnings are told", async ({ world }) => {
  await world.fresh();
  const labels = { "pod-security.kubernetes.io/warn": "restricted" };
  await world.backend.kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "strict", labels } } });
  const warnings: string[] = [];
  const deployments = resource<Deployment>("apps/v1", "deployments").in("strict");
  const warned = deployments.on(connectTo(world.backend, { onWarning: (warning) => warnings.push(warning) }));
  await warned.create({ metadata: { name: "web" }, spec: deploymentSpec("nginx:1.12", 1) });
  expect(warnings).toEqual([expect.stringMatching(/^would violate PodSecurity "restricted:latest": .*"web"/)]);
});
