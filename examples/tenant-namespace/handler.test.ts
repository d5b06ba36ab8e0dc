import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "eks-lambda/testing";
import type { ResourceQuota } from "kubernetes-types/core/v1.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import event from "./event.json" with { type: "json" };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ entry: fileURLToPath(new URL("handler.ts", import.meta.url)) });
});
afterAll(() => sandbox.stop());

const metadata = { name: "tenant", namespace: "tenant-acme" };
const quota = () => sandbox.admin.get<ResourceQuota>({ apiVersion: "v1", kind: "ResourceQuota", metadata });

test("gives a tenant a namespace with a quota and a group that may edit it", async () => {
  expect(await sandbox.invoke({ tenant: "acme" })).toMatchObject({ namespace: "tenant-acme", group: "tenant:acme" });
  expect((await quota()).spec?.hard).toEqual({ "requests.cpu": "4", "requests.memory": "8Gi" });
  const apiVersion = "rbac.authorization.k8s.io/v1";
  expect(await sandbox.admin.get({ apiVersion, kind: "RoleBinding", metadata })).toMatchObject({
    roleRef: { kind: "ClusterRole", name: "edit" },
    subjects: [{ kind: "Group", name: "tenant:acme" }],
  });
});

test("a second event changes the quota", async () => {
  await sandbox.invoke(event);
  expect((await quota()).spec?.hard).toEqual({ "requests.cpu": "8", "requests.memory": "16Gi" });
});

test("refuses a tenant whose namespace would be another", async () => {
  await expect(sandbox.invoke({ tenant: "../kube-system" })).rejects.toMatchObject({ name: "InvalidEvent" });
});

test("has no right that it does not use", () => {
  // No request has the verb `bind`: the API server looks for it when a RoleBinding is created.
  expect(sandbox.unusedRights()).toEqual(["bind clusterroles.rbac.authorization.k8s.io edit @*"]);
});
