/** The plan of a dry run: on stdout, whole, and as data that plan.schema.json describes. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { repositoryFile } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const schema = z.fromJSONSchema(JSON.parse(await readFile(repositoryFile("plan.schema.json"), "utf8")));

interface Plan {
  readonly changes: readonly {
    readonly step: string;
    readonly target: string;
    readonly action: string;
    readonly before: readonly string[] | null;
    readonly after: readonly string[] | null;
    readonly warnings: readonly string[];
  }[];
  readonly options?: Readonly<Record<string, unknown>>;
}

async function planOf({ run }: World, command: string): Promise<Plan> {
  const { exit, stdout, stderr } = await run(`${command} --dry-run --json`);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const plan = JSON.parse(stdout);
  expect(schema.safeParse(plan), stdout).toMatchObject({ success: true });
  return plan;
}

const roleIn = ({ changes }: Plan) => changes.filter(({ target }) => target.includes("/role/"));

test("the schema refuses what is not a plan", async ({ world }) => {
  const plan = await planOf(world, "setup");
  for (const wrong of [{}, { ...plan, version: 2 }, { ...plan, other: 1 }, { ...plan, changes: [{ step: "rbac" }] }])
    expect(schema.safeParse(wrong)).toMatchObject({ success: false });
});

test("each command's plan has the schema, and shows rules before and after, options and warnings", async ({
  world,
}) => {
  const { backend, names, run, home } = world;
  await world.fresh();
  await backend.assumeRole("ci");
  const role = `--role arn:aws:iam::${names.account}:role/ci`;
  await writeFile(
    join(home, "config"),
    "apiVersion: v1\nkind: Config\nusers: [{name: ada, user: {token: a-secret}}]\n",
  );
  const wide = "--allow restart:deployments set-image:deployments/web status:deployments delete:services";
  const setup = `setup --kubeconfig ${home}/config`;
  const first = await planOf(world, `${setup} --memory 512 ${wide}`);
  expect(first.options).toMatchObject({ memory: 512, timeout: 30 });
  expect(roleIn(first)).toMatchObject([{ action: "create", before: null }]);
  expect(roleIn(first)[0]?.after).toContain("patch,list,watch deployments.apps");
  // One warning for one reason, with all that have it.
  expect(roleIn(first)[0]?.warnings.filter((one) => one.includes("Pod template"))).toEqual([
    expect.stringMatching(/^patch deployments\.apps @default; get,patch deployments\.apps web @default: /),
  ]);
  expect(JSON.stringify(first)).not.toContain("a-secret");
  expect(await run(`${setup} --yes ${wide}`)).toMatchObject({ exit: 0 });
  const narrow = `${setup} --allow restart:deployments --memory 1024`;
  const second = await planOf(world, narrow);
  // A Role that loses rights is changed before and after the checks, and shown once.
  expect(roleIn(second)).toHaveLength(1);
  const [{ before, after } = { before: null, after: null }] = roleIn(second);
  expect(before).toContain("delete,list,watch services");
  expect(after?.filter((line) => !line.startsWith("owner"))).toEqual(["patch deployments.apps"]);
  const { stdout } = await run(`${narrow} --dry-run`);
  expect(stdout.match(/ rbac +default\/role\//g)).toHaveLength(1);
  for (const command of ["setup --no-kubeconfig", "setup --namespace kube-public", "setup --username other"])
    await planOf(world, command);
  await planOf(world, `grant ${role} --allow 'get secrets @default' 'get pods @*'`);
  expect(await run(`grant ${role} --allow 'get pods @default' --yes`)).toMatchObject({ exit: 0 });
  await planOf(world, `revoke ${role}`);
  for (const flags of ["", "--workloads", "--aws-only"]) await planOf(world, `teardown ${flags}`);
});

test("the plan of a dry run is on stdout, and nothing of it is cut", async ({ world }) => {
  const { run, home } = world;
  await world.fresh();
  const file = `--kubeconfig ${home}/whole`;
  expect(await run(`setup --yes ${file}`)).toMatchObject({ exit: 0, stdout: "" });
  const config = await readFile(join(home, "whole"), "utf8");
  const [, ca = ""] = /certificate-authority-data: (\S+)/.exec(config) ?? [];
  await writeFile(join(home, "whole"), config.replace(ca, "x".repeat(500)));
  const { exit, stdout, stderr } = await run(`setup --dry-run ${file}`);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "dry run: nothing was written\n" });
  for (const whole of [ca, "x".repeat(500)]) expect(stdout).toContain(whole);
});
