/** The first lines of docs/cloudformation.md: its command, its template, and what they make. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { make } from "./support/cluster.ts";
import { repositoryFile } from "./support/run.ts";
import { stacksOf } from "./support/stacks.ts";
import { test } from "./support/world.ts";

const page = await readFile(repositoryFile("docs/cloudformation.md"), "utf8");
const [, setup = ""] = /^eks-lambda (setup (?:.*\\\n)*.*)$/m.exec(page) ?? [];
const [, template = ""] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
const [, stack = "", given = ""] =
  /^aws cloudformation deploy --stack-name (\S+) .*--parameter-overrides (.*)$/m.exec(page) ?? [];

test("the page's function, and its stack", async ({ world: { backend, run } }) => {
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
  const { exit, stderr } = await run(`${setup.replaceAll("\\\n", "")} --yes --no-kubeconfig`);
  expect(exit, stderr).toBe(0);
  const stacks = stacksOf(backend);
  const parameters = Object.fromEntries(given.split(" ").map((one) => one.split("=")));
  expect(await stacks.deploy(stack, template, { parameters })).toMatchObject({ status: "CREATE_COMPLETE" });
  const { body } = await backend.kube("GET", "/apis/apps/v1/namespaces/shop/deployments/web");
  expect(body).toMatchObject({
    spec: { template: { spec: { containers: [{ image: parameters.Image }] } } },
    status: { readyReplicas: 2 },
  });
  expect(await stacks.remove(stack)).toMatchObject({ status: "DELETE_COMPLETE" });
  expect((await backend.kube("GET", "/api/v1/namespaces/shop/services/web")).status).toBe(404);
});
