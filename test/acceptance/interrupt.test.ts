/** Ctrl-C: exit code 130, and what is done so far. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { preloading, words } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

/** Interrupts a command before it sends this request. */
async function interrupted({ env, home }: World, command: string, request: string) {
  const HOLD = join(home, "hold");
  await mkdir(HOLD);
  const holding = { ...preloading("test/acceptance/support/children/hold-request.mjs"), HOLD, HOLD_BEFORE: request };
  const child = spawn(`${env.PATH}/eks-lambda`, words(command), {
    env: { ...env, ...holding },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  await expect.poll(() => readdir(HOLD)).toContain("1");
  child.kill("SIGINT");
  const [stdout, stderr, [exit]] = await ended;
  return { exit, stdout, stderr };
}

test.beforeEach(({ world }) => world.fresh());

const setup = ({ cluster }: World["names"]) => `setup --cluster ${cluster} --yes --no-kubeconfig`;

test("with --json, it is an error as JSON before anything is changed", async ({ world }) => {
  const { exit, stdout, stderr } = await interrupted(world, `${setup(world.names)} --json`, "DescribeStacks");
  expect({ exit, stdout, error: JSON.parse(stderr) }).toEqual({
    ...{ exit: 130, stdout: "" },
    error: { code: "Interrupted", message: "interrupted: nothing was changed" },
  });
});

test("with --json, it has the steps and how far they are", async ({ world }) => {
  const { exit, stdout, stderr } = await interrupted(world, `${setup(world.names)} --json`, "ExecuteChangeSet");
  expect({ exit, stdout, error: JSON.parse(stderr) }).toEqual({
    ...{ exit: 130, stdout: "" },
    error: {
      code: "Interrupted",
      message: "interrupted: run the same command again to complete it",
      steps: [
        { title: `stack ${world.names.stack}`, state: "in progress" },
        ...["aws-auth kube-system/aws-auth", "rbac", "rbac", "checks"].map((title) => ({
          ...{ title: expect.stringContaining(title), state: "not started" },
        })),
      ],
    },
  });
});

test("of a smoke test, it has the command that removes what was made", async ({ world }) => {
  const { exit, stderr } = await interrupted(world, "smoke --yes", "ExecuteChangeSet");
  expect(exit).toBe(130);
  const [, id] =
    /\ninterrupted: the smoke test ([0-9a-f]{6}) ends here; .*: eks-lambda smoke --clean --run \1\n$/.exec(stderr) ??
    [];
  expect(id, stderr).toBeDefined();
  expect(await world.run(`smoke --clean --run ${id} --yes`)).toMatchObject({ exit: 0 });
});

test("without it, it is text", async ({ world }) => {
  const { exit, stderr } = await interrupted(world, setup(world.names), "ExecuteChangeSet");
  expect(exit).toBe(130);
  expect(stderr).toMatch(/\ninterrupted: these steps were planned\n {2}~ stack \S+ was in progress and may still/);
});
