/** `--context`: the API server by a context of one's kubeconfig, with all that kubectl can do. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { deploymentNames } from "./support/cluster.ts";
import { test } from "./support/world.ts";

test.beforeAll(async ({ world: { run, names } }) => {
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
});

test("a context whose credentials are an exec plugin's, the written one, does", async ({ world }) => {
  const { names, run } = world;
  const { exit, stdout } = await run(`setup --cluster ${names.cluster} --context ${names.context} --json`);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout).checks.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
  expect(await run(`invoke --local --context ${names.context} --event '{"name":"by-context"}'`)).toMatchObject({
    exit: 0,
  });
  expect(await deploymentNames(world)).toEqual(["by-context"]);
});

test("one that is not there is wrong usage", async ({ world: { names, run } }) => {
  expect(await run(`invoke --local --cluster ${names.cluster} --context wrok`)).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error no context named "wrok" in the kubeconfig (ContextNotFound)
hint  contexts there: ${names.context}
`,
  });
});

test("one of another server is refused, unless it is said to be a tunnel", async ({ world }) => {
  const { backend, names, home, run } = world;
  const { endpoint } = backend.cluster;
  const tunnel = endpoint.replace("127.0.0.1", "localhost");
  const file = join(home, ".kube/config");
  await writeFile(file, (await readFile(file, "utf8")).replace(endpoint, tunnel));
  const invoke = `invoke --local --context ${names.context} --event '{"action":"check"}'`;
  expect(await run(invoke)).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error the context "${names.context}" is of ${tunnel}, and the cluster "${names.cluster}" is at ${endpoint} (ContextOfOtherServer)
hint  choose the cluster's context, or say with --allow-other-server that this one is a tunnel to it
`,
  });
  const { stderr } = await run(`${invoke} --allow-other-server`);
  expect(stderr).not.toContain("ContextOfOtherServer");
});
