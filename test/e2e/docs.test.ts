/** Runs the commands in the documentation in their order. Each one must succeed. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { grant, putAwsAuth } from "../acceptance/support/cluster.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";

/**
 * Returns lines `$ eks-lambda …` and a workflow's `run: npx eks-lambda …`, without redirections. Adds `--yes` where the
 * page shows the answer `y`.
 */
const commandsOf = (page: string): readonly string[] =>
  [
    ...page.matchAll(
      /^(?:\$|\s+(?:- )?run:) (?:npx (?:--yes )?)?eks-lambda(?:@\S+)? ([^\n>|]+)(?:[^$`]+\[y\/N\] (y))?/gm,
    ),
  ].map(([, command = "", yes]) => (yes === undefined ? command : `${command} --yes`));

/** Maps the deploying role of docs/ci.md and gives it its rights. */
const withCi = async ({ backend, names }: World) => {
  await putAwsAuth(backend, {
    mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/github-eks-lambda-deploy\n  username: ci\n`,
  });
  await grant(backend, "ci", [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }]);
};

test.for<readonly [page: string, commands: number, given?: (world: World) => Promise<void>]>([
  ["README.md", 4],
  ["docs/ci.md", 3, withCi],
])("%s", async ([page, count, given], { world }) => {
  await world.fresh();
  await given?.(world);
  const commands = commandsOf(await readFile(repositoryFile(page), "utf8"));
  expect(commands).toHaveLength(count);
  for (const command of inOrder(commands)) {
    const here = command.replaceAll("111122223333", world.names.account).replace("-- npx ", "-- ");
    const { exit, stderr } = await world.run(here, { env: { SHELL: "/bin/sh" } });
    expect(exit, `${command}\n${stderr}`).toBe(0);
  }
});

/** Moves commands that undo everything to the end. */
const inOrder = (commands: readonly string[]): readonly string[] => {
  const undo = (command: string) => command.startsWith("teardown");
  return [...commands.filter((command) => !undo(command)), ...commands.filter(undo)];
};

test("the output of setup in the README is what setup prints", async ({ world }) => {
  const { backend, names, home, run, fresh } = world;
  await fresh();
  const entry = (name: string) => `- rolearn: arn:aws:iam::${names.account}:role/${name}\n  username: ${name}\n`;
  await putAwsAuth(backend, { mapRoles: ["nodes", "ada", "ci"].map(entry).join("") });
  const { stderr } = await run("setup --yes");
  const page = await readFile(repositoryFile("README.md"), "utf8");
  const shown = page.slice(page.indexOf("\ncluster demo") + 1, page.indexOf("\n\n$ npx eks-lambda invoke") + 1);
  // Durations differ, and so does whether npx started it.
  const columns = (text: string) =>
    text
      .replace(/(?<=\S) {2,}/g, "  ")
      .replace(/^(✔ .*) \d[\d.]*( min \d+)? s$/gm, "$1")
      .replaceAll("npx eks-lambda", "eks-lambda");
  const told = stderr
    .replace(/^.*: waiting for .*\n/gm, "")
    .replace(/^you are .*/m, "you are arn:aws:iam::111122223333:user/ada")
    .replaceAll(names.account, "111122223333")
    .replaceAll(home, "~");
  expect(columns(told)).toBe(columns(shown.replace(/^apply these changes.*\n/m, "")));
});
