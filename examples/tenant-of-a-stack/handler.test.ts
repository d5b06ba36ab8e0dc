import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "eks-lambda/testing";
import type { ResourceQuota } from "kubernetes-types/core/v1.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStack } from "./stack.ts";

let stack: Awaited<ReturnType<typeof startStack>>;
let sandbox: Sandbox;
beforeAll(async () => {
  stack = await startStack("tenants");
  const entry = fileURLToPath(new URL("handler.ts", import.meta.url));
  sandbox = await startSandbox({ entry, env: stack.env });
});
afterAll(async () => {
  await sandbox.stop();
  await stack.stop();
});

const namespaces = async () =>
  (await sandbox.admin.list({ apiVersion: "v1", kind: "Namespace" }))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith("tenant-"));
const pods = async (namespace: string) => {
  const metadata = { name: "tenant", namespace };
  const { spec } = await sandbox.admin.get<ResourceQuota>({ apiVersion: "v1", kind: "ResourceQuota", metadata });
  return spec?.hard?.pods;
};
const acme = { ResourceProperties: { tenant: "acme", pods: "50" } };
const made = { PhysicalResourceId: "tenant-acme" };

test("a stack makes a tenant's namespace, with a quota", async () => {
  expect(await stack.send(sandbox, "Create", acme)).toMatchObject({
    ...{ Status: "SUCCESS", ...made, Data: { Namespace: "tenant-acme" } },
  });
  expect(await pods("tenant-acme")).toBe("50");
});

test("an update changes the quota, and keeps the id", async () => {
  const change = { ResourceProperties: { tenant: "acme" }, OldResourceProperties: acme.ResourceProperties };
  expect(await stack.send(sandbox, "Update", { ...made, ...change })).toMatchObject({ Status: "SUCCESS", ...made });
  expect(await pods("tenant-acme")).toBe("20");
});

test("another tenant has another id, and CloudFormation deletes the one before", async () => {
  const change = { ResourceProperties: { tenant: "blue" }, OldResourceProperties: acme.ResourceProperties };
  const { PhysicalResourceId } = await stack.send(sandbox, "Update", { ...made, ...change });
  expect(PhysicalResourceId).toBe("tenant-blue");
  expect(await stack.send(sandbox, "Delete", { ...made, ...acme })).toMatchObject({ Status: "SUCCESS" });
  await expect.poll(namespaces).toEqual(["tenant-blue"]);
});

test("another stack neither changes nor deletes it", async () => {
  const other = { StackId: "other", ResourceProperties: { tenant: "blue" } };
  const refused = await stack.send(sandbox, "Create", other);
  expect(refused).toMatchObject({ Status: "FAILED", Reason: "Error: the namespace tenant-blue is not of this stack" });
  const { PhysicalResourceId } = refused;
  expect(await stack.send(sandbox, "Delete", { ...other, PhysicalResourceId })).toMatchObject({ Status: "SUCCESS" });
  expect(await namespaces()).toEqual(["tenant-blue"]);
});

test("properties that are not valid make nothing", async () => {
  const wrong = { ResourceProperties: { tenant: "../kube-system", pods: "many" } };
  expect(await stack.send(sandbox, "Create", wrong)).toMatchObject({
    ...{ Status: "FAILED", Reason: expect.stringMatching(/^InvalidEvent: .*tenant: .*pods: /) },
  });
});

test("has no right that it does not use", () => expect(sandbox.unusedRights()).toEqual([]));
