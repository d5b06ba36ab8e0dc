/** `--dry-run --detailed-exitcode`: 0 without changes, 2 with changes, and 1 for everything else, as Terraform's plan. */
import { expect } from "vitest";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const flags = "--dry-run --detailed-exitcode";
const role = ({ names }: World) => `--role arn:aws:iam::${names.account}:role/ci`;
const pods = "--allow 'get pods'";

async function exits(world: World, commands: readonly string[]): Promise<Readonly<Record<string, number | null>>> {
  const ended: Record<string, number | null> = {};
  for (const command of commands) {
    const { exit } = await world.run(command.replace("ROLE", role(world)));
    ended[command] = exit;
  }
  return ended;
}

test("tells whether there are changes", async ({ world }) => {
  await world.fresh();
  await world.backend.assumeRole("ci");
  await writesOf(world);
  const [grant, revoke] = [`grant ROLE ${pods}`, "revoke ROLE"];
  const all = ["setup", "teardown", grant, revoke].map((command) => `${command} ${flags}`);
  const [setup, teardown] = all;
  expect(Object.values(await exits(world, all))).toEqual([2, 0, 2, 0]);
  expect(Object.values(await exits(world, [`${setup} --json`, `${setup} --quiet`]))).toEqual([2, 2]);
  expect(await writesOf(world)).toEqual([]);
  expect(Object.values(await exits(world, ["setup --yes", `${grant} --yes`]))).toEqual([0, 0]);
  expect(Object.values(await exits(world, all))).toEqual([0, 2, 0, 2]);
  expect(Object.values(await exits(world, [`${setup} --memory 512`, `${teardown} --aws-only`]))).toEqual([2, 2]);
  expect(Object.values(await exits(world, [`setup --dry-run --memory 512`, "teardown --dry-run"]))).toEqual([0, 0]);
});

test.for([
  ["a value that cannot be", `setup ${flags} --memory 1`],
  ["a flag that nobody knows", `setup ${flags} --memroy 512`],
  ["the flag misspelled", "setup --dry-run --detailed-exit-code"],
  ["the flag as Terraform writes it", "setup --dry-run -detailed-exitcode"],
  ["the flag without --dry-run", "setup --detailed-exitcode"],
  ["a cluster that is not there", `setup ${flags} --cluster none`],
  ["no role", `grant ${flags} ${pods}`],
  ["an action that is forbidden", `setup ${flags}`],
] as const)("%s ends with 1", async ([, command], { world }) => {
  await world.fresh();
  world.backend.faults.forbid("iam:GetRole");
  expect(await world.run(command)).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^error /m) });
});
