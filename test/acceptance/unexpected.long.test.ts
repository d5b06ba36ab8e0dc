/** An error that nobody foresaw: a person reads a message, and a stack trace with --verbose alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { preloading } from "./support/run.ts";
import { test } from "./support/world.ts";

const hint = "unexpected error; rerun with --verbose for a stack trace";

test("where nobody awaits it", async ({ world: { run, names } }) => {
  const env = preloading("test/acceptance/support/children/throw-later.mjs");
  const list = `list --cluster ${names.cluster}`;
  expect(await run(list, { env })).toEqual({
    exit: 1,
    stdout: "",
    stderr: `error the socket has no peer (TypeError)\nhint  ${hint}\n`,
  });
  const told = await run(`${list} --verbose`, { env });
  expect(told.stderr).toMatch(/^error the socket has no peer \(TypeError\)\nhint .*\nTypeError: the socket.*\n {4}at /);
  const { stderr } = await run(`${list} --json`, { env });
  expect(JSON.parse(stderr)).toEqual({ code: "TypeError", message: "the socket has no peer", hint });
});

test("in a folder that was deleted", async ({ world: { env, home, names } }) => {
  const cwd = await mkdtemp(join(home, "gone-"));
  const typed = `/bin/rmdir ${cwd} && exec ${env.PATH}/eks-lambda export --to kubectl --cluster ${names.cluster}`;
  const child = spawn("/bin/sh", ["-c", typed], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stderr, [exit]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(/^error .*\nhint .*\n$/) });
});
