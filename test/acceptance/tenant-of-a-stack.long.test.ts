/** examples/tenant-of-a-stack as it is: setup deploys its function, CloudFormation its template. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { repositoryFile } from "./support/run.ts";
import { stacksOf } from "./support/stacks.ts";
import { test } from "./support/world.ts";

const folder = repositoryFile("examples/tenant-of-a-stack");

test("a tenant's namespace comes, changes and goes with its stack", async ({ world }) => {
  await world.fresh();
  const { run, names, backend } = world;
  const { exit, stderr } = await run(`setup --yes --no-kubeconfig --name tenants --entry ${folder}/handler.ts`);
  expect(exit, stderr).toBe(0);
  const stacks = stacksOf(backend);
  const template = await readFile(`${folder}/template.yml`, "utf8");
  const [{ functionName }] = JSON.parse((await run("list --json")).stdout);
  const parameters = { Function: names.functionArn.replace(names.functionName, functionName) };
  expect(await stacks.deploy("tenants", template, { parameters })).toMatchObject({
    ...{ status: "CREATE_COMPLETE", outputs: { Namespace: "tenant-acme" }, failures: [] },
  });
  const quota = async () =>
    (await backend.kube("GET", "/api/v1/namespaces/tenant-acme/resourcequotas/tenant")).body.spec?.hard;
  expect(await quota()).toEqual({ pods: "50" });
  expect(await stacks.deploy("tenants", template.replace("pods: 50", "pods: many"), { parameters })).toMatchObject({
    ...{ status: "UPDATE_ROLLBACK_COMPLETE", failures: [expect.stringContaining("InvalidEvent: ")] },
  });
  const changed = template.replace("pods: 50", "pods: 5");
  expect(await stacks.deploy("tenants", changed, { parameters })).toMatchObject({ status: "UPDATE_COMPLETE" });
  expect(await quota()).toEqual({ pods: "5" });
  expect(await stacks.remove("tenants")).toMatchObject({ status: "DELETE_COMPLETE" });
  const namespace = async () => (await backend.kube("GET", "/api/v1/namespaces/tenant-acme")).body;
  await expect
    .poll(async () => (await namespace()).reason ?? (await namespace()).status?.phase)
    .toMatch(/^(NotFound|Terminating)$/);
});
