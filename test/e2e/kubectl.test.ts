/** kubectl with what this tool writes. */
import { readdirSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { repositoryFile, run } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import type { RealBackend } from "./backend/index.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
});

const kubectl = ({ backend, env }: World, command: string) => run((backend as RealBackend).bin.kubectl, command, env);

test("kubectl works with the kubeconfig that setup wrote", async ({ world }) => {
  expect(await kubectl(world, "create deployment web --image nginx:1.12")).toEqual({
    exit: 0,
    stdout: "deployment.apps/web created\n",
    stderr: "",
  });
  expect(await kubectl(world, `--context ${world.names.context} get deployments --output name`)).toEqual({
    exit: 0,
    stdout: "deployment.apps/web\n",
    stderr: "",
  });
});

test("the function's user may create Deployments, and otherwise only what every user may", async ({ world }) => {
  const rights = async (user: string) => {
    const { exit, stdout } = await kubectl(world, `auth can-i --list --as ${user}`);
    expect(exit).toBe(0);
    return stdout.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  };
  const everybody = await rights("somebody");
  expect((await rights("lambda")).filter((right) => !everybody.includes(right))).toEqual([
    "deployments.apps [] [] [create]",
  ]);
  expect(everybody).toContain("selfsubjectaccessreviews.authorization.k8s.io [] [] [create]");
});

const fixtures = "test/fixtures/kubeconfig";
const filesIn = (folder: string) =>
  readdirSync(repositoryFile(folder), { withFileTypes: true }).flatMap((file) => (file.isFile() ? [file.name] : []));

/** The kubeconfig as kubectl reads it. */
async function view(world: World, file: string) {
  const { exit, stdout } = await kubectl(world, `config view --raw --output json --kubeconfig ${file}`);
  return exit === 0 ? JSON.parse(stdout) : undefined;
}

test.for(filesIn(fixtures))("kubectl reads the same from %s after setup, plus our entry", async (name, { world }) => {
  const { home, names, run } = world;
  const file = join(home, name);
  await copyFile(repositoryFile(`${fixtures}/${name}`), file);
  const before = await view(world, file);
  expect(await run(`setup --cluster ${names.cluster} --yes --kubeconfig ${file}`)).toMatchObject({ exit: 0 });
  const after = await view(world, file);
  for (const section of ["clusters", "contexts", "users"]) {
    const others = after[section].filter((item: { name: string }) => item.name !== names.context);
    expect(others).toEqual(before[section] ?? []);
    expect(after[section]).toHaveLength(others.length + 1);
  }
  expect(after).toMatchObject({ "current-context": before["current-context"] || names.context });
  expect(await kubectl(world, `get namespace default --kubeconfig ${file} --context ${names.context}`)).toMatchObject({
    exit: 0,
  });
});

test.for(filesIn(`${fixtures}/invalid`))("kubectl and setup refuse %s", async (name, { world }) => {
  const { home, names, run } = world;
  const file = join(home, name);
  await copyFile(repositoryFile(`${fixtures}/invalid/${name}`), file);
  expect(await view(world, file)).toBeUndefined();
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --kubeconfig ${file}`);
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringContaining("(KubeconfigInvalid)") });
});

/** Declarations, each for one namespace and for the cluster. */
const declaration = fc.uniqueArray(
  fc.record({
    verbs: fc.uniqueArray(fc.constantFrom("get", "list", "watch", "create", "patch", "delete"), { minLength: 1 }),
    resource: fc.constantFrom(
      "pods",
      "pods/log",
      "deployments.apps",
      "deployments.apps/scale",
      "jobs.batch",
      "secrets",
    ),
    names: fc.uniqueArray(fc.constantFrom("web", "api", "db"), { maxLength: 2 }),
    where: fc.constantFrom("@default", "@*"),
  }),
  { minLength: 1, maxLength: 5, selector: ({ resource, names, where }) => `${resource} ${names} ${where}` },
);
const declarations = fc.sample(declaration, { seed: 15, numRuns: 10 });

/** `VERB RESOURCE NAME` for each; without a name, every object. */
const each = (verbs: readonly string[], resource: string, names: readonly string[]) =>
  (names.length > 0 ? names : ["*"]).flatMap((name) => verbs.map((verb) => `${verb} ${resource} ${name}`));

/** The rules as `--allow` takes them. */
const flagsOf = (rules: (typeof declarations)[number]): string =>
  rules
    .map(({ verbs, resource, names, where }) => `--allow '${[verbs.join(","), resource, ...names, where].join(" ")}'`)
    .join(" ");

/** Expects that the user may do in the namespace default what the rules say, and what everybody may. */
async function expectListed(world: World, user: string, rules: (typeof declarations)[number]): Promise<void> {
  const list = async (name: string) => {
    const { stdout } = await kubectl(world, `auth can-i --list --namespace default --as ${name}`);
    return stdout.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  };
  const everybody = await list("somebody");
  const listed = (await list(user))
    .filter((line) => !everybody.includes(line))
    .flatMap((line) => {
      const [, resource = "", names = "", verbs = ""] = /^(\S+) \[\] \[(.*)\] \[(.*)\]$/.exec(line) ?? [line, line];
      return each(verbs.split(" "), resource, names.split(" ").filter(Boolean));
    });
  const declared = rules.flatMap(({ verbs, resource, names }) => each(verbs, resource, names));
  expect([...new Set(listed)].sort()).toEqual([...new Set(declared)].sort());
}

const numbered = declarations.map((rules, at) => [at + 1, rules] as const);

test.for(numbered)("kubectl lists exactly what grant %i declares", async ([, rules], { world }) => {
  const role = `arn:aws:iam::${world.names.account}:role/ci`;
  await world.backend.assumeRole("ci");
  const { exit, stderr } = await world.run(`grant --yes --role ${role} ${flagsOf(rules)}`);
  expect(exit, stderr).toBe(0);
  await expectListed(world, role, rules);
});

test.for(numbered)("kubectl lists exactly what function %i declares", async ([, rules], { world }) => {
  const file = join(world.home, "own.cjs");
  await writeFile(file, "exports.handler = async () => 1;\n");
  const { exit, stderr } = await world.run(`setup --yes --no-kubeconfig --name own --entry ${file} ${flagsOf(rules)}`);
  expect(exit, stderr).toBe(0);
  await expectListed(world, "eks-lambda:own", rules);
});
