/** A later version made the stack: what only reads goes on, and nothing calls this version an update. */
import { expect } from "vitest";
import { updateStack } from "./support/aws.ts";
import { test } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

test("setup, teardown and export refuse; invoke, list, doctor and logs go on", async ({ world }) => {
  await world.fresh();
  const { run, backend, names } = world;
  const worked = async (command: string) => {
    const { exit, stdout, stderr } = await run(command);
    expect(exit, stderr).toBe(0);
    return stdout;
  };
  await worked("setup --yes --no-kubeconfig");
  await updateStack(backend, names.stack, { parameters: { Version: "9.9.0" } });
  await worked("invoke");
  const version = (await worked("--version")).trim();
  expect(await worked("list")).toContain(`version  9.9.0, newer than this package (${version})\n`);
  expect(await worked("doctor")).toContain(`created by eks-lambda 9.9.0; this is ${version}`);
  expect(await worked("logs")).toContain("created Deployment");
  await writesOf(world);
  for (const command of ["setup --dry-run", "teardown --workloads --yes", "export --to sam 'my files'"]) {
    const { exit, stderr } = await run(command);
    expect([exit, stderr]).toEqual([1, expect.stringContaining("(MadeByNewer)\n")]);
    expect(stderr.trimEnd().endsWith(`npx eks-lambda@9.9.0 ${command}`), stderr).toBe(true);
  }
  expect(await writesOf(world)).toEqual([]);
});
