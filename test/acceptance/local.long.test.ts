/** `invoke --local` acts like the deployed function. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deploymentNames, make } from "./support/cluster.ts";
import { test } from "./support/world.ts";

test("it uses the namespace of the function", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await make(backend, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const local = (name: string, flags = "") => run(`invoke --local ${flags} --event '{"name":"${name}"}'`);
  expect((await local("before-setup")).exit).toBe(0);
  expect((await run(`setup --cluster ${names.cluster} --namespace shop --yes`)).exit).toBe(0);
  expect((await run(`setup --cluster ${names.cluster} --name web --yes`)).exit).toBe(0);
  expect((await local("first")).exit).toBe(0);
  expect((await local("web", "--name web")).exit).toBe(0);
  expect(await deploymentNames(world, "shop")).toEqual(["first"]);
  expect(await deploymentNames(world)).toEqual(["before-setup", "web"]);
});

test("it does what the stack allows, and nothing else", async ({ world }) => {
  const { names, run, fresh } = world;
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run("invoke restart deployments/web --local")).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(/`restart`.* is not allowed for this function \(NotAllowed\)/),
  });
  expect(await run("invoke create deployments/web --local")).toMatchObject({ exit: 0 });
  const only = "--allow restart:deployments set-image:deployments --allow-image nginx:*";
  expect(await run(`${setup} ${only}`)).toMatchObject({ exit: 0 });
  expect(await run("invoke restart deployments/web --local")).toMatchObject({ exit: 0 });
  expect(await run("invoke create deployments/api --local")).toMatchObject({ exit: 1 });
  expect(await run("invoke set-image deployments/web --set image=evil --local")).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("(ImageNotAllowed)"),
  });
});

test("of a function that is not set up, it does not run the stock one in its place", async ({ world }) => {
  const { names, run, fresh } = world;
  await fresh();
  for (const flag of ["--name web", "--stack other"])
    expect(await run(`invoke --local ${flag} --cluster ${names.cluster}`)).toEqual({
      exit: 1,
      stdout: "",
      stderr: expect.stringMatching(
        new RegExp(
          `^error there is no stack ".*" in ${names.region} that you may read \\(NotSetUp\\)\nhint {2}--local does not know this function: run \`eks-lambda setup ${flag} --cluster ${names.cluster}\``,
        ),
      ),
    });
  expect(await deploymentNames(world)).toEqual([]);
});

const tells = `exports.handler = async (_, context) => {
  const before = context.getRemainingTimeInMillis();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { getRemainingTimeInMillis, ...told } = context;
  const variables = Object.keys(process.env).filter((name) => /^AWS_(LAMBDA_(FUNCTION|LOG)|(DEFAULT_)?REGION)/.test(name));
  const left = [before <= 20_000, before > 20_000, getRemainingTimeInMillis() < before];
  return { keys: Object.keys(context).sort(), told, left, variables: variables.sort() };
};
`;

test("a function of the user's is told of itself as in Lambda", async ({ world }) => {
  const { home, names, run, fresh } = world;
  await fresh();
  await writeFile(join(home, "tells.cjs"), tells);
  const entry = `--name tells --entry ${join(home, "tells.cjs")}`;
  const local = async () => {
    const { exit, stdout, stderr } = await run(`invoke ${entry} --local`);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  const undeployed = await local();
  const setup = await run(`setup ${entry} --allow 'get pods' --memory 512 --timeout 20 --yes --no-kubeconfig`);
  expect(setup.exit, setup.stderr).toBe(0);
  const there = JSON.parse((await run("invoke --name tells")).stdout);
  const here = await local();
  expect([here.keys, undeployed.keys]).toEqual([there.keys, there.keys]);
  expect(there.variables).toEqual(
    expect.arrayContaining(here.variables.filter((name: string) => !/STREAM/.test(name))),
  );
  const { awsRequestId, logStreamName, xRayTraceId: _, invokedFunctionArn, ...same } = there.told;
  expect(here.told).toMatchObject(same);
  expect(undeployed.told).toMatchObject({ ...same, memoryLimitInMB: "256" });
  expect(here.told.awsRequestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect([typeof awsRequestId, typeof logStreamName]).toEqual(["string", "string"]);
  expect(here.told.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\]local$/);
  // The emulator of Lambda has an account of its own.
  expect(here.told.invokedFunctionArn).toBe(invokedFunctionArn.replace(/\d{12}/, names.account));
  // Of 20 seconds, and of 30 by default.
  expect([there.left, here.left, undeployed.left]).toEqual([
    [true, false, true],
    [true, false, true],
    [false, true, true],
  ]);
});

const answers = `exports.handler = async (how) => {
  if (how === "nothing") return undefined;
  if (how === "circle") return Object.assign(how = {}, { how });
  if (how === "bigint") return { how: 1n };
  if (how === "text") throw "a text";
  if (how === "null") throw null;
  if (how === "named") throw Object.assign(new TypeError("of its own name"), { name: "Own" });
  if (how === "rejected") await new Promise(() => void Promise.reject(new Error("not awaited")));
  return "x".repeat(how);
};
`;

test("a function of the user's answers as in Lambda, whatever it returns or throws", async ({ world }) => {
  const { home, run, fresh } = world;
  await fresh();
  await writeFile(join(home, "answers.cjs"), answers);
  const entry = `--name answers --entry ${join(home, "answers.cjs")}`;
  const setup = await run(`setup ${entry} --allow 'get pods' --yes --no-kubeconfig`);
  expect(setup.exit, setup.stderr).toBe(0);
  const outcome = async (how: unknown, flags = "--name answers") => {
    const { exit, stdout, stderr } = await run(`invoke ${flags} --event -`, { stdin: JSON.stringify(how) });
    const [, message, code] = /^error (.*?) \(([\w.]+)\)$/ms.exec(stderr) ?? [];
    return exit === 0 ? { bytes: stdout.trim().length } : { code, message };
  };
  const hows = ["nothing", "circle", "bigint", "text", "null", "named", 6_291_554, 6_291_555];
  const here: unknown[] = [];
  const there: unknown[] = [];
  for (const how of hows) {
    here.push(await outcome(how, `${entry} --local`));
    there.push(await outcome(how));
  }
  expect(here).toEqual(there);
  expect(await outcome("rejected")).toMatchObject({ code: "Runtime.ExitError" });
  expect(await outcome("rejected", `${entry} --local`)).toMatchObject({ code: "Runtime.ExitError" });
});
