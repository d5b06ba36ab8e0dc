/** `eks-lambda/testing` in common test runners, and on the etcd and kube-apiserver of KUBEBUILDER_ASSETS. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryFile, run } from "../acceptance/support/run.ts";
import { buildAll } from "./backend/build.ts";
import { run as install } from "./backend/run.ts";

const handler = `
import { defineFunction, resource } from "eks-lambda/lambda";
const maps = resource("v1", "configmaps").may("get", "create", "patch", "delete");
export const handler = defineFunction({
  needs: { maps },
  run: async ({ maps }, { event: { name, data } }: { event: { name: string; data?: Record<string, string> } }) =>
    data
      ? (await maps.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data })).data
      : (await maps.get({ name })).data,
});
`;

/** The test of a project, which every runner runs. `equal` and `rejects` are the runner's assertions. */
const body = `
  const sandbox = await startSandbox({ entry: "handler.ts", namespace: "shop" });
  const metadata = { name: "a" };
  await sandbox.admin.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { b: "c" } });
  await equal(await sandbox.invoke({ name: "a" }), { b: "c" });
  await rejects(sandbox.invoke({ name: "lost" }), "NotFound");
  const unused = ["create configmaps @shop", "patch configmaps @shop", "delete configmaps @shop"];
  await equal(sandbox.unusedRights(), unused);
  await equal(await sandbox.invoke({ name: "new", data: { d: "e" } }), { d: "e" });
  await equal(sandbox.unusedRights(), ["delete configmaps @shop"]);
  await sandbox.stop();
`;
const ofExpect = `
const equal = (one, other) => expect(one).toStrictEqual(other);
const rejects = (promise, name) => expect(promise).rejects.toMatchObject({ name });
`;
const required = 'const { startSandbox } = require("eks-lambda/testing");';
const imported = 'import { startSandbox } from "eks-lambda/testing";';
const files = {
  "handler.ts": handler,
  "jest.test.js": `${required}${ofExpect}test("works", async () => {${body}});`,
  "vitest.test.mjs": `import { expect, test } from "vitest";${imported}${ofExpect}test("works", async () => {${body}});`,
  "node.test.mjs": `
import assert from "node:assert/strict";
import { test } from "node:test";
${imported}
const equal = (one, other) => assert.deepEqual(one, other);
const rejects = (promise, name) => assert.rejects(promise, { name });
test("works", async () => {${body}});`,
};

const home = {
  HOME: tmpdir(),
  PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
  npm_config_update_notifier: "false",
};

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "eks-lambda-runners-"));
  await writeFile(join(project, "package.json"), '{ "private": true }');
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  await install("npm", ["install", "--no-audit", "--no-fund", "jest@30.5.2"], { cwd: project });
  await symlink(repositoryFile(""), join(project, "node_modules/eks-lambda"));
  for (const name of ["vitest", "esbuild"])
    await symlink(repositoryFile(`node_modules/${name}`), join(project, "node_modules", name));
});
afterAll(() => rm(project, { recursive: true, force: true }));

const node = (command: string, env: Readonly<Record<string, string>> = {}) =>
  run("sh", `-c 'cd ${project} && ${process.execPath} ${command}'`, { ...home, ...env });

test.for([
  ["jest", "node_modules/jest/bin/jest.js jest.test.js"],
  ["vitest", "node_modules/vitest/vitest.mjs run vitest.test.mjs"],
  ["node:test", "--test node.test.mjs"],
] as const)("in %s", async ([, command]) => {
  const { exit, stdout, stderr } = await node(command);
  expect(exit, stdout + stderr).toBe(0);
});

test("on a real API server, by KUBEBUILDER_ASSETS", async () => {
  const { controlPlane, etcd } = await buildAll();
  const assets = join(project, "assets");
  await mkdir(assets);
  await symlink(join(controlPlane, "bin/kube-apiserver"), join(assets, "kube-apiserver"));
  await symlink(join(etcd, "bin/etcd"), join(assets, "etcd"));
  const { exit, stdout, stderr } = await node("--test node.test.mjs", { KUBEBUILDER_ASSETS: assets });
  expect(exit, stdout + stderr).toBe(0);
});
