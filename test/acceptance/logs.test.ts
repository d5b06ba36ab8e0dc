/** `logs`: the function's log. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { test, type World } from "./support/world.ts";

const failing = `invoke --event '{"name":"web","namespace":"kube-system"}'`;

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
  expect(await run(`invoke --event '{"name":"web"}'`)).toMatchObject({ exit: 0 });
  expect(await run(failing)).toMatchObject({ exit: 1 });
});

test("shows invocations and errors, from a time on, in text and as JSON", async ({ world: { run } }) => {
  const { exit, stdout, stderr } = await run("logs");
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toMatch(/^\S+Z {2}✔ create {2}created Deployment default\/web {2}\d+ ms, request \S+$/m);
  expect(stdout).toMatch(
    /^\S+Z {2}✖ create {2}.* is not allowed for this function \(NotAllowed\) .*\n {4}hint {2}eks-lambda/m,
  );
  expect(stdout).toMatch(/^\S+Z {2}START RequestId: /m);

  const lines = (await run("logs --json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const entries = lines.flatMap(({ message }) => (message.startsWith("{") ? [JSON.parse(message)] : []));
  expect(entries.map(({ level, action }) => `${level} ${action}`)).toEqual(
    expect.arrayContaining(["INFO create", "INFO check", "ERROR create"]),
  );
  await sleep(10);
  expect(await run("logs --since 0s")).toMatchObject({
    exit: 0,
    stdout: "",
    stderr: expect.stringMatching(/^no events in \/aws\/lambda\/\S+ since \S+; --since 7d looks further back\n$/),
  });
});

test("--errors shows errors alone, each once, and --tail the last ones", async ({ world: { run } }) => {
  const shown = (await run("logs")).stdout;
  expect(shown.match(/\(NotAllowed\)/g)).toHaveLength(1);
  expect(shown).not.toContain("Invoke Error");
  const errors = await run("logs --errors");
  expect(errors.stdout).toMatch(/^\S+Z {2}✖ create {2}[^\n]* \(NotAllowed\) [^\n]*\n {4}hint {2}eks-lambda[^\n]*\n$/);
  const data = (await run("logs --errors --json")).stdout.trimEnd().split("\n");
  expect(data.map((line) => JSON.parse(JSON.parse(line).message).code)).toEqual(["NotAllowed"]);
  const said = shown.replace(/^\S+Z {2}(INIT_START|START|END|REPORT) .*\n/gm, "");
  expect((await run("logs --tail 1")).stdout).toBe(errors.stdout);
  expect((await run("logs --tail 99")).stdout).toBe(said);
  expect(JSON.parse((await run("logs --tail 1 --json")).stdout).message).toContain("NotAllowed");
  expect((await run("logs --tail 1 --errors")).stdout).toBe(errors.stdout);
  expect(await run("logs --tail 0")).toMatchObject({
    exit: 2,
    stderr: 'error --tail is "0"; it must be a number of events, 1 or more (InvalidFlag)\n',
  });
  await sleep(10);
  expect((await run("logs --errors --since 0s")).stderr).toMatch(/^no errors in /);
  expect((await run("logs --tail 1 --since 0s")).stderr).toMatch(/^no events by the function itself in /);
});

test("--follow shows what happens next, until Ctrl-C", async ({ world }) => {
  const { child, lines } = following(world);
  const shown: string[] = [];
  let isInvoked = false;
  for await (const line of lines) {
    shown.push(line);
    if (!isInvoked) await world.run(`invoke --event '{"name":"followed"}'`);
    isInvoked = true;
    if (line.includes("default/followed")) break;
  }
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  expect(shown.filter((line) => line.includes("default/web"))).toHaveLength(1);
});

function following({ env }: World) {
  const child = spawn(`${env.PATH}/eks-lambda`, ["logs", "--follow"], { env, stdio: ["ignore", "pipe", "ignore"] });
  return { child, lines: createInterface({ input: child.stdout }) };
}
