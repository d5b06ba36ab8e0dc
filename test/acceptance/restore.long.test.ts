/** `aws-auth restore`: the way back from a write to aws-auth. */
import { access, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { tree } from "./support/disk.ts";
import { preloading } from "./support/run.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const given = { mapRoles: "# nodes\n- rolearn: arn:aws:iam::123456789012:role/nodes\n" };

/** Two writes: setup maps the role, and maps it to another user. Then somebody adds an entry. */
test.beforeEach(async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  await putAwsAuth(backend, given);
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run(setup)).toMatchObject({ exit: 0 });
  expect(await run(`${setup} --username creator`)).toMatchObject({ exit: 0 });
  await putAwsAuth(backend, { mapRoles: `${await mapRoles(world)}${someone}` });
});

const someone = "- rolearn: arn:aws:iam::123456789012:role/someone\n  username: someone\n";
const mapRoles = async ({ backend }: World) => (await readAwsAuth(backend))?.mapRoles ?? "";
const list = async ({ run }: World) => (await run("aws-auth restore")).stdout.trim().split("\n");

test("lists backups, newest first", async ({ world }) => {
  const names = await list(world);
  const { exit, stdout } = await world.run("aws-auth restore --json");
  expect({ exit, names: JSON.parse(stdout) }).toEqual({ exit: 0, names });
  expect(names).toEqual(names.toSorted().reverse());
  expect(names).toEqual(Array(2).fill(expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/)));
});

test("shows below each version what it would change", async ({ world }) => {
  const { stderr } = await world.run("aws-auth restore");
  const added = someone.trimEnd().replace(/^/gm, "  - ");
  expect(stderr).toBe(`  -   username: creator
${added}
  +   username: lambda
  - - rolearn: ${world.names.roleArn}
  -   username: creator
${added}
`);
});

test("readable only by their owner", async ({ world }) => {
  const files = (await tree(world.home)).filter((line) => line.includes("aws-auth"));
  const modes = files.map((line) => line.replace(/^(\d+) .*?(\.json)? ?[0-9a-f]*$/, "$1$2"));
  expect(new Set(modes)).toEqual(new Set(["40700", "100600.json"]));
});

test("--json prints the change", async ({ world }) => {
  const { names, run } = world;
  const [, first] = await list(world);
  const others = [names.roleArn, "arn:aws:iam::123456789012:role/someone"];
  const { exit, stdout } = await run(`aws-auth restore ${first} --yes --json`);
  expect({ exit, result: JSON.parse(stdout) }).toEqual({
    exit: 0,
    result: {
      ...{ cluster: names.cluster, restored: first, changed: true, added: [], lost: others },
      removed: [
        ...[`- rolearn: ${others[0]}`, "  username: creator"],
        ...[`- rolearn: ${others[1]}`, "  username: someone"],
      ],
    },
  });
  expect(await readAwsAuth(world.backend)).toEqual(given);
  const again = await run(`aws-auth restore ${first} --yes --json`);
  expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, removed: [], added: [], lost: [] });
});

test("shows the changes, and asks", async ({ world }) => {
  const [, first] = await list(world);
  const before = await mapRoles(world);
  await writesOf(world);
  const { exit, stdout, stderr } = await world.run(`aws-auth restore ${first}`);
  expect({ exit, stdout, stderr }).toEqual({
    exit: 2,
    stdout: "",
    stderr: `- - rolearn: ${world.names.roleArn}
-   username: creator
- - rolearn: arn:aws:iam::123456789012:role/someone
-   username: someone
warning: ${world.names.roleArn} loses its access
warning: arn:aws:iam::123456789012:role/someone loses its access
error cannot ask "restore this version?": this is not an interactive terminal (ConfirmationNeeded)
hint  rerun with --yes to go ahead without a question
`,
  });
  expect(await writesOf(world)).toEqual([]);
  expect(await mapRoles(world)).toBe(before);
});

test("restores, and can undo that", async ({ world }) => {
  const [, first] = await list(world);
  const before = await mapRoles(world);
  expect(await world.run(`aws-auth restore ${first} --yes`)).toMatchObject({ exit: 0, stdout: "" });
  expect(await mapRoles(world)).toBe(given.mapRoles);
  const [latest] = await list(world);
  expect(await world.run(`aws-auth restore ${latest} --yes`)).toMatchObject({ exit: 0, stdout: "" });
  expect(await mapRoles(world)).toBe(before);
  expect(await world.run(`aws-auth restore ${latest}`)).toEqual({
    exit: 0,
    stdout: "",
    stderr: `aws-auth is already as it was at ${latest}\n`,
  });
});

test("refuses if aws-auth changed after it was shown", async ({ world, onTestFinished }) => {
  const [, first] = await list(world);
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-hold-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const env = { ...preloading("test/acceptance/support/children/hold.mjs"), HOLD: folder };
  const restoring = world.run(`aws-auth restore ${first} --yes`, { env });
  await expect.poll(() => readdir(folder)).not.toEqual([]);
  const changed = `${await mapRoles(world)}# meanwhile\n`;
  await putAwsAuth(world.backend, { mapRoles: changed });
  await writeFile(join(folder, "go"), "");
  const { exit, stderr } = await restoring;
  expect({ exit, told: stderr.slice(stderr.indexOf("error ")) }).toEqual({
    exit: 1,
    told: `error someone changed aws-auth after the plan was shown (AwsAuthChanged)
hint  nothing was written; run the command again to see the current text
`,
  });
  expect(await mapRoles(world)).toBe(changed);
});

test("refuses a backup that does not parse", async ({ world }) => {
  const [, first] = await list(world);
  await putAwsAuth(world.backend, { mapRoles: "- rolearn: a\n  username: [x\n" });
  expect(await world.run(`aws-auth restore ${first} --yes`)).toMatchObject({ exit: 0 });
  const [broken] = await list(world);
  await writesOf(world);
  const { exit, stderr } = await world.run(`aws-auth restore ${broken} --yes`);
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: expect.stringMatching(
      /^error the backup \S+ does not parse: mapRoles, line .*\(BackupInvalid\)\nhint {2}choose another/,
    ),
  });
  expect(await writesOf(world)).toEqual([]);
});

test("refuses an unknown time", async ({ world }) => {
  const names = await list(world);
  expect(await world.run("aws-auth restore yesterday --yes")).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error no backup of aws-auth is named "yesterday" (BackupNotFound)\nhint  backups: ${names.join(", ")}\n`,
  });
});

test("says that there are no backups", async ({ world }) => {
  await world.fresh();
  const { exit, stderr } = await world.run("aws-auth restore");
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: expect.stringMatching(/^error no backups of aws-auth in \S+ \(NoBackups\)\n$/),
  });
  await expect(access(join(world.home, ".local"))).rejects.toThrow("ENOENT");
});
