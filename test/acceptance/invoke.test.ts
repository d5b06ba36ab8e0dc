/** `invoke`: the selected function, the event, and the output. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { deploymentNames, deployments } from "./support/cluster.ts";
import { ownerMarks } from "./support/names.ts";
import { test } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
});

const created = (name: string) => ({
  exit: 0,
  stdout: `created Deployment default/${name} with 2 replicas
see it with: kubectl get deployment ${name} --namespace default
`,
  stderr: "",
});

test.for<readonly [string, string, (names: { stack: string; functionName: string; cluster: string }) => string]>([
  ["the region's only cluster", "only", () => ""],
  ["its cluster", "by-cluster", ({ cluster }) => `--cluster ${cluster}`],
  ["its stack", "by-stack", ({ stack }) => `--stack ${stack}`],
  ["its own name", "by-name", ({ functionName }) => `--function ${functionName}`],
  ["being run here, as the caller", "here", () => "--local"],
])("the function is found by %s", async ([, name, flags], { world: { run, names } }) => {
  expect(await run(`invoke ${flags(names)} --event '{"name":"${name}"}'`)).toEqual(created(name));
});

test.for(["by-stack", "here"])("what is created as %s belongs to the stack", async (name, { world }) => {
  const { metadata } = (await world.backend.kube("GET", `${deployments()}/${name}`)).body;
  expect(metadata).toMatchObject(ownerMarks(world.names));
});

test("the event is in a file", async ({ world: { run, home } }) => {
  const file = join(home, "event.json");
  await writeFile(file, '{ "name": "from-file" }\n');
  expect(await run(`invoke --event @${file}`)).toEqual(created("from-file"));
});

test("the event comes by standard input", async ({ world: { run } }) => {
  expect(await run("invoke --event -", { stdin: '{"name":"from-stdin"}' })).toEqual(created("from-stdin"));
});

test("null counts as no event", async ({ world: { run } }) => {
  const { exit, stdout } = await run("invoke --event null --json");
  expect({ exit, result: JSON.parse(stdout) }).toMatchObject({ exit: 0, result: { action: "created" } });
});

test("without a name, each invocation creates a new Deployment", async ({ world }) => {
  const before = await deploymentNames(world);
  for (const where of ["", "--local"]) expect(await world.run(`invoke ${where}`)).toMatchObject({ exit: 0 });
  const added = (await deploymentNames(world)).filter((name) => !before.includes(name));
  expect(added).toEqual([expect.stringMatching(/^nginx-/), expect.stringMatching(/^nginx-/)]);
});

test.for(["", "--local", '--event \'{"name":"never"}\''])(
  "--wait %s is refused before anything is made where status is not allowed",
  async (flags, { world }) => {
    const before = await deploymentNames(world);
    const { exit, stdout, stderr } = await world.run(`invoke --wait ${flags}`);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error nothing was done, because --wait needs the status: `status`.* is not allowed for this function \(NotAllowed\)\nhint {2}eks-lambda setup --allow create:deployments\.apps --allow status:deployments\.apps(\/never)?\n$/,
    );
    expect(await deploymentNames(world)).toEqual(before);
  },
);

describe("the check", () => {
  test.for([
    [
      "in the function's place",
      "",
      "✔ may create deployments.apps @default\n✔ may not list deployments.apps @default\n",
    ],
    [
      "as its caller, who may do all",
      "--local",
      "✔ may create deployments.apps @default\n✖ may not list deployments.apps @default\n",
    ],
  ] as const)("%s", async ([, where, stdout], { world: { run } }) => {
    expect(await run(`invoke ${where} --event '{"action":"check"}'`)).toEqual({ exit: 0, stdout, stderr: "" });
  });

  test("as JSON, as the handler returns it", async ({ world: { run } }) => {
    const { exit, stdout } = await run(`invoke --json --event '{"action":"check","namespace":"kube-system"}'`);
    expect({ exit, result: JSON.parse(stdout) }).toEqual({
      exit: 0,
      result: {
        action: "check",
        namespace: "default",
        allowed: ["create:deployments.apps"],
        checks: [
          { name: "may create deployments.apps @kube-system", ok: false },
          { name: "may not list deployments.apps @kube-system", ok: true },
        ],
      },
    });
  });
});

describe("a function that fails", () => {
  test.beforeAll(async ({ world: { run } }) => {
    expect(await run(`invoke --event '{"name":"taken"}'`)).toEqual(created("taken"));
  });

  const taken = `error deployments.apps "taken" already exists (AlreadyExists)
hint  choose another name, or change the object that exists
`;

  test("shows the same error as a local run", async ({ world: { run } }) => {
    expect(await run(`invoke --local --event '{"name":"taken"}'`)).toEqual({ exit: 1, stdout: "", stderr: taken });
  });

  test("and shows the end of its log with --verbose alone", async ({ world: { run } }) => {
    const event = `--event '{"name":"taken"}'`;
    expect(await run(`invoke ${event}`)).toEqual({ exit: 1, stdout: "", stderr: taken });
    const { stderr } = await run(`invoke ${event} --verbose`);
    expect(stderr).toMatch(/^log {3}.*"level":"ERROR".*"code":"AlreadyExists"/m);
    expect(stderr).not.toContain("k8s-aws-v1.");
  });

  test("is one JSON object on stderr with --json", async ({ world: { run } }) => {
    const { exit, stdout, stderr } = await run(`invoke --json --event '{"name":"taken"}'`);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      code: "AlreadyExists",
      message: 'deployments.apps "taken" already exists',
      hint: "choose another name, or change the object that exists",
    });
  });

  test.for(["", "--local"])("%s names the resource that was given", async (where, { world: { run } }) => {
    const { exit, stderr } = await run(`invoke restart deployments/web ${where}`);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /\(NotAllowed\)\nhint {2}eks-lambda setup --allow create:deployments\.apps --allow restart:deployments\.apps\/web\n$/,
    );
  });

  test("names the refused action, and the command that allows it", async ({ world: { run } }) => {
    const { exit, stderr } = await run(`invoke --event '{"name":"web","namespace":"kube-system"}'`);
    expect(exit).toBe(1);
    expect(stderr).toBe(
      `error \`create\` of deployments.apps in kube-system is not allowed for this function (NotAllowed)
hint  eks-lambda setup --allow create:deployments.apps --allow create:deployments.apps@kube-system
`,
    );
  });
});

test("an unknown function is named", async ({ world: { run } }) => {
  expect(await run("invoke --function unknown")).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error no function named "unknown" in this region (FunctionNotFound)
hint  run \`eks-lambda setup\`, name another function with --function, or check --region
`,
  });
});
