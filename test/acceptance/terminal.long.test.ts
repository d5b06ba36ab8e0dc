/** Questions, spinner and Ctrl-C in a real terminal: tmux, which can print its screen. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { putAwsAuth } from "./support/cluster.ts";
import { startTerminal, type Terminal } from "./support/terminal.ts";
import { test as base, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const test = base.extend<{ open: (command: string, columns?: number) => Promise<Terminal> }>({
  open: async ({ world }: { world: World }, use) => {
    const { open, close } = await startTerminal(world.env);
    await use(open);
    await close();
  },
});

test.beforeEach(({ world }) => world.fresh());

test("setup asks, and changes nothing after no", async ({ world, open }) => {
  const terminal = await open("eks-lambda setup --no-kubeconfig");
  await terminal.shows(/apply these changes\? \[y\/N\]/);
  await writesOf(world);
  await terminal.press("n", "Enter");
  expect(await terminal.ended()).toBe("1");
  expect(await terminal.screen()).toMatch(/\[y\/N\] n\nnothing was changed$/);
  expect(await writesOf(world)).toEqual([]);
});

test("setup continues after yes, also in a narrow terminal", async ({ open }) => {
  const terminal = await open("eks-lambda setup --no-kubeconfig", 44);
  await terminal.shows(/apply these changes\? \[y\/N\]/);
  await terminal.press("y", "Enter");
  expect(await terminal.ended()).toBe("0");
  expect(await terminal.screen()).toMatch(
    /✔ stack eks-lambda-demo \d.* s\n(.*\n)*✔ checks \d.* s\n(.*\n)*next +eks-lambda invoke/,
  );
});

test.for([
  ["by typing a part of its name", ["zzz", "C-u", "stag", "Enter"]],
  ["with arrows", ["Down", "Enter"]],
] as const)("of several clusters one is chosen %s", async ([, keys], { world, open }) => {
  await world.backend.describe("staging", { status: "CREATING" });
  const terminal = await open("eks-lambda setup --no-kubeconfig");
  await terminal.shows(/which cluster\?(.*\n)*.*demo(.*\n)*.*staging/);
  for (const key of keys) {
    await terminal.press(key);
    if (key === "zzz") await terminal.shows(/No matches found/);
    if (key === "C-u") await terminal.shows(/demo(.*\n)*.*staging/);
  }
  expect(await terminal.ended()).toBe("1");
  expect(await terminal.screen()).toMatch(/error the cluster "staging" is CREATING \(ClusterNotReady\)/);
});

test("an answer that is neither yes nor no is asked again", async ({ open }) => {
  const terminal = await open("eks-lambda setup --no-kubeconfig");
  await terminal.shows(/apply these changes\? \[y\/N\]/);
  await terminal.press("maybe", "Enter");
  await terminal.shows(/"maybe" is not an answer: type y or n\napply these changes\? \[y\/N\]$/);
  await terminal.press("Enter");
  expect(await terminal.ended()).toBe("1");
});

test.for([60, 80, 120])("no word is broken at %d columns", async (columns, { open }) => {
  const commands = "eks-lambda setup --no-kubeconfig --yes; eks-lambda doctor; eks-lambda setup --cluster none";
  const terminal = await open(`/bin/sh -c '${commands}; exit 0'`, columns);
  expect(await terminal.ended()).toBe("0");
  // A line as wide as the terminal was broken by the terminal.
  const full = (await terminal.screen()).split("\n").filter((line) => line.length >= columns);
  expect(full).toEqual([]);
});

const pages = ["", "permissions", "grant", "smoke"].flatMap((page) =>
  [60, 80, 120].map((columns) => [page, columns] as const),
);
test.for([...pages, ["permissions", 44] as const])(
  "no word at the end of `eks-lambda %s --help` is broken at %d columns",
  async ([page, columns], { open }) => {
    const terminal = await open(`eks-lambda ${page} --help`, columns);
    expect(await terminal.ended()).toBe("0");
    const full = (await terminal.screen()).split("\n").filter((line) => line.length >= columns);
    expect(full).toEqual([]);
  },
);

test("a command in the sandbox ends with how to go on inside", async ({ open }) => {
  const terminal = await open("eks-lambda sandbox -- eks-lambda doctor", 60);
  expect(await terminal.ended()).toBe("1");
  expect(await terminal.screen()).toMatch(/to keep\s+one\s+open:\s+eks-lambda sandbox$/);
});

/** A profile whose role needs a code from the MFA device with the serial number that this returns. */
async function withMfa({ backend, names, home }: World): Promise<string> {
  const serial = `arn:aws:iam::${names.account}:mfa/ada`;
  await backend.assumeRole("deployer");
  await mkdir(join(home, ".aws"), { recursive: true });
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = backend.env;
  const role = `role_arn = arn:aws:iam::${names.account}:role/deployer\nsource_profile = keys\nmfa_serial = ${serial}`;
  const keys = `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}`;
  await writeFile(join(home, ".aws/config"), `[profile mfa]\n${role}\n[profile keys]\n${keys}\n`);
  return serial;
}

test("the code of an MFA device is asked for once", async ({ world, open }) => {
  const serial = await withMfa(world);
  const terminal = await open("eks-lambda doctor --profile mfa");
  await terminal.shows(new RegExp(`^MFA code for ${serial}:$`, "m"));
  await terminal.press("123456", "Enter");
  expect(await terminal.ended()).toBe("1");
  const screen = await terminal.screen();
  expect(screen).toMatch(/✔ credentials +arn:aws:sts::\d+:assumed-role\/deployer\//);
  expect(screen.match(/MFA code/g)).toHaveLength(1);
});

test("a smoke test, which runs other commands, asks for it once", async ({ world, open }) => {
  const { backend, names } = world;
  await withMfa(world);
  const deployer = `arn:aws:iam::${names.account}:role/deployer`;
  await putAwsAuth(backend, { mapRoles: `- rolearn: ${deployer}\n  username: ada\n  groups: [system:masters]\n` });
  const terminal = await open("eks-lambda smoke --profile mfa --yes --quiet");
  await terminal.shows(/^MFA code for /m);
  await terminal.press("123456", "Enter");
  expect(await terminal.ended()).toBe("0");
  expect((await terminal.screen()).match(/MFA code/g)).toHaveLength(1);
});

test.for([
  ["Ctrl-C", "C-c"],
  ["Ctrl-D", "C-d"],
] as const)("%s at the question changes nothing, and says so", async ([, key], { world, open }) => {
  const terminal = await open("eks-lambda setup --no-kubeconfig");
  await terminal.shows(/apply these changes\? \[y\/N\]/);
  await writesOf(world);
  await terminal.press(key);
  expect(await terminal.ended()).toBe("130");
  expect(await terminal.screen()).toMatch(/\ninterrupted: nothing was changed$/);
  expect(await writesOf(world)).toEqual([]);
});

test.for([
  ["with colour", "", true],
  ["with NO_COLOR without", "NO_COLOR=1 ", false],
] as const)("an error is shown %s", async ([, variable, coloured], { open }) => {
  const terminal = await open(`${variable}eks-lambda setup --cluster none`);
  expect(await terminal.ended()).toBe("2");
  expect((await terminal.colours()).includes("\u001b[31m")).toBe(coloured);
  expect(await terminal.screen()).toContain("error no cluster named");
});

test("a wait shows its duration, and Ctrl-C says what is done and what is not", async ({ world, open }) => {
  const { backend, names } = world;
  await backend.describe(names.cluster, { authenticationMode: "API" });
  await backend.assumeRole("ci");
  backend.faults.refuseNewRoles(1_000);
  const role = `arn:aws:iam::${names.account}:role/ci`;
  const terminal = await open(`eks-lambda grant --role ${role} --allow 'get configmaps' --yes`);
  await terminal.shows(/ \d+\S* s {2}waiting for EKS to know the new role/);
  await terminal.press("C-c");
  expect(await terminal.ended()).toBe("130");
  expect(await terminal.screen()).toMatch(
    /interrupted: these steps were planned\n {2}✔ rbac default\/role\/\S+\n {2}~ access-entry \S+ was in progress and may still complete\n {2}· rbac default\/rolebinding\/\S+ was not started\n {2}· checks was not started\nrun the same command again to complete it$/,
  );
});
