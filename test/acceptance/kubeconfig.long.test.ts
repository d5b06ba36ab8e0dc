/** setup writes its own kubeconfig entries and changes nothing else in the file. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { tree } from "./support/disk.ts";
import { credentialsOf } from "./support/names.ts";
import { repositoryFile } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
});

const setup = ({ run, names }: World, flags = "", env = {}) =>
  run(`setup --cluster ${names.cluster} --yes ${flags}`, { env });

const found = `# Mine. Hands off.
apiVersion: v1
kind: Config
current-context: work   # the usual one
clusters:
- cluster: { server: https://10.0.0.1 }
  name: work
contexts:
- context:
    cluster: work
    user: work
  name: work
preferences: {}
users:
- name: work
  user: { token: "secret" }
`;

async function give(home: string, path: string, text: string): Promise<string> {
  const file = join(home, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text, { mode: 0o640 });
  return file;
}

/** Lists kubectl's folder, to show that no lock or other file is left. */
const inKube = async (home: string): Promise<readonly string[]> =>
  (await tree(home)).map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(".kube"));

const entries = ({ backend, names }: World) => ({
  cluster: {
    name: names.context,
    cluster: {
      server: backend.cluster.endpoint,
      "certificate-authority-data": backend.cluster.ca,
      extensions: [
        {
          name: "eks-lambda",
          extension: { cluster: `arn:aws:eks:${names.region}:${names.account}:cluster/${names.cluster}` },
        },
      ],
    },
  },
  context: { name: names.context, context: { cluster: names.context, user: names.context } },
  user: {
    name: names.context,
    user: {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "eks-lambda",
        args: ["token", "--cluster", names.cluster, "--region", names.region],
        interactiveMode: "Never",
      },
    },
  },
});

test("--no-kubeconfig writes none", async ({ world: { home } }) => {
  expect(await inKube(home)).toEqual([]);
});

test("a new kubeconfig is readable only by its owner, and selects the context", async ({ world }) => {
  expect(await setup(world)).toMatchObject({ exit: 0 });
  const file = join(world.home, ".kube/config");
  const { cluster, context, user } = entries(world);
  expect(parse(await readFile(file, "utf8"))).toEqual({
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    contexts: [context],
    users: [user],
    "current-context": world.names.context,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await inKube(world.home)).toEqual([".kube", ".kube/config"]);
});

test("an existing kubeconfig keeps its entries, comments and current context", async ({ world }) => {
  const { backend, names } = world;
  const file = await give(world.home, ".kube/config", found);
  expect(await setup(world)).toMatchObject({ exit: 0 });
  const text = await readFile(file, "utf8");
  expect(text).toBe(
    found
      .replace("work   #", "work #")
      .replace(
        "contexts:\n",
        `- cluster:
    certificate-authority-data: "${backend.cluster.ca}"
    extensions:
    - extension:
        cluster: "arn:aws:eks:${names.region}:${names.account}:cluster/${names.cluster}"
      name: "eks-lambda"
    server: "${backend.cluster.endpoint}"
  name: "${names.context}"
contexts:
`,
      )
      .replace(
        "preferences: {}\n",
        `- context:
    cluster: "${names.context}"
    user: "${names.context}"
  name: "${names.context}"
preferences: {}
`,
      )
      .concat(`- name: "${names.context}"
  user:
    exec:
      apiVersion: "client.authentication.k8s.io/v1beta1"
      args:
      - "token"
      - "--cluster"
      - "${names.cluster}"
      - "--region"
      - "${names.region}"
      command: "eks-lambda"
      interactiveMode: "Never"
`),
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.for([
  ["Region", "eu-west-1"],
  ["account", "111122223333"],
] as const)("a cluster of that name in another %s keeps its entry", async ([what, there], { world }) => {
  const { names } = world;
  const file = await give(world.home, ".kube/config", "");
  expect(await setup(world)).toMatchObject({ exit: 0 });
  const here = what === "Region" ? names.region : names.account;
  const other = (await readFile(file, "utf8")).replaceAll(here, there);
  await writeFile(file, other);
  expect(await setup(world)).toMatchObject({ exit: 0 });
  const text = await readFile(file, "utf8");
  const named = ({ name }: { name: string }) => name;
  const both = [names.context, `eks-lambda/${names.region}/${names.cluster}`];
  expect(parse(text).users.map(named)).toEqual(both);
  expect(parse(text).users[0]).toEqual(parse(other).users[0]);
  expect(parse(text)["current-context"]).toBe(names.context);
  expect(await setup(world)).toMatchObject({ exit: 0, stderr: expect.stringMatching(/= kubeconfig .* unchanged\n/) });
  expect(await readFile(file, "utf8")).toBe(text);
});

test("--use-context switches to it", async ({ world }) => {
  const file = await give(world.home, ".kube/config", found);
  expect(await setup(world, "--use-context")).toMatchObject({ exit: 0 });
  expect(await readFile(file, "utf8")).toContain(`current-context: "${world.names.context}" # the usual one\n`);
});

test("the current context of another file of KUBECONFIG stays the current one", async ({ world }) => {
  const { home } = world;
  const work = await give(home, "work", found);
  const first = join(home, "first");
  expect(await setup(world, "", { KUBECONFIG: `${first}:${work}` })).toMatchObject({ exit: 0 });
  const written = parse(await readFile(first, "utf8"));
  expect(written).not.toHaveProperty("current-context");
  expect(written.contexts).toMatchObject([{ name: world.names.context }]);
  expect(await readFile(work, "utf8")).toBe(found);
});

test("--kubeconfig and KUBECONFIG name the file, a symbolic link is followed", async ({ world }) => {
  const { home } = world;
  const file = await give(home, "dotfiles/kubeconfig", found);
  await symlink(file, join(home, "link"));
  expect(await setup(world, "", { KUBECONFIG: join(home, "link") })).toMatchObject({ exit: 0 });
  expect(await readFile(file, "utf8")).toContain(world.names.context);
  expect(await tree(home)).toContainEqual(expect.stringMatching(/ link -> /));
  expect(await setup(world, `--kubeconfig ${join(home, "named")}`)).toMatchObject({ exit: 0 });
  expect(await readFile(join(home, "named"), "utf8")).toContain(world.names.context);
});

test.for([
  ["eks-lambda", "eks-lambda", ["token", "--cluster", "CLUSTER", "--region", "REGION"]],
  ["aws", "aws", ["--region", "REGION", "eks", "get-token", "--cluster-name", "CLUSTER", "--output", "json"]],
  [
    "npx",
    "npx",
    ["--yes", expect.stringMatching(/^eks-lambda@\d/), "token", "--cluster", "CLUSTER", "--region", "REGION"],
  ],
] as const)("--exec %s chooses what kubectl calls", async ([choice, command, args], { world }) => {
  const { home, names } = world;
  const file = join(home, choice);
  expect(await setup(world, `--kubeconfig ${file} --exec ${choice}`)).toMatchObject({ exit: 0 });
  const [user] = parse(await readFile(file, "utf8")).users;
  const values: Readonly<Record<string, string>> = { CLUSTER: names.cluster, REGION: names.region };
  expect(user.user.exec).toMatchObject({ command, args: args.map((arg) => values[arg] ?? arg) });
});

test("kubectl runs this installation by its path if it is not on the PATH", async ({ world }) => {
  const { home } = world;
  await mkdir(join(home, "node-alone"));
  await symlink(process.execPath, join(home, "node-alone/node"));
  const file = join(home, "by-path");
  const PATH = join(home, "node-alone");
  expect(await setup(world, `--kubeconfig ${file}`, { PATH })).toMatchObject({ exit: 0 });
  const [user] = parse(await readFile(file, "utf8")).users;
  expect(user.user.exec).toEqual({ ...entries(world).user.user.exec, command: repositoryFile("bin/eks-lambda.cjs") });
});

test("--exec aws warns if the AWS CLI would sign for another host", async ({ world }) => {
  const { exit, stderr } = await setup(world, `--kubeconfig ${join(world.home, "warned")} --exec aws`);
  expect({ exit, stderr }).toEqual({
    exit: 0,
    stderr: expect.stringMatching(/\n {6}warning: the AWS CLI signs for http\S+, and the cluster refuses such/),
  });
});

test("the entry keeps the profile", async ({ world }) => {
  const { accessKeyId, secretAccessKey } = credentialsOf(world.backend);
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await give(world.home, ".aws/credentials", `[work]\n${keys}`);
  const file = join(world.home, "profiled");
  const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  expect(await setup(world, `--kubeconfig ${file} --profile work`, env)).toMatchObject({ exit: 0 });
  const [user] = parse(await readFile(file, "utf8")).users;
  expect(user.user.exec.args).toEqual([...entries(world).user.user.exec.args, "--profile", "work"]);
});

test("an invalid kubeconfig stays unchanged", async ({ world }) => {
  const text = "clusters:\n- name: a\n   b: c\n";
  const file = await give(world.home, "broken", text);
  const { exit, stderr } = await setup(world, `--kubeconfig ${file}`);
  expect(exit).toBe(1);
  expect(stderr.slice(stderr.indexOf("error"))).toBe(
    `error kubeconfig ${file}, line 2, column 9: nested mappings are not allowed in compact mappings (KubeconfigInvalid)
hint  nothing was written; fix the file, or set KUBECONFIG to another
`,
  );
  expect(await readFile(file, "utf8")).toBe(text);
});

test.for<[string, (path: string) => unknown, RegExp]>([
  ["a FIFO", (path) => execFileSync("mkfifo", [path]), /cannot use the kubeconfig .*: not a regular file/],
  ["a device", (path) => symlink("/dev/zero", path), /cannot use the kubeconfig .*: not a regular file/],
  ["not UTF-8", (path) => writeFile(path, Buffer.from([0xff])), /cannot use the kubeconfig .*: not UTF-8 text/],
  ["refused by kubectl", (path) => writeFile(path, "clusters: {}\n"), /line 1, column 11: "clusters" should be a list/],
])("a kubeconfig that is %s is refused at once, by setup and teardown", async ([, make, reason], { world }) => {
  const file = join(world.home, "special");
  await rm(file, { force: true });
  await make(file);
  for (const command of [`setup --cluster ${world.names.cluster}`, "teardown"]) {
    const { exit, stderr } = await world.run(`${command} --yes --kubeconfig ${file}`);
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(reason) });
  }
});

test("teardown deletes the file that setup created, and keeps an existing one, even if it was empty", async ({
  world,
}) => {
  const [made, empty] = [join(world.home, "made"), join(world.home, "empty")];
  await writeFile(empty, "");
  for (const file of [made, empty]) expect(await setup(world, `--kubeconfig ${file}`)).toMatchObject({ exit: 0 });
  for (const file of [made, empty])
    expect(await world.run(`teardown --yes --kubeconfig ${file}`)).toMatchObject({ exit: 0 });
  expect((await readdir(world.home)).filter((name) => ["made", "empty"].includes(name))).toEqual(["empty"]);
  expect(parse(await readFile(empty, "utf8"))).toMatchObject({ clusters: [], contexts: [], users: [] });
});

test("a symbolic link to a file that does not exist yet is followed, by setup and teardown", async ({ world }) => {
  const { home, names, run } = world;
  const [link, file] = [join(home, "dangling"), join(home, "dotfiles/kube/new")];
  await symlink("dotfiles/kube/new", link);
  const links = async () => (await tree(home)).filter((line) => line.includes("dangling"));
  const before = await links();
  for (const KUBECONFIG of [link, `${link}:${join(home, "other")}`]) {
    const env = { KUBECONFIG };
    expect(await setup(world, "", env)).toMatchObject({ exit: 0 });
    expect(parse(await readFile(file, "utf8"))["current-context"]).toBe(names.context);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await setup(world, "", env)).toMatchObject({ stderr: expect.stringMatching(/= kubeconfig .* unchanged\n/) });
    for (const time of ["the first time", "the second time"]) {
      expect(await run("teardown --yes", { env }), time).toMatchObject({ exit: 0 });
      await expect(readFile(file, "utf8"), time).rejects.toMatchObject({ code: "ENOENT" });
      expect(await links()).toEqual(before);
    }
  }
});
