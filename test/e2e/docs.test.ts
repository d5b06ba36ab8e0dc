/** The commands in the documentation, run in their order: each does what it is shown to do, without an error. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { grant, putAwsAuth } from "../acceptance/support/cluster.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";

/**
 * Lines `$ eks-lambda …` and a workflow's `run: npx eks-lambda …`, without redirections; with `--yes` where the page
 * shows a person's yes.
 */
const commandsOf = (page: string): readonly string[] =>
  [
    ...page.matchAll(
      /^(?:\$|\s+(?:- )?run:) (?:npx (?:--yes )?)?eks-lambda(?:@\S+)? ([^\n>|]+)(?:[^$`]+\[y\/N\] (y))?/gm,
    ),
  ].map(([, command = "", yes]) => (yes === undefined ? command : `${command} --yes`));

/** The role of the page on CI that deploys, mapped and permitted. */
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
    const { exit, stderr } = await world.run(here);
    expect(exit, `${command}\n${stderr}`).toBe(0);
  }
});

/** What undoes all is told early, and done last. */
const inOrder = (commands: readonly string[]): readonly string[] => {
  const undo = (command: string) => command.startsWith("teardown");
  return [...commands.filter((command) => !undo(command)), ...commands.filter(undo)];
};

test("what the README shows of setup is what setup shows", async ({ world }) => {
  const { backend, names, home, run, fresh } = world;
  await fresh();
  const entry = (name: string) => `- rolearn: arn:aws:iam::${names.account}:role/${name}\n  username: ${name}\n`;
  await putAwsAuth(backend, { mapRoles: ["nodes", "ada", "ci"].map(entry).join("") });
  const { stderr } = await run("setup --yes");
  const page = await readFile(repositoryFile("README.md"), "utf8");
  const shown = page.slice(page.indexOf("\ncluster demo") + 1, page.indexOf("\n\n$ npx eks-lambda invoke") + 1);
  // How long a step takes, and whether it was started by npx, differs.
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
