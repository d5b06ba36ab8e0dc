/** The complete output of each command. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import { definitions, parents } from "../../src/cli/definitions.ts";
import { type Outcome, run } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

/** Each command prepares the next. */
const story: readonly string[] = [
  "doctor",
  "setup --dry-run --cluster demo",
  "setup --cluster demo",
  "setup --cluster demo --yes",
  "setup --cluster demo",
  "list",
  "doctor",
  "doctor --role arn:aws:iam::111122223333:role/ci",
  `invoke --event '{"name":"web"}'`,
  `invoke --event '{"name":"web"}'`,
  `invoke --event '{"action":"check"}'`,
  "aws-auth restore",
  "teardown --dry-run",
  "teardown --yes",
  "teardown --yes",
  "setup --cluster dmeo",
  "setpu",
  "setup --custler demo",
  "--version",
];
const many = definitions.filter(({ often }) => often).map(({ name }) => name);
const helps = [
  ...["", ...definitions.map(({ name }) => name), ...Object.keys(parents)].map((name) => `${name} --help`),
  ...many.map((name) => `${name} --help --all`),
];

test("from doctor to teardown", { timeout: 120_000 }, async ({ world }) => {
  await world.fresh();
  for (const command of story) {
    const outcome = await world.run(command.replace("111122223333", world.names.account));
    expect(`$ eks-lambda ${command}\n${shown(outcome, world)}`).toMatchSnapshot();
  }
});

test("colour changes nothing but the colour", async ({ world }) => {
  await world.fresh();
  const plain = await world.run("setup --dry-run");
  const { stdout, stderr } = await world.run("setup --dry-run", { env: { FORCE_COLOR: "1" } });
  expect(stdout).toContain("\u001b[32m");
  expect({ stderr, stdout: stripVTControlCharacters(stdout) }).toEqual({ stdout: plain.stdout, stderr: plain.stderr });
});

test.for(helps)("eks-lambda %s", async (command, { world }) => {
  expect(shown(await world.run(command), world)).toMatchSnapshot();
});

test("NO_COLOR and CI leave no escape sequence, whatever the terminal can", async ({ world }) => {
  const { stdout, stderr } = await world.run("setup --dry-run", {
    env: { NO_COLOR: "1", CI: "1", TERM: "xterm-256color" },
  });
  expect(stdout + stderr).not.toContain("\u001b");
});

test("an error's code is a link to its part of the page about errors, where the terminal has links", async ({
  world,
}) => {
  const { stderr } = await world.run("setup --cluster none", { env: { FORCE_HYPERLINK: "1" } });
  const [, url = "", code] = /8;;(file:\S+?#\w+)\W(\w+)/.exec(stderr) ?? [];
  const page = await readFile(new URL(url), "utf8");
  expect(page).toContain(`<h3 id="${code?.toLowerCase()}">${code}</h3>\n`);
  expect(new URL(url).hash).toBe(`#${code?.toLowerCase()}`);
});

test("--quiet leaves the plan where it is the answer, and --json leaves stderr empty", async ({ world }) => {
  await world.fresh();
  const plan = await world.run("setup --dry-run --quiet");
  expect(plan).toMatchObject({ stderr: "", stdout: expect.stringMatching(/^cluster (.*\n)*.*\+ stack /) });
  const json = await world.run("setup --dry-run --json");
  expect({ stderr: json.stderr, ...JSON.parse(json.stdout) }).toMatchObject({ stderr: "", dryRun: true });
  expect(await world.run("setup --yes --quiet")).toEqual({ exit: 0, stdout: "", stderr: "" });
  const mistaken = await world.run("--json setup --clutser demo");
  expect({ ...mistaken, stderr: JSON.parse(mistaken.stderr) }).toEqual({
    exit: 2,
    stdout: "",
    stderr: {
      code: "UnknownFlag",
      message: "setup has no flag --clutser",
      hint: "did you mean `eks-lambda setup --json --cluster demo`? `eks-lambda setup --help --all` shows its flags",
    },
  });
});

test("a closed stdout ends the command quietly", async ({ world }) => {
  const cli = join(world.env.PATH ?? "", "eks-lambda");
  const outcome = await run("/bin/sh", `-c '${cli} setup --help | true; echo $?'`, world.env);
  expect(outcome).toEqual({ exit: 0, stdout: "0\n", stderr: "" });
});

test("a closed stderr does not stop the command", async ({ world }) => {
  const cli = join(world.env.PATH ?? "", "eks-lambda");
  const setup = `${cli} setup --yes --json 2>&1 >${world.home}/result | true; cat ${world.home}/result`;
  const { stdout } = await run("/bin/sh", `-c '${setup}'`, { ...world.env, PATH: `${world.env.PATH}:/usr/bin:/bin` });
  expect(JSON.parse(stdout).checks).toMatchObject([{ ok: true }, { ok: true }]);
});

test("a profile beside keys in the environment brings no warning of the SDK", async ({ world }) => {
  await mkdir(join(world.home, ".aws"));
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = world.env;
  const profile = `[mine]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
  await writeFile(join(world.home, ".aws/credentials"), profile);
  const { exit, stderr } = await world.run("setup --dry-run --profile mine");
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "dry run: nothing was written\n" });
});

/** Replaces values that differ between backends and runs. */
const shown = ({ exit, stdout, stderr }: Outcome, { names, backend, home }: World): string =>
  [stdout && `stdout:\n${stdout}`, stderr && `stderr:\n${stderr}`, `exit: ${exit}`]
    .filter(Boolean)
    .join("\n")
    .replace(/^.*: waiting for .*\n/gm, "")
    .replace(/^([✔✖] .*?) \d+(\.\d)? s$/gm, "$1 1.0 s")
    .replaceAll(home, "~")
    .replaceAll(backend.cluster.endpoint, "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com")
    .replaceAll(names.account, "111122223333")
    .replace(/(arn:aws:iam::111122223333):(user\/\w+|root)/g, "$1:user/ada")
    .replace(/\d+ of 4096/g, "500 of 4096")
    .replace(/clock \d s off/g, "clock 0 s off")
    .replace(/\d{4}-\d\d-\d\dT[\d.:-]+Z/g, "2026-01-02T03-04-05.000Z")
    .replace(/^\d+\.\d+\.\d+\S*$/m, "0.0.0")
    .replace(/(?<=\S) {2,}/g, "  ");
