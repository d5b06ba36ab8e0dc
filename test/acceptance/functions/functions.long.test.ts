/** The functions of a demanding user, in a cluster: deployed by `setup`, with the rights that they declare. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resource } from "eks-lambda/lambda";
import { expect } from "vitest";
import { dynamo } from "../../support/dynamo.ts";
import { makeProject } from "../../support/project.ts";
import { listenInTest } from "../../support/server.ts";
import { connectTo } from "../client/connected.ts";
import { createBucket } from "../support/aws.ts";
import { grant, make } from "../support/cluster.ts";
import { relayTo } from "../support/relay.ts";
import { repositoryFile, run } from "../support/run.ts";
import { test, type World } from "../support/world.ts";
import { deploy, namespace, type Scenario, scenarios } from "./scenarios.ts";

async function prepare({ backend, home, fresh }: World, endpoint = backend.cluster.endpoint): Promise<void> {
  await fresh();
  await make(backend, "/api/v1/namespaces", { metadata: { name: namespace } });
  await makeProject(join(home, "project"), { ...backend.cluster, endpoint });
}

/** Returns how to call it. */
async function setup(
  { home, run }: World,
  { name, file, may, timeout = 30 }: Omit<Scenario, "play"> & { name: string },
  flags = "",
) {
  const entry = `--name ${name} --entry ${join(home, "project", file)}`;
  const { exit, stderr } = await run(
    `setup ${entry} --namespace ${namespace} --timeout ${timeout} --yes --no-kubeconfig ${flags}`,
  );
  expect(exit, stderr).toBe(0);
  const listed = JSON.parse((await run("list --json")).stdout);
  expect(listed).toMatchObject([{ name, may }]);
  return async (event: unknown): Promise<unknown> => {
    const { exit, stdout, stderr } = await run(`invoke --name ${name} --event -`, { stdin: JSON.stringify(event) });
    if (exit === 0) return JSON.parse(stdout);
    const [, message, code] = /^error (.*) \((\w+)\)$/ms.exec(stderr) ?? [];
    throw Object.assign(new Error(message ?? stderr), { name: code });
  };
}

test.for(scenarios)("$name", async (scenario, { world }) => {
  await prepare(world);
  await world.backend.failWith("no such table\n");
  await scenario.play({ kube: connectTo(world.backend), invoke: await setup(world, scenario) });
});

const may = ["patch deployments.apps @shop"];

test("powertools-tracer, from a bucket", async ({ world }) => {
  await prepare(world);
  await createBucket(world.backend, "eks-lambda-test-tracer");
  const tracer = { name: "tracer", file: "powertools/tracer.ts", may };
  const invoke = await setup(world, tracer, "--code-bucket eks-lambda-test-tracer");
  await deploy(connectTo(world.backend), "web");
  expect(await invoke({ name: "web" })).toBe(2);
});

test("powertools-idempotency, with its policy", async ({ world }) => {
  await prepare(world);
  const page = await readFile(repositoryFile("docs/powertools.md"), "utf8");
  const policy = join(world.home, "restarts.json");
  await writeFile(policy, /(?<=^```json\n).*?(?=^```)/ms.exec(page)?.[0] ?? "");
  const { host } = await listenInTest(dynamo(new Map()));
  // Lambda's runtime has the AWS SDK, and an endpoint of its own for it.
  const variables = `NODE_PATH=${repositoryFile("node_modules")} AWS_ENDPOINT_URL_DYNAMODB=http://${host}`;
  const idempotency = { name: "once", file: "powertools/idempotency.ts", may };
  const invoke = await setup(world, idempotency, `--policy ${policy} --env ${variables}`);
  await deploy(connectTo(world.backend), "web");
  const answers: unknown[] = [];
  for (const order of ["a", "a", "b", "a"]) answers.push(await invoke({ order, name: "web" }));
  expect(answers).toEqual([2, 2, 3, 2]);
});

test("two-clusters: rights in the other one are none of those that it declares", async ({ world }) => {
  const { backend } = world;
  const other = await relayTo(backend);
  try {
    await prepare(world, other.endpoint);
    const kube = connectTo(backend);
    const jobs = resource("batch/v1", "jobs");
    await make(backend, "/api/v1/namespaces", { metadata: { name: "batch" } });
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "nginx:1.12" }] } };
    for (const name of ["one", "two"])
      await jobs
        .in("batch")
        .on(kube)
        .create({ metadata: { name }, spec: { suspend: true, template } });
    const here = ["list jobs.batch @shop"];
    const invoke = await setup(world, { name: "two-clusters", file: "two-clusters.ts", may: here });
    await expect(invoke({})).rejects.toMatchObject({ name: "Forbidden", message: expect.stringContaining("batch") });
    // What `eks-lambda grant --cluster` does in another cluster: here, setup has mapped the role.
    await grant(backend, "eks-lambda:two-clusters", [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] }]);
    await expect.poll(() => invoke({}).catch(({ message }) => message)).toEqual({ here: 0, there: 2 });
    expect(other.connections()).toBeGreaterThan(0);
  } finally {
    await other.stop();
  }
});

test("all of them compile", async ({ world }) => {
  await prepare(world);
  const tsc = repositoryFile("node_modules/typescript/bin/tsc");
  const { exit, stdout } = await run(process.execPath, `${tsc} -p ${join(world.home, "project")}`, {});
  expect(exit, stdout).toBe(0);
});
