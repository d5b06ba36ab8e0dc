/** A repeated request creates one Deployment. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deploymentNames } from "./support/cluster.ts";
import { as } from "./support/names.ts";
import { repositoryFile, run as runProgram } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
});

test("Lambda's retry of an event keeps the request id, and finds the Deployment", async ({ world }) => {
  const requestId = "8f6c2d4e-0000-4000-8000-1a2b3c4d5e6f";
  const name = `nginx-${requestId}`;
  expect(await runFunction(world, requestId)).toMatchObject({ action: "created", name });
  expect(await runFunction(world, requestId)).toEqual({
    action: "unchanged",
    kind: "Deployment",
    namespace: "default",
    name,
  });
  expect(await deploymentNames(world)).toEqual([name]);
});

test("an invocation whose response is lost is retried without creating a second Deployment", async ({ world }) => {
  const before = await deploymentNames(world);
  world.backend.faults.dropAnswer("lambda:Invoke");
  const { exit, stdout } = await world.run(`invoke --cluster ${world.names.cluster} --json`);
  const added = (await deploymentNames(world)).filter((name) => !before.includes(name));
  expect(added).toHaveLength(1);
  expect({ exit, result: JSON.parse(stdout) }).toEqual({
    exit: 0,
    result: { action: "unchanged", kind: "Deployment", namespace: "default", name: added[0] },
  });
});

/** Runs the built function as Lambda does: with its environment, its role's credentials, and a request id. */
async function runFunction({ backend, names, env, home }: World, requestId: string): Promise<unknown> {
  const { endpoint, ca } = backend.cluster;
  const environment = {
    ...as(await backend.assumeRole(names.role)),
    AWS_REGION: names.region,
    CLUSTER_NAME: names.cluster,
    CLUSTER_ENDPOINT: endpoint,
    CLUSTER_CA: ca,
    PATH: env.PATH,
  };
  // Without a package.json, `index.js` is CommonJS, as on Lambda.
  const code = join(home, "index.js");
  await copyFile(repositoryFile("dist/function/index.js"), code);
  const script = repositoryFile("test/acceptance/support/children/run-function.mjs");
  const { stdout, stderr } = await runProgram(process.execPath, `'${script}' ${code} {} ${requestId}`, environment);
  return JSON.parse(stdout || JSON.stringify({ stderr }));
}
