/** Without a terminal, nothing is changed unless `--yes` is given. */
import { expect } from "vitest";
import { tree } from "./support/disk.ts";
import { test } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const needed = `error cannot ask "apply these changes?": this is not an interactive terminal (ConfirmationNeeded)
hint  rerun with --yes to go ahead without a question
`;

test.for([
  ["no terminal", ""],
  ["a no that is piped in", "n\n"],
  ["a yes that is piped in", "y\n"],
] as const)("setup with %s shows its plan and changes nothing", async ([, stdin], { world }) => {
  const { names, home, run, fresh } = world;
  await fresh();
  const before = await tree(home);
  await writesOf(world);
  const { exit, stdout, stderr } = await run(`setup --cluster ${names.cluster}`, { stdin });
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
  for (const step of ["stack", "aws-auth", "rbac", "kubeconfig"])
    expect(stderr).toMatch(new RegExp(`^ {2}\\+ ${step} `, "m"));
  expect(stderr.endsWith(needed), stderr).toBe(true);
  expect(await writesOf(world)).toEqual([]);
  expect(await tree(home)).toEqual(before);
});

test("a setup without changes continues with the checks", async ({ world }) => {
  const { names, run, fresh } = world;
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  await writesOf(world);
  const { exit, stdout } = await run(`setup --cluster ${names.cluster} --json`);
  expect({ exit, checks: JSON.parse(stdout).checks.map(({ ok }: { ok: boolean }) => ok) }).toEqual({
    exit: 0,
    checks: [true, true],
  });
  expect(await writesOf(world)).toEqual([]);
});
