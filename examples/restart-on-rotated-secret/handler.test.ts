import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "eks-lambda/testing";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import event from "./event.json" with { type: "json" };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ entry: fileURLToPath(new URL("handler.ts", import.meta.url)), namespace: "shop" });
  await sandbox.admin.apply(deployment("web", "shop/db"));
  await sandbox.admin.apply(deployment("search", "shop/index"));
});
afterAll(() => sandbox.stop());

const deployment = (name: string, secret: string): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, annotations: { "example.com/secret": secret } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image: "nginx" }] } },
  },
});

const generation = async (name: string) =>
  (await sandbox.admin.get<Deployment>(deployment(name, ""))).metadata.generation;

test("restarts the Deployments that use the secret, and no others", async () => {
  const before = await generation("search");
  expect(await sandbox.invoke(event)).toEqual({ secret: "shop/db", restarted: ["web"] });
  expect(await generation("search")).toBe(before);
  expect(sandbox.unusedRights()).toEqual([]);
});

test("a retry of the same event changes nothing", async () => {
  await sandbox.invoke({ ...event, id: "b" });
  const before = await generation("web");
  await sandbox.invoke({ ...event, id: "b" });
  expect(await generation("web")).toBe(before);
});

test("refuses an event of another kind", async () => {
  await expect(sandbox.invoke({ id: "c", detail: {} })).rejects.toMatchObject({ name: "InvalidEvent" });
});
