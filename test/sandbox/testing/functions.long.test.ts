/** The functions of a demanding user by `startSandbox`: what they do, and that they use each right that they declare. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { resource } from "../../../src/lambda/index.ts";
import { startSandbox } from "../../../src/testing/index.ts";
import { failing } from "../../acceptance/backend.ts";
import { deploy, namespace, scenarios } from "../../acceptance/functions/scenarios.ts";
import { dynamo } from "../../support/dynamo.ts";
import { makeProject } from "../../support/project.ts";
import { listenInTest } from "../../support/server.ts";
import { temporaryFolder } from "../../support/temporary.ts";

async function start(file: string, options: { timeout?: number | undefined; env?: Record<string, string> } = {}) {
  const project = await temporaryFolder();
  await makeProject(project, {});
  return startSandbox({ entry: join(project, file), namespace, ...options });
}

test.each(scenarios)("$name uses each of its rights", async ({ file, timeout, play }) => {
  await using sandbox = await start(file, { timeout });
  sandbox.images.set(failing.image, { exitCode: failing.exitCode, log: "no such table" });
  await play({ kube: sandbox.admin, invoke: (event) => sandbox.invoke(event) });
  // Nothing to watch where the list has it already.
  expect(sandbox.unusedRights().filter((right) => !right.startsWith("watch "))).toEqual([]);
});

const generation = async (admin: Parameters<typeof deploy>[0], name: string) =>
  (await resource("apps/v1", "deployments").on(admin).get({ name })).metadata.generation;

test("powertools-idempotency acts once for each key, and again after a failure", async () => {
  const items = new Map();
  const { host } = await listenInTest(dynamo(items));
  const env = { AWS_ENDPOINT_URL_DYNAMODB: `http://${host}` };
  await using sandbox = await start("powertools/idempotency.ts", { env });
  const order = { order: "a", name: "web" };
  await expect(sandbox.invoke(order)).rejects.toMatchObject({ name: "NotFound" });
  expect(items.size).toBe(0);
  await deploy(sandbox.admin, "web");
  for (const _ of "twice!") expect(await sandbox.invoke(order)).toBe(2);
  expect(await generation(sandbox.admin, "web")).toBe(2);
  expect(await sandbox.invoke({ ...order, order: "b" })).toBe(3);
  expect(items.size).toBe(2);
  await expect(sandbox.invoke({ name: "web" })).rejects.toMatchObject({ name: "IdempotencyPersistenceLayerError" });
  const { checks } = await sandbox.invoke<{ checks: { ok: boolean }[] }>({ "eks-lambda": "check" });
  expect(checks.every(({ ok }) => ok)).toBe(true);
});

test("powertools-tracer", async () => {
  await using sandbox = await start("powertools/tracer.ts");
  await deploy(sandbox.admin, "web");
  expect(await sandbox.invoke({ name: "web" })).toBe(2);
  await expect(sandbox.invoke({ name: "missing" })).rejects.toMatchObject({ name: "NotFound" });
});

test("powertools-logger logs JSON with Lambda's context", async () => {
  await using sandbox = await start("powertools/logger.ts");
  await deploy(sandbox.admin, "web");
  await sandbox.invoke({ name: "web" }, { requestId: "one" });
  const [line = ""] = sandbox.logs.at(-1)?.match(/^\{.*\}$/m) ?? [];
  expect(JSON.parse(line)).toMatchObject({
    ...{ level: "INFO", message: "restarted", service: "restart", deployment: "web", generation: 2 },
    ...{ function_request_id: "one", function_memory_size: "256", function_name: "testing", cold_start: true },
  });
});
