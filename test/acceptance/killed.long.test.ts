/** A teardown that is killed while it waits is finished by the next one. test/e2e/killed-everywhere.test.ts has every other moment. */
import { expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { rbac, readAwsAuth } from "./support/cluster.ts";
import { preloading } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const killAfter = (request: string) => ({
  ...preloading("test/acceptance/support/children/kill-after.mjs"),
  KILL_AFTER: request,
});

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
    backend.kube("PATCH", binding, { body: { metadata: { finalizers } }, contentType: "application/merge-patch+json" });
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

/** What teardown leaves. */
const nothing = { awsAuth: undefined, role: { code: 404 }, roleBinding: { code: 404 } };
