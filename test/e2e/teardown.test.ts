/** `teardown` when something is missing, belongs to others, or cannot be deleted. */
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { describe, expect } from "vitest";
import { stackStatus } from "../acceptance/support/aws.ts";
import { make, putAwsAuth, rbac, readAwsAuth } from "../acceptance/support/cluster.ts";
import { credentialsOf } from "../acceptance/support/names.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { stateOf } from "./support/state.ts";

const others = { mapRoles: "# nodes\n- rolearn: arn:aws:iam::123456789012:role/nodes\n" };

test.beforeEach(async ({ world }) => {
  await world.fresh();
  await putAwsAuth(world.backend, others);
});

const setUp = async (world: World, flags = "") =>
  expect(await world.run(`setup --yes ${flags}`)).toMatchObject({ exit: 0 });

test("without its stack, everything else is found by its names and deleted", async ({ world }) => {
  const before = await stateOf(world);
  await setUp(world, "--no-kubeconfig");
  await deleteStack(world);
  expect(await world.run("teardown --yes --no-kubeconfig")).toMatchObject({ exit: 0 });
  expect(await stateOf(world)).toEqual(before);
});

test("a Role and a RoleBinding that someone else created are kept", async ({ world }) => {
  const { backend, run } = world;
  const name = "lambda-create-deployments";
  await setUp(world);
  for (const [resource, more] of [
    ["roles", { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }] }],
    [
      "rolebindings",
      {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "lambda" }],
      },
    ],
  ] as const) {
    await backend.kube("DELETE", `${rbac(resource, "default")}/${name}`);
    await make(backend, rbac(resource, "default"), { metadata: { name }, ...more });
  }
  const { exit, stderr } = await run("teardown --yes");
  expect({ exit, kept: stderr.match(/kept: .+/g) }).toEqual({
    exit: 0,
    kept: ["kept: someone else created this Role", "kept: someone else created this RoleBinding"],
  });
  for (const resource of ["roles", "rolebindings"])
    expect((await backend.kube("GET", `${rbac(resource, "default")}/${name}`)).status).toBe(200);
  expect(await readAwsAuth(backend)).toEqual(others);
});

test("a change that others made to aws-auth meanwhile is kept", async ({ world }) => {
  const { backend, run } = world;
  await setUp(world);
  const { mapRoles = "" } = (await readAwsAuth(backend)) ?? {};
  const added = "# new\n- rolearn: arn:aws:iam::123456789012:role/new\n";
  await putAwsAuth(backend, { mapRoles: mapRoles + added, mapUsers: "[]" });
  expect(await run("teardown --yes")).toMatchObject({ exit: 0 });
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: others.mapRoles + added, mapUsers: "[]" });
});

describe("a stack that cannot be deleted", () => {
  test("names the resource and the reason, deletes everything else, and setup refuses to continue", async ({
    world,
  }) => {
    const { backend, names, run } = world;
    await setUp(world);
    backend.faults.failResource("LogGroup DELETE");
    const { exit, stderr } = await run("teardown --yes");
    expect({ exit, told: stderr.slice(stderr.indexOf("\nerror") + 1) }).toEqual({
      exit: 1,
      told: expect.stringMatching(
        /^error the stack "eks-lambda-demo" is in DELETE_FAILED after its deletion: LogGroup \(AWS::Logs::LogGroup\): .*told to fail.* \(StackFailed\)\nhint {2}fix that and run the command again; .*\n$/,
      ),
    });
    expect(await stackStatus(backend, names.stack)).toBe("DELETE_FAILED");
    expect(await readAwsAuth(backend)).toEqual(others);
    expect(await run("setup --yes")).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/is in DELETE_FAILED.*\nhint {2}see its events for what could not be deleted/),
    });
  });

  test("in UPDATE_ROLLBACK_FAILED, setup says what to do, and teardown deletes it", async ({ world }) => {
    const { backend, names, run } = world;
    await setUp(world);
    backend.faults.failResource("LogGroup ROLLBACK");
    backend.faults.failResource("Function");
    const flags = "--log-retention 7 --namespace kube-public --share-username";
    const { exit, stderr } = await run(`setup --yes ${flags}`);
    expect({ exit, told: stderr.slice(stderr.indexOf("\nerror") + 1) }).toEqual({
      exit: 1,
      told: expect.stringMatching(
        /^error the stack "eks-lambda-demo" could not be updated: Function \(AWS::Lambda::Function\): .* \(StackFailed\)\nhint {2}the stack is in UPDATE_ROLLBACK_FAILED now: see its events .* aws cloudformation continue-update-rollback --stack-name eks-lambda-demo --region us-east-1\n$/,
      ),
    });
    expect(await stackStatus(backend, names.stack)).toBe("UPDATE_ROLLBACK_FAILED");
    expect(await run("setup --yes")).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/is in UPDATE_ROLLBACK_FAILED.*\nhint {2}.*continue-update-rollback/),
    });
    expect(await run("teardown --yes")).toMatchObject({ exit: 0 });
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
  });
});

async function deleteStack({ backend, names }: World): Promise<void> {
  const client = new CloudFormationClient({
    region: backend.region,
    credentials: credentialsOf(backend),
    endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
  });
  await client.send(new DeleteStackCommand({ StackName: names.stack }));
}
