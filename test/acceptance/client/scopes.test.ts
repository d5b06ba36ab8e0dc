/** Handles for every namespace, for one, and for kinds without: each acts on the object that it names, and on no other. */
import { type Kube, resource, UsageError } from "eks-lambda/lambda";
import { expect } from "vitest";
import { test } from "../support/world.ts";
import { connectTo } from "./connected.ts";
import type { ConfigMap } from "./objects.ts";

const configMaps = resource<ConfigMap>("v1", "configmaps");
const labels = { scope: "all" };

let kube: Kube;
test.beforeEach(async ({ world }) => {
  await world.fresh();
  kube = connectTo(world.backend);
});

/** A ConfigMap of the same name in two namespaces. */
async function twins(name: string) {
  const all = configMaps.inAllNamespaces().on(kube);
  for (const namespace of ["default", "kube-public"]) await all.create({ metadata: { name, namespace, labels } });
  return all;
}

test("until in all namespaces waits for the object in its namespace, not for its twin", async () => {
  const all = await twins("twin");
  const isDone = ({ data }: ConfigMap) => data?.done === "yes";
  await all.patch({ name: "twin", namespace: "kube-public" }, { data: { done: "yes" } });
  const here = { name: "twin", namespace: "default" };
  await expect(all.until(here, isDone, { signal: AbortSignal.timeout(500) })).rejects.toMatchObject({
    code: "Timeout",
    message: expect.stringContaining('configmaps "twin" in default'),
  });
  const waiting = all.until(here, isDone, { signal: AbortSignal.timeout(20_000) });
  await all.patch(here, { data: { done: "yes" } });
  expect((await waiting).metadata.namespace).toBe("default");
});

test("what a list of all namespaces yields says where it is: a sweeper needs no cast", async () => {
  const all = await twins("swept");
  const places: string[] = [];
  for await (const { metadata } of all.list({ labelSelector: "scope=all" })) {
    places.push(metadata.namespace);
    await all.delete(metadata);
    await all.untilGone(metadata);
  }
  expect(places.sort()).toEqual(["default", "kube-public"]);
  expect(await all.list({ labelSelector: "scope=all" }).toArray()).toEqual([]);
});

const notServed = (path: string) => ({
  code: "ResourceNotServed",
  status: 404,
  message: `the API server does not serve ${path}`,
});

test("what the cluster does not serve is ResourceNotServed, and an object that is absent is NotFound", async () => {
  const at = { name: "web" };
  const widgets = resource("none.example/v1", "widgets").on(kube);
  const path = "/apis/none.example/v1/namespaces/default/widgets";
  await expect(widgets.get(at)).rejects.toMatchObject(notServed(`${path}/web`));
  await expect(widgets.list().toArray()).rejects.toMatchObject(notServed(path));
  await expect(widgets.until(at, () => true, { absent: "wait" })).rejects.toMatchObject(notServed(path));
  await expect(widgets.create({ metadata: at })).rejects.toMatchObject(notServed(path));
  await expect(widgets.delete(at)).rejects.toMatchObject(notServed(`${path}/web`));
  const mistyped = resource("apps/v1", "deployment").on(kube);
  const other = "/apis/apps/v1/namespaces/default/deployment/web";
  await expect(mistyped.patch(at, {})).rejects.toMatchObject(notServed(other));
  const node = resource("v1", "nodes").on(kube).get(at);
  await expect(node).rejects.toMatchObject(notServed("/api/v1/namespaces/default/nodes/web"));
  const scale = resource("v1", "configmaps").on(kube).scale({ name: "kube-root-ca.crt" });
  const unscaled = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt/scale";
  await expect(scale).rejects.toMatchObject(notServed(unscaled));
  const absent = { code: "NotFound", reason: "NotFound", details: { name: "web" } };
  await expect(configMaps.on(kube).get(at)).rejects.toMatchObject(absent);
  await expect(configMaps.on(kube).until(at, () => true)).rejects.toMatchObject(absent);
});

test("a kind without namespaces takes none, and a handle for one namespace takes no other", async () => {
  const namespaces = resource("v1", "namespaces").clusterScoped().on(kube);
  const { metadata } = await namespaces.get({ name: "kube-public" });
  expect((await namespaces.get(metadata)).metadata).toEqual(metadata);
  const at = { name: "kube-public", namespace: "default" } as { name: string };
  await expect(namespaces.get(at)).rejects.toBeInstanceOf(UsageError);
  await expect(namespaces.apply({ kind: "Namespace", metadata: at })).rejects.toBeInstanceOf(UsageError);
  const elsewhere = { name: "one", namespace: "kube-public" };
  await expect(configMaps.on(kube).create({ metadata: elsewhere })).rejects.toBeInstanceOf(UsageError);
});
