/** Environment variables of the function: what `--env` says reaches the function literally, and is kept until another run changes it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { configureFunction, environmentOf, parametersOf, updateStack } from "./support/aws.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const code = `exports.handler = async (names) => names.map((name) => process.env[name] ?? null);\n`;

async function deployed(world: World, flags = "") {
  const outcome = await world.run(
    `setup --name env --entry ${join(world.home, "env.cjs")} --allow 'get pods' --yes ${flags}`,
  );
  expect(outcome.exit, outcome.stderr).toBe(0);
  return outcome.stderr;
}
const seen = async ({ run }: World, ...names: readonly string[]) => {
  const { exit, stdout, stderr } = await run(`invoke --name env --event '${JSON.stringify(names)}'`);
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout);
};
const changes = (stderr: string) => stderr.match(/^ {6}[-+] env .*$/gm);
/** The names of what setup made. */
const place = async ({ run }: World): Promise<{ stack: string; functionName: string }> =>
  JSON.parse((await run("list env --json")).stdout);

/** Someone changes and removes variables of the function by hand. */
async function meddle(world: World, removed: readonly string[], changed: Readonly<Record<string, string>>) {
  const { functionName } = await place(world);
  const before = Object.entries(await environmentOf(world, functionName)).filter(([name]) => !removed.includes(name));
  const Variables = { ...Object.fromEntries(before), ...changed };
  await configureFunction({ ...world, names: { ...world.names, functionName } }, { Environment: { Variables } });
}

test.beforeEach(async ({ world }) => {
  await world.fresh();
  await writeFile(join(world.home, "env.cjs"), code);
});

test("they are set, kept, changed and removed one by one, and the plan shows it", async ({ world }) => {
  const first = await deployed(world, "--env TABLE=orders 'GREETING=good day' --env LIMIT=5");
  expect(changes(first)).toEqual([
    '      + env GREETING: "good day"',
    '      + env LIMIT: "5"',
    '      + env TABLE: "orders"',
  ]);
  expect(await seen(world, "TABLE", "GREETING", "LIMIT")).toEqual(["orders", "good day", "5"]);

  await writesOf(world);
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
  expect(await deployed(world, "--env LIMIT=5 OTHER-")).toMatch(/= stack .* unchanged\n/);
  expect(await writesOf(world)).toEqual([]);

  expect(changes(await deployed(world, "--env LIMIT=6 GREETING- EMPTY="))).toEqual([
    '      - env GREETING: "good day"',
    '      - env LIMIT: "5"',
    '      + env EMPTY: ""',
    '      + env LIMIT: "6"',
  ]);
  expect(await seen(world, "TABLE", "GREETING", "LIMIT", "EMPTY")).toEqual(["orders", null, "6", ""]);
  expect(changes(await deployed(world, "--env LIMIT- TABLE- EMPTY-"))).toHaveLength(3);
  expect(await seen(world, "TABLE", "LIMIT", "EMPTY")).toEqual([null, null, null]);
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
});

test("any text reaches the function as it is, whatever CloudFormation, SAM and YAML make of such text", async ({
  world,
}) => {
  const values = {
    REFERENCE: `\${AWS::AccountId} \${ClusterCa} !Ref ClusterCa !Sub x`,
    OBJECT: '{"Ref": "ClusterCa", "Fn::GetAtt": ["Function", "Arn"]}',
    YAML: 'a: b # c\n- "d"\n\t*e &f %g @h \\ `i`',
    NO: "yes",
    NUMBER: "0x1f",
    CHARACTERS: "ä\u0085 \u2028 😀 $& $1 {{resolve",
    JSON_TEXT: '["a", 1, null]',
    QUOTES: `"" "" \\" \\\\`,
  };
  const given = Object.entries(values).filter(([name]) => name !== "CHARACTERS");
  // U+0085 is a control character, which is refused.
  const CHARACTERS = values.CHARACTERS.replace("\u0085", "");
  const flags = [...given, ["CHARACTERS", CHARACTERS]].map(([name, value]) => `'${name}=${value}'`);
  await deployed(world, `--env ${flags.join(" ")}`);
  const names = Object.keys(values);
  expect(await seen(world, ...names)).toEqual(Object.values({ ...values, CHARACTERS }));
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
});

test("nothing of a shell is the function's, deployed or with --local, and its time zone is UTC", async ({ world }) => {
  const names = ["TABLE", "OF_SHELL", "NODE_OPTIONS", "LANG", "TZ", "CLUSTER_NAME", "AWS_DEFAULT_REGION"];
  await deployed(world, "--env TABLE=orders");
  const expected = ["orders", null, null, "en_US.UTF-8", ":UTC", world.names.cluster, world.names.region];
  expect(await seen(world, ...names)).toEqual(expected);
  const local = `invoke --name env --local --entry ${join(world.home, "env.cjs")} --event '${JSON.stringify(names)}'`;
  const { exit, stdout, stderr } = await world.run(local, {
    env: { OF_SHELL: "1", NODE_OPTIONS: "--no-warnings", TZ: "Asia/Tokyo", TABLE: "of the shell" },
  });
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual(expected);
});

test("one that looks like a secret is warned of, and no output has its value", async ({ world }) => {
  const value = "hunter2-and-more";
  const first = await deployed(world, `--env DB_PASSWORD=${value}`);
  expect(first).toContain("warning: the variable DB_PASSWORD looks like a secret");
  expect(changes(first)).toEqual(["      + env DB_PASSWORD: (not shown)"]);
  const second = await deployed(world, `--env DB_PASSWORD=${value}2`);
  expect(changes(second)).toEqual([
    "      - env DB_PASSWORD: (not shown)",
    "      + env DB_PASSWORD: (not shown, another value)",
  ]);
  expect(await seen(world, "DB_PASSWORD")).toEqual([`${value}2`]);
  await meddle(world, ["DB_PASSWORD"], {});
  const all = [first, second, await deployed(world, "--env TABLE=orders --verbose")];
  for (const command of ["doctor --name env --verbose", "list env", "list env --json", "teardown --name env --yes"]) {
    const { stdout, stderr } = await world.run(command);
    all.push(stdout, stderr);
  }
  expect(all.join("\n")).not.toContain(value);
});

test("what others change or remove is put back, and doctor names it without its value", async ({ world }) => {
  await deployed(world, "--env TABLE=orders LIMIT=5");
  await meddle(world, ["LIMIT"], { TABLE: "elsewhere" });
  const { stdout } = await world.run("doctor --name env");
  expect(stdout).toMatch(/the function \S+ was changed: LIMIT, TABLE \(StackDrifted\)/);
  expect(stdout).not.toMatch(/elsewhere|orders/);
  await deployed(world);
  expect(await seen(world, "TABLE", "LIMIT")).toEqual(["orders", "5"]);
});

test("a stack that keeps other variables than its function has is put right; one that keeps impossible ones is refused", async ({
  world,
}) => {
  await deployed(world, "--env TABLE=orders");
  const { stack } = await place(world);
  // Its template has no variables.
  await updateStack(world.backend, stack, { parameters: { Variables: '{"TABLE":"lies"}' } });
  await deployed(world, "--env LIMIT=5");
  expect(await seen(world, "TABLE", "LIMIT")).toEqual(["lies", "5"]);
  for (const Variables of ['{"CLUSTER_ENDPOINT":"https://evil"}', '{"DB":"{{resolve:ssm:x}}"}', "orders"]) {
    await updateStack(world.backend, stack, { parameters: { Variables } });
    const { exit, stderr } = await world.run(`setup --name env --entry ${join(world.home, "env.cjs")} --yes`);
    expect([exit, stderr]).toEqual([
      1,
      expect.stringMatching(/the parameter Variables; it must be .*\(StackInvalid\)/),
    ]);
    expect(stderr).not.toMatch(/evil|resolve|orders/);
  }
});

test("of two runs at once with different variables, one is deployed, and the other says that the stack changed", async ({
  world,
}) => {
  await deployed(world, "--env TABLE=orders");
  const setup = (value: string) =>
    world.run(`setup --name env --entry ${join(world.home, "env.cjs")} --yes --env TABLE=${value}`);
  const outcomes = await Promise.all([setup("one"), setup("two")]);
  const worked = outcomes.filter(({ exit }) => exit === 0);
  expect(worked.length, outcomes.map(({ stderr }) => stderr).join("\n")).toBeGreaterThan(0);
  for (const { exit, stderr } of outcomes) if (exit !== 0) expect(stderr).toMatch(/\((StackChanged|StackBusy)\)/);
  const { stack } = await place(world);
  const [value] = await seen(world, "TABLE");
  expect(["one", "two"]).toContain(value);
  expect(JSON.parse((await parametersOf(world.backend, stack)).Variables ?? "")).toEqual({ TABLE: value });
});

test("those who deploy with SAM get them in the template", async ({ world }) => {
  const to = join(world.home, "sam");
  const entry = join(world.home, "env.cjs");
  const exported = await world.run(
    `export --to sam --name env ${to} --entry ${entry} --allow 'get pods' --env TABLE=orders DB_PASSWORD=x`,
  );
  expect(exported.exit, exported.stderr).toBe(0);
  expect(exported.stderr).toContain("warning: the variable DB_PASSWORD looks like a secret");
  expect(await readFile(join(to, "template.yml"), "utf8")).toMatch(
    /^ {8}Variables:\n {10}# .*\n {10}"TABLE": "orders"\n {10}"DB_PASSWORD": "x"\n {10}CLUSTER_NAME:/m,
  );
  expect(await readFile(join(to, "samconfig.toml"), "utf8")).toContain("Variables=");
});

test.for([
  ["of Lambda", "AWS_REGION=x", 'the variable "AWS_REGION" is one that Lambda sets'],
  ["without a name", "hunter2", "value 1 of --env is not NAME=VALUE"],
  ["that is too long", `LONG=${"x".repeat(4_000)}`, "bytes, more than the 4096 that Lambda takes"],
] as const)("a variable %s is refused before anything is written", async ([, given, message], { world }) => {
  await writesOf(world);
  const { exit, stderr } = await world.run(`setup --yes --env ${given}`);
  expect([exit, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr).toContain("(InvalidVariable)");
  expect(await writesOf(world)).toEqual([]);
});
