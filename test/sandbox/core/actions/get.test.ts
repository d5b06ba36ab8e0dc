/** get, against the sandbox. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { defaultAllowed } from "../../../../src/core/actions/allowed.ts";
import { connectByToken } from "../../../../src/core/kube/connection.ts";
import { createHandler } from "../../../../src/lambda/handler.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
const call = callerOf(used);
const path = "/api/v1/namespaces/default/configmaps";
const flags = (data: object) => ({ body: { metadata: { name: "flags" }, data } });
const allowed = allowedOf("get:configmaps");
const get = (event: object = {}, more = {}) => call({ action: "get", name: "flags", ...event }, { allowed, ...more });

const about = { action: "read", kind: "ConfigMap", namespace: "default", name: "flags" };

test("reads an object, without managedFields, and a value in it", async () => {
  await kube("POST", path, flags({ mode: "blue" }));
  const { value, ...answer } = await get();
  expect(answer).toEqual(about);
  expect(value).toMatchObject({ kind: "ConfigMap", metadata: { name: "flags" }, data: { mode: "blue" } });
  expect(value).not.toHaveProperty("metadata.managedFields");
  expect(await get({ jsonPath: "{.data.mode}" })).toEqual({ ...about, value: "blue" });
  expect(await get({ jsonPath: ".data.absent" })).toEqual({ ...about, value: "" });
});

test("waits for the object, then for the value", async () => {
  const waiting = get({ jsonPath: ".data.mode", wait: true });
  await sleep(200);
  await kube("POST", path, flags({ other: "1" }));
  await sleep(200);
  await kube("PATCH", `${path}/flags`, { body: { data: { mode: "blue" } }, type: "application/merge-patch+json" });
  expect(await waiting).toEqual({ ...about, value: "blue" });
});

test("says what it waited for when the time is up", async () => {
  const remainingMs = 1_500;
  const late = {
    name: "Timeout",
    message: expect.stringContaining('configmaps "flags" in default: it does not exist'),
  };
  await expect(get({ wait: true }, { remainingMs })).rejects.toMatchObject(late);
  await kube("POST", path, flags({}));
  await expect(get({ jsonPath: ".data.mode", wait: true }, { remainingMs })).rejects.toMatchObject({
    ...{ name: "Timeout", message: expect.stringContaining('configmaps "flags" in default: .data.mode is empty') },
  });
});

test("is refused for what was not allowed, for what is not there, and for a path that names no place", async () => {
  await expect(get()).rejects.toMatchObject({ name: "NotFound" });
  await expect(get({}, { allowed: allowedOf("get:configmaps/other") })).rejects.toMatchObject({ name: "NotAllowed" });
  await expect(get({}, { allowed: defaultAllowed })).rejects.toMatchObject({ name: "NotAllowed" });
  await expect(get({ namespace: "shop" })).rejects.toMatchObject({ name: "NotAllowed" });
  await expect(get({ jsonPath: ".items[?(@.a)]" })).rejects.toMatchObject({
    ...{ name: "InvalidEvent", message: expect.stringContaining("a JSONPath of fields, indexes and `*`") },
  });
});

test("the value is not in the function's log", async () => {
  await kube("POST", path, flags({ mode: "hunter2" }));
  const { cluster, adminToken } = sandbox();
  const lines: string[] = [];
  const handler = createHandler({
    environment: { CLUSTER_NAME: cluster.name, CLUSTER_ENDPOINT: cluster.endpoint, CLUSTER_CA: cluster.ca },
    connection: connectByToken(cluster.endpoint, cluster.ca, async () => adminToken),
    allowed,
    log: (line) => lines.push(line),
  });
  const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 10_000 };
  for (const jsonPath of [undefined, ".data.mode"]) {
    const answer = await handler({ action: "get", name: "flags", ...(jsonPath && { jsonPath }) }, context);
    expect(JSON.stringify(answer)).toContain("hunter2");
  }
  expect(lines.map((line) => JSON.parse(line).result)).toEqual([about, about]);
  expect(lines.join()).not.toContain("hunter2");
});
