/** The functions of a demanding user, in a cluster: deployed by `setup`, with the rights that they declare. */
import { join } from "node:path";
import { resource } from "eks-lambda/lambda";
import { expect } from "vitest";
import { makeProject } from "../../support/project.ts";
import { connectTo } from "../client/connected.ts";
import { grant, make } from "../support/cluster.ts";
import { relayTo } from "../support/relay.ts";
import { repositoryFile, run } from "../support/run.ts";
import { test, type World } from "../support/world.ts";
import { namespace, type Scenario, scenarios } from "./scenarios.ts";

async function prepare({ backend, home, fresh }: World, endpoint = backend.cluster.endpoint): Promise<void> {
  await fresh();
  await make(backend, "/api/v1/namespaces", { metadata: { name: namespace } });
  await makeProject(join(home, "project"), { ...backend.cluster, endpoint });
}

/** Returns how to call it. */
async function setup(
  { home, run }: World,
  { name, file, may, timeout = 30 }: Omit<Scenario, "play"> & { name: string },
) {
  const entry = `--name ${name} --entry ${join(home, "project", file)}`;
  const { exit, stderr } = await run(
    `setup ${entry} --namespace ${namespace} --timeout ${timeout} --yes --no-kubeconfig`,
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
    const may = ["list jobs.batch @shop"];
    const invoke = await setup(world, { name: "two-clusters", file: "two-clusters.ts", may });
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
