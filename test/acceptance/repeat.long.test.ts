/** A dry run and a second setup write nothing. */
import { describe, expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { tree } from "./support/disk.ts";
import { test } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

describe("setup --dry-run in an empty account", () => {
  test("says what it would do and writes nothing", async ({ world }) => {
    const { names, home, run } = world;
    const before = await tree(home);
    await writesOf(world);
    const { exit, stdout, stderr } = await run(`setup --cluster ${names.cluster} --dry-run`);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "dry run: nothing was written\n" });
    expect(stdout).toContain(`  + aws-auth    kube-system/aws-auth`);
    expect(await writesOf(world)).toEqual([]);
    expect(await tree(home)).toEqual(before);
  });
});

test("two at once set it up together", async ({ world: { names, run, fresh } }) => {
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  for (const { exit, stderr } of await Promise.all([run(setup), run(setup)])) expect(exit, stderr).toBe(0);
  expect(JSON.parse((await run(`${setup} --json`)).stdout).changes).toEqual([
    expect.objectContaining({ step: "stack", action: "unchanged" }),
    ...["aws-auth", "rbac", "rbac"].map((step) => expect.objectContaining({ step, action: "unchanged" })),
  ]);
});

test("two at once tear it down together", async ({ world: { backend, names, run, fresh } }) => {
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
  const teardown = `teardown --cluster ${names.cluster} --yes --no-kubeconfig`;
  for (const { exit, stderr } of await Promise.all([run(teardown), run(teardown)])) expect(exit, stderr).toBe(0);
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
});

describe("after setup", () => {
  test.beforeAll(async ({ world: { run, names } }) => {
    expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  });

  test.for(["setup", "setup --dry-run"])("%s finds all unchanged and writes nothing", async (command, { world }) => {
    const { names, home, run } = world;
    const before = await tree(home);
    await writesOf(world);
    const { exit, stdout } = await run(`${command} --cluster ${names.cluster} --json`);
    const { changes } = JSON.parse(stdout);
    expect(exit).toBe(0);
    expect(changes.map(({ step, action }: { step: string; action: string }) => `${step} ${action}`)).toEqual([
      "stack unchanged",
      "aws-auth unchanged",
      "rbac unchanged",
      "rbac unchanged",
      "kubeconfig unchanged",
    ]);
    expect(await writesOf(world)).toEqual([]);
    expect(await tree(home)).toEqual(before);
  });
});
