/** `--context` connects with a context of the user's kubeconfig, as kubectl does. */
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect } from "vitest";
import { deploymentNames } from "./support/cluster.ts";
import { test } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
});

test("works with an exec plugin, such as the one that setup writes", async ({ world }) => {
  const { names, run } = world;
  const { exit, stdout } = await run(`setup --cluster ${names.cluster} --context ${names.context} --json`);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout).checks.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
  expect(await run(`invoke --local --context ${names.context} --event '{"name":"by-context"}'`)).toMatchObject({
    exit: 0,
  });
  expect(await deploymentNames(world)).toEqual(["by-context"]);
});

test("a missing context is wrong usage", async ({ world: { names, run } }) => {
  expect(await run(`invoke --local --cluster ${names.cluster} --context wrok`)).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error no context named "wrok" in the kubeconfig (ContextNotFound)
hint  contexts there: ${names.context}
`,
  });
});

test("a context for another server is refused without --allow-other-server", async ({ world }) => {
  const { backend, names, home, run } = world;
  const { endpoint } = backend.cluster;
  const tunnel = endpoint.replace("127.0.0.1", "localhost");
  const file = join(home, ".kube/config");
  await writeFile(file, (await readFile(file, "utf8")).replace(endpoint, tunnel));
  const invoke = `invoke --local --context ${names.context} --event '{"action":"check"}'`;
  expect(await run(invoke)).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error the context "${names.context}" leads to ${tunnel}, but the cluster "${names.cluster}" is at ${endpoint} (ContextOfOtherServer)
hint  choose the cluster's context, or use --allow-other-server if this one is a tunnel to it
`,
  });
  const { stderr } = await run(`${invoke} --allow-other-server`);
  expect(stderr).not.toContain("ContextOfOtherServer");
});

test.for<[string, (path: string) => unknown, string]>([
  ["is a FIFO", (path) => execFileSync("mkfifo", [path]), "cannot use the kubeconfig FILE: not a regular file"],
  ["does not parse", (path) => writeFile(path, "clusters: [\n"), "kubeconfig FILE, line 2, column 1: "],
  ["is not one", (path) => writeFile(path, "clusters: {}\n"), `kubeconfig FILE, line 1, column 11: "clusters" should`],
])("a kubeconfig that %s is refused at once", async ([, make, message], { world: { home, names, run } }) => {
  const KUBECONFIG = join(home, "special");
  await rm(KUBECONFIG, { force: true });
  await make(KUBECONFIG);
  const outcome = await run(`invoke --local --cluster ${names.cluster} --context work`, { env: { KUBECONFIG } });
  expect(outcome).toMatchObject({ exit: 1, stderr: expect.stringContaining(message.replace("FILE", KUBECONFIG)) });
});

test("the first of two entries with the same name wins, as in kubectl", async ({ world }) => {
  const { backend, home, names, run } = world;
  const [theirs, missing] = [join(home, "second"), join(home, "missing")];
  const ours = join(home, ".kube/config");
  const { endpoint, ca } = backend.cluster;
  const written = await readFile(ours, "utf8");
  await writeFile(ours, written.replace(/server: .*/, `server: "${endpoint}"`));
  await writeFile(theirs, written.replace(/server: .*/, 'server: "https://10.0.0.1"').replace(ca, "QUJD"));
  const env = { KUBECONFIG: [ours, missing, theirs].join(delimiter) };
  const invoke = `invoke --local --context ${names.context} --event '{"action":"check"}'`;
  expect(await run(invoke, { env })).toMatchObject({ exit: 0 });
});

test("a new --kubeconfig file takes the entry, and the context comes from where kubectl looks", async ({ world }) => {
  const { names, home, run } = world;
  await run(`setup --cluster ${names.cluster} --yes`);
  const file = join(home, "new/config");
  const { exit, stderr } = await run(
    `setup --cluster ${names.cluster} --yes --context ${names.context} --kubeconfig ${file}`,
  );
  expect(exit, stderr).toBe(0);
  expect(await readFile(file, "utf8")).toContain(names.context);
});
