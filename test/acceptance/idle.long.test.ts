/** A function in a VPC that was idle for weeks, so that Lambda has reclaimed its network interfaces. */
import { describe, expect } from "vitest";
import { deploymentNames } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const waits = /waiting for eks-lambda-demo-us-east-1, which was idle, to get its network interfaces again/;

async function idle(world: World): Promise<void> {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run("setup --yes --no-kubeconfig")).toMatchObject({ exit: 0 });
  backend.faults.idle(names.functionName);
}

describe("an idle function", () => {
  test("is waited for by invoke", async ({ world }) => {
    await idle(world);
    const { exit, stderr } = await world.run('invoke --event \'{"name":"web"}\'');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.stringMatching(waits) });
    expect(await deploymentNames(world)).toEqual(["web"]);
  });

  test("is waited for by setup's check", async ({ world }) => {
    await idle(world);
    const { exit, stderr } = await world.run("setup --yes --no-kubeconfig");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.stringMatching(/checks: .*which was idle/) });
  });

  test("is waited for by doctor, which finds nothing broken", async ({ world }) => {
    await idle(world);
    const { exit, stdout, stderr } = await world.run("doctor");
    expect({ exit, stderr }, stdout).toEqual({ exit: 0, stderr: expect.stringMatching(waits) });
    expect(stdout).toContain("it is idle: its next call waits for network interfaces");
  });
});
