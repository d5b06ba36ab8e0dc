/** The function's initialisation, on AWS's runtimes and a real API server. */
import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { describe, expect, onTestFinished } from "vitest";
import { deploymentNames, deployments, grant, putAwsAuth } from "../acceptance/support/cluster.ts";
import { as, credentialsOf } from "../acceptance/support/names.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import type { RealBackend } from "./backend/index.ts";

const mayCreate = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }];
const real = ({ backend }: World) => backend as RealBackend;

test.beforeEach(async ({ world }) => world.fresh());

describe.each(["nodejs22.x", "nodejs24.x"] as const)("on %s", (runtime) => {
  test("the first event after initialisation sends one request to the API server, like later events", async ({
    world,
  }) => {
    const { backend, names, run } = world;
    const username = runtime.replace(".", "-");
    expect(await run(`setup --yes --no-kubeconfig --username ${username}`)).toMatchObject({ exit: 0 });
    const lambda = new LambdaClient({
      region: backend.region,
      credentials: credentialsOf(backend),
      endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
    });
    const other = { FunctionName: names.functionName, Runtime: runtime, Description: "as a new environment" };
    await lambda.send(new UpdateFunctionConfigurationCommand(other));
    const before = (await real(world).requestsOf(username)).length;
    for (const name of ["first", "second"])
      expect(await run(`invoke --event '{"name":"${name}"}'`)).toMatchObject({ exit: 0 });
    const create = `create ${deployments()}?fieldManager=eks-lambda`;
    const requests = (await real(world).requestsOf(username)).slice(before);
    expect(requests).toEqual(["get /version", create, create]);
  });
});

test("a warm-up before the role is mapped does not break the first call after the mapping", async ({ world }) => {
  await grant(world.backend, "later", mayCreate);
  const { initialised, call } = await environment(world);
  await initialised;
  await putAwsAuth(world.backend, { mapRoles: mapping(world, "later") });
  await mapped(world);
  expect(await call("late")).toMatchObject({ action: "created", name: "nginx-late" });
});

test("100 environments at once create 100 Deployments, each once", { timeout: 240_000 }, async ({ world }) => {
  await grant(world.backend, "hundred", mayCreate);
  await putAwsAuth(world.backend, { mapRoles: mapping(world, "hundred") });
  await mapped(world);
  const ids = Array.from({ length: 100 }, (_, at) => `${at}`);
  const before = (await real(world).requestsOf("hundred")).length;
  const results = await Promise.all(ids.map(async (id) => (await environment(world)).call(id)));
  expect(results).toEqual(ids.map((id) => expect.objectContaining({ action: "created", name: `nginx-${id}` })));
  expect(await deploymentNames(world)).toEqual(ids.map((id) => `nginx-${id}`).sort());
  const requests = (await real(world).requestsOf("hundred")).slice(before);
  expect(requests.filter((request) => request.startsWith("create "))).toHaveLength(100);
});

const mapping = ({ names }: World, username: string) => `- rolearn: ${names.roleArn}\n  username: ${username}\n`;

/** Waits until the authenticator has read aws-auth. */
async function mapped({ backend, names, run }: World): Promise<void> {
  const env = as(await backend.assumeRole(names.role));
  const { stdout } = await run(`token --cluster ${names.cluster}`, { env });
  const { token } = JSON.parse(stdout).status;
  const status = async () => (await backend.kube("GET", "/version", { token })).status;
  await expect.poll(status, { interval: 50 }).toBe(200);
}

/** An execution environment of the built function, with credentials of its own. */
async function environment({ backend, names, home, env }: World) {
  // Without a package.json, `index.js` is CommonJS, as on Lambda.
  const code = join(home, "index.js");
  await copyFile(repositoryFile("dist/function/index.js"), code);
  const { endpoint, ca } = backend.cluster;
  const child = spawn(process.execPath, [repositoryFile("test/e2e/support/environment.mjs"), code], {
    env: {
      ...as(await backend.assumeRole(names.role)),
      AWS_REGION: names.region,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      CLUSTER_NAME: names.cluster,
      CLUSTER_ENDPOINT: endpoint,
      CLUSTER_CA: ca,
      PATH: env.PATH,
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "null");
  const initialised = next();
  return {
    initialised,
    async call(requestId: string): Promise<unknown> {
      await initialised;
      child.stdin.write(`${requestId}\n`);
      return next();
    },
  };
}
