/** A setup that is killed is finished by the next one. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { rbac, readAwsAuth } from "./support/cluster.ts";
import { preloading } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

test.for([
  ["CreateChangeSet", "^CreateChangeSet$"],
  ["ExecuteChangeSet", "^ExecuteChangeSet$"],
  ["aws-auth is made", "^POST /api/v1/namespaces/kube-system/configmaps$"],
  ["the Role is made", "^POST /apis/rbac\\S+/roles$"],
  ["the RoleBinding is made", "^POST /apis/rbac\\S+/rolebindings$"],
  ["the function is first invoked", "^POST \\S+/invocations$"],
] as const)("after the answer to %s", async ([, request], { world }) => {
  const { names, run, fresh } = world;
  await fresh();
  const setup = `setup --cluster ${names.cluster} --yes --json`;
  expect(await run(setup, { env: killAfter(request) })).toMatchObject({ exit: null, stdout: "" });
  const { exit, stdout, stderr } = await run(setup);
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout).checks.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, true]);
  expect(await endState(world)).toMatchObject({
    awsAuth: { mapRoles: `- rolearn: ${names.roleArn}\n  username: lambda\n` },
    role: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }] },
    roleBinding: { subjects: [{ kind: "User", name: "lambda" }] },
    kubeconfig: expect.stringContaining(`current-context: "${names.context}"`),
  });
  const again = JSON.parse((await run(setup)).stdout);
  expect(new Set(again.changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
});

const killAfter = (request: string) => ({
  ...preloading("test/acceptance/support/children/kill-after.mjs"),
  KILL_AFTER: request,
});

test.for([
  ["setup", "- rolearn: ROLE\n  username: lambda\n"],
  ["teardown", undefined],
] as const)("while the role is renamed: %s leaves no entry of its old name", async ([next, mapRoles], { world }) => {
  const { names, backend, run, fresh } = world;
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  const rename = `setup --role-name renamed-${names.cluster} --yes`;
  expect(await run(rename, { env: killAfter("^ExecuteChangeSet$") })).toMatchObject({ exit: null });
  const { exit, stderr } = await run(`${next} --yes`);
  expect(exit, stderr).toBe(0);
  const role = names.roleArn.replace(/[^/]*$/, `renamed-${names.cluster}`);
  expect((await readAwsAuth(backend))?.mapRoles).toBe(mapRoles?.replace("ROLE", role));
});

test.for(["setup", "teardown"])(
  "while the user is renamed: %s leaves no entry that the stack does not know",
  async (next, { world }) => {
    const { names, backend, run, fresh } = world;
    await fresh();
    expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
    const mapped = killAfter("^PATCH /api/v1/namespaces/kube-system/configmaps/aws-auth$");
    expect(await run("setup --username web --yes", { env: mapped })).toMatchObject({ exit: null });
    expect((await readAwsAuth(backend))?.mapRoles).toContain("username: web");
    const { exit, stderr } = await run(`${next} --yes`);
    expect(exit, stderr).toBe(0);
    const entry = `- rolearn: ${names.roleArn}\n  username: lambda\n`;
    expect((await readAwsAuth(backend))?.mapRoles).toBe(next === "setup" ? entry : undefined);
  },
);

/** A run that is killed while it waits for a deletion, and then one that is not. */
async function killedTwice({ run }: World, moments: readonly string[], between: () => Promise<unknown>) {
  for (const moment of moments)
    expect(await run("teardown --yes", { env: killAfter(moment) })).toMatchObject({ exit: null });
  await between();
  const { exit, stderr } = await run("teardown --yes");
  expect(exit, stderr).toBe(0);
}

test("a teardown whose stack takes long to delete can be killed again and again", async ({ world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  backend.faults.stackStatus(names.stack, "DELETE_IN_PROGRESS");
  const whileWaiting = "^DescribeStackEvents$";
  await killedTwice(world, [whileWaiting, whileWaiting], async () =>
    backend.faults.stackStatus(names.stack, "CREATE_COMPLETE"),
  );
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  expect(await inCluster(world)).toMatchObject(nothing);
});

test("a teardown that waits for a finalizer can be killed, and goes on when the finalizer is gone", async ({
  world,
}) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  const binding = `${rbac("rolebindings", "default")}/lambda-create-deployments`;
  const held = (finalizers: readonly string[] | null) =>
    backend.kube("PATCH", binding, {
      body: { metadata: { finalizers } },
      contentType: "application/merge-patch+json",
    });
  expect(await held(["example.com/hold"])).toMatchObject({ status: 200 });
  await killedTwice(world, [`^DELETE ${binding}$`], () => held(null));
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  expect(await inCluster(world)).toMatchObject(nothing);
});

async function inCluster({ backend }: World) {
  const object = async (resource: string) =>
    (await backend.kube("GET", `${rbac(resource, "default")}/lambda-create-deployments`)).body;
  return {
    awsAuth: await readAwsAuth(backend),
    role: await object("roles"),
    roleBinding: await object("rolebindings"),
  };
}

const endState = async (world: World) => ({
  ...(await inCluster(world)),
  kubeconfig: await readFile(join(world.home, ".kube/config"), "utf8"),
});

/** What teardown leaves. */
const nothing = { awsAuth: undefined, role: { code: 404 }, roleBinding: { code: 404 } };
