/** Exported files, applied with the SAM CLI and kubectl only. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createBucket } from "../acceptance/support/aws.ts";
import { putAwsAuth, readAwsAuth } from "../acceptance/support/cluster.ts";
import { run as runProgram } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import type { RealBackend } from "./backend/index.ts";

type Run = (command: string) => Promise<string>;

const nodes = (account: string) => `# nodes\n- rolearn: arn:aws:iam::${account}:role/nodes\n  username: nodes\n`;

/** Runs programs in an export's folder, with the account's credentials. */
const runner =
  (world: World, folder: string): Run =>
  async (command) => {
    const { backend, env, home } = world;
    const { path, kubeconfig } = backend as RealBackend;
    const { exit, stdout, stderr } = await runProgram("/bin/sh", `-c 'cd ${folder} && ${command}'`, {
      ...env,
      PATH: [...path, env.PATH, "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
      HOME: home,
      KUBECONFIG: kubeconfig,
      SAM_CLI_TELEMETRY: "0",
      LC_ALL: "C.UTF-8",
    });
    expect(exit, `${command}\n${stdout}${stderr}`).toBe(0);
    return stdout + stderr;
  };

const exported = async (world: World, flags: string, to: "sam" | "kubectl"): Promise<Run> => {
  const folder = join(world.home, to);
  await mkdir(folder, { recursive: true });
  const { exit, stderr } = await world.run(`export --to ${to} ${folder} ${flags}`);
  expect(exit, stderr).toBe(0);
  return runner(world, folder);
};

/** An empty account and a new cluster in this mode. */
async function freshIn(world: World, authenticationMode: "CONFIG_MAP" | "API_AND_CONFIG_MAP"): Promise<void> {
  await world.fresh();
  await world.backend.describe(world.names.cluster, { authenticationMode });
}

/** Adds the entry in aws-auth.txt by hand. */
async function addEntry({ backend, home }: World): Promise<void> {
  const text = await readFile(join(home, "kubectl/aws-auth.txt"), "utf8");
  const [entry = ""] = /^- rolearn: .*\n {2}username: .*\n/m.exec(text) ?? [];
  const { mapRoles = "" } = (await readAwsAuth(backend)) ?? {};
  await putAwsAuth(backend, { mapRoles: mapRoles + entry });
}

const worked = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stdout + stderr).toBe(0);
  return stdout;
};

/** Applies the exported Roles and bindings, after the API server has accepted them in a dry run. */
async function applied(world: World, flags: string): Promise<void> {
  const kubectl = await exported(world, flags, "kubectl");
  expect(await kubectl("kubectl apply --dry-run=server --filename rbac.yaml")).toContain("created (server dry run)");
  await kubectl("kubectl apply --filename rbac.yaml");
}

/** setup with these flags would change nothing. */
async function planIsEmpty({ run }: World, flags: string): Promise<void> {
  const { stdout, stderr } = await run(`setup --dry-run --no-kubeconfig --json ${flags}`);
  const actions = new Set(JSON.parse(stdout).changes.map(({ action }: { action: string }) => action));
  expect([...actions], stderr).toEqual(["unchanged"]);
}

test.for(["CONFIG_MAP", "API_AND_CONFIG_MAP"] as const)(
  "sam and kubectl make the same as setup, in mode %s",
  { timeout: 240_000 },
  async (authenticationMode, { world }) => {
    await freshIn(world, authenticationMode);
    const { backend, names } = world;
    await putAwsAuth(backend, { mapRoles: nodes(names.account) });
    const flags = `--memory 512 --tags team=web cost-center=7 'made by=us, "now"'`;

    const sam = await exported(world, flags, "sam");
    expect(await sam("sam validate --lint")).toContain("is a valid SAM Template");
    await sam("sam build");
    await sam(`python -c "import boto3; boto3.resource(\\"s3\\").create_bucket(Bucket=\\"code\\")"`);
    await sam("sam deploy --no-confirm-changeset --no-resolve-s3 --s3-bucket code");

    await applied(world, flags);
    if (authenticationMode === "CONFIG_MAP") await addEntry(world);

    await worked(world, "doctor");
    await planIsEmpty(world, flags);
    await worked(world, "teardown --yes --no-kubeconfig");
  },
);

test("a function of your own, whose code the SAM CLI uploads to --code-bucket", { timeout: 240_000 }, async ({
  world,
}) => {
  await freshIn(world, "API_AND_CONFIG_MAP");
  const { backend, home } = world;
  await createBucket(backend, "own-code");
  await writeFile(join(home, "own.cjs"), 'exports.handler = async () => "own";\n');
  const flags = `--name own --entry ${join(home, "own.cjs")} --allow 'get pods' --code-bucket own-code`;

  const sam = await exported(world, flags, "sam");
  await sam("sam build");
  await sam("sam deploy --no-confirm-changeset");
  await applied(world, flags);

  expect(JSON.parse(await worked(world, "invoke --name own"))).toBe("own");
  await planIsEmpty(world, flags);
  await worked(world, "teardown --name own --yes --no-kubeconfig");
});

test("what grant would make, applied by sam and kubectl, is what doctor expects", { timeout: 240_000 }, async ({
  world,
}) => {
  await freshIn(world, "API_AND_CONFIG_MAP");
  const { backend, names } = world;
  await backend.assumeRole("ci");
  const role = `arn:aws:iam::${names.account}:role/ci`;
  const flags = `--role ${role} --allow 'get,list pods' 'create jobs.batch @kube-public'`;

  const sam = await exported(world, flags, "sam");
  expect(await sam("sam validate --lint")).toContain("is a valid SAM Template");
  await sam("sam deploy --no-confirm-changeset");
  await applied(world, flags);
  await worked(world, `doctor --role ${role}`);
});
