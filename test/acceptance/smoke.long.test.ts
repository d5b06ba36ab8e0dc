/** `smoke`: tries the commands on a cluster with its own resources, and leaves nothing. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type AwsAuth, make, putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { preloading } from "./support/run.ts";
import { inAccount, outside } from "./support/smoke.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";
import { heldBefore } from "./troubleshooting/given.ts";

const modes = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const;
type Mode = (typeof modes)[number];

const mappings: Readonly<Record<Mode, readonly string[]>> = {
  CONFIG_MAP: ["aws-auth"],
  API_AND_CONFIG_MAP: ["access-entry", "aws-auth"],
  API: ["access-entry"],
};

/** As a person wrote it: the quotes, the comment and the spaces must stay. */
const awsAuth = ({ names }: World): AwsAuth => ({
  mapRoles: `# nodes\n- rolearn:   'arn:aws:iam::${names.account}:role/nodes'\n  groups: [ "system:nodes" ]\n`,
  mapUsers: "[]",
});

async function given(world: World, authenticationMode: Mode): Promise<void> {
  const { backend, names, fresh } = world;
  await fresh();
  await backend.describe(names.cluster, { authenticationMode });
  await putAwsAuth(backend, awsAuth(world));
}

/** Pauses between looks are short. */
const hasty = { ...preloading("test/acceptance/support/children/short-waits.mjs"), SHORT_WAITS: "2000" };
const smoke = ({ names }: World) => `smoke --cluster ${names.cluster} --yes`;

const steps = [
  ...["namespace", "role", "setup", "doctor", "invoke", "restart", "drift", "second function", "own function"],
  ...["grant", "logs", "stack created", "stack updated", "stack rolled back", "stack deleted", "events"],
  ...["revoke", "stack removed", "teardown of the second function", "teardown", "role removed"],
  ...["nothing in the namespace", "namespace removed", "nothing left"],
];

test.for(modes)("in mode %s, every step passes and nothing is left", async (mode, { world }) => {
  await given(world, mode);
  const before = await outside(world);
  const { exit, stdout, stderr } = await world.run(`${smoke(world)} --json`, { env: hasty });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    ...{ version: 1, ok: true, authenticationMode: mode, mappings: mappings[mode], region: world.names.region },
    ...{ partition: "aws", inVpc: false, endpoint: { public: true, private: false, forAll: true } },
    kubernetes: expect.stringMatching(/^v1\.\d+\.\d+$/),
  });
  expect(report.steps.map(({ step, ok }: { step: string; ok: boolean }) => [step, ok])).toEqual(
    steps.map((step) => [step, true]),
  );
  expect(namesIn(world, stdout)).toEqual([]);
  const { events } = report.steps.find(({ step }: { step: string }) => step === "events");
  expect(events.map(asked)).toEqual(inStack);
  expect(new Set(events.map(({ StackId }: Event) => StackId))).toEqual(new Set(["#1"]));
  expect(stdout).not.toMatch(/Signature=|X-Amz-Credential=/);
  await nothingLeft(world, before);
});

interface Event {
  readonly RequestType: string;
  readonly LogicalResourceId: string;
  readonly StackId: string;
}

const asked = ({ RequestType, LogicalResourceId }: Event) => `${RequestType} ${LogicalResourceId}`;

/** In this order: the update that fails, its rollback, and its cleanup. */
const inStack = [
  ...["Create Settings", "Update Settings", "Update Settings", "Create Refused", "Update Settings", "Delete Refused"],
  "Delete Settings",
];

/** Since `before`: in the cluster, the account and the person's files. `shown` names the test, too. */
async function nothingLeft(world: World, before: unknown, shown = ""): Promise<void> {
  const requests = (await writesOf(world)).join("\n");
  expect(await inAccount(world, requests + shown)).toEqual([]);
  expect(await outside(world)).toEqual(before);
}

/** The names of the account, the cluster and this computer that are in a text. */
function namesIn({ names, backend, home }: World, text: string): readonly string[] {
  const { hostname, host } = new URL(backend.cluster.endpoint);
  return [
    names.account,
    names.cluster,
    hostname,
    host,
    backend.cluster.ca,
    home,
    "arn:",
    "subnet-",
    "sg-",
    "vpc-",
  ].filter((name) => text.includes(name));
}

test("it says what it makes and what it costs, and asks: without a terminal, nothing is changed", async ({ world }) => {
  await given(world, "API_AND_CONFIG_MAP");
  await writesOf(world);
  const { exit, stdout, stderr } = await world.run(`smoke --cluster ${world.names.cluster}`);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
  expect(stderr).toMatch(/^ {2}\+ namespace +eks-lambda-smoke-[0-9a-f]{6}, with a Deployment/m);
  expect(stderr.match(/^ {2}\+ stack +eks-lambda-/gm)).toHaveLength(3);
  expect(stderr).toMatch(/^ {2}\+ role +eks-lambda-smoke-[0-9a-f]{6}, which no one can assume$/m);
  expect(stderr).toMatch(/^ {2}\+ mappings +of these roles, by access-entry and aws-auth$/m);
  expect(stderr).toMatch(/costs less than one cent, and takes about 7 minutes$/m);
  expect(stderr).toMatch(/\(ConfirmationNeeded\)\nhint {2}rerun with --yes/);
  expect(await writesOf(world)).toEqual([]);
});

test("for a private endpoint, it says that the VPC takes long", async ({ world }) => {
  await given(world, "API");
  const { backend, names } = world;
  await backend.describe(names.cluster, {
    authenticationMode: "API",
    resourcesVpcConfig: {
      ...{ endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [] },
      ...{ vpcId: "vpc-0a1b2c3d4e5f67890", subnetIds: ["subnet-0a1b2c3d4e5f67890"] },
    },
  });
  const { exit, stderr } = await world.run(`smoke --cluster ${names.cluster}`);
  expect(exit).toBe(2);
  expect(stderr).toMatch(/takes about 7 minutes, and up to 40 more at the end: .* VPC/);
});

test("a step that fails is the result; what was made is removed; the report has no names", async ({ world }) => {
  await given(world, "API_AND_CONFIG_MAP");
  const before = await outside(world);
  world.backend.faults.forbid("lambda:Invoke");
  const { exit, stdout, stderr } = await world.run(`${smoke(world)} --json`, { env: hasty });
  expect(exit).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({
    code: "SmokeFailed",
    message: expect.stringMatching(/^step "setup": /),
    // Without its name, the command would be about the function of the cluster.
    hint: expect.stringMatching(/teardown --name smoke-\w{6}-a .*\nall that the test made is removed by now$/s),
  });
  const { ok, steps: walked } = JSON.parse(stdout);
  const [failed, ...others] = walked.filter((one: { ok: boolean }) => !one.ok);
  expect({ ok, others }).toEqual({ ok: false, others: [] });
  expect(failed).toMatchObject({ code: expect.stringMatching(/^(AwsForbidden|SmokeFailed)$/) });
  expect(failed.message).toMatch(/./);
  expect(namesIn(world, stdout)).toEqual([]);
  await nothingLeft(world, before);
});

test("if a step with the stack fails, the report has CloudFormation's reason, and what it sent", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const before = await outside(world);
  // Someone else makes the ConfigMap as soon as the namespace is there.
  const held = await heldBefore("CreateRole", async ({ backend }) => {
    const [id] = await idsLeft(world);
    await make(backend, `/api/v1/namespaces/eks-lambda-smoke-${id}/configmaps`, { metadata: { name: "settings" } });
  })(world);
  const env = { ...held, ...hasty, NODE_OPTIONS: `${hasty.NODE_OPTIONS} ${held?.NODE_OPTIONS}` };
  const { exit, stdout } = await world.run(`${smoke(world)} --json`, { env });
  expect(exit).toBe(1);
  const [failed, ...others] = JSON.parse(stdout).steps.filter(({ ok }: { ok: boolean }) => !ok);
  expect(failed).toMatchObject({
    ...{ step: "stack created", code: "StackFailed" },
    message: expect.stringMatching(/^the stack is in ROLLBACK_COMPLETE, not in CREATE_COMPLETE: /),
  });
  expect(failed.message).toContain("AlreadyExists");
  expect(failed.events.map(asked)).toEqual(["Create Settings", "Delete Settings"]);
  await rm(join(world.home, "held"), { recursive: true });
  expect(others).toEqual([]);
  expect(namesIn(world, stdout)).toEqual([]);
  await nothingLeft(world, before);
});

test("what cannot be removed is named, with the command that removes it", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const { backend } = world;
  backend.faults.forbid("cloudformation:DeleteStack");
  const { exit, stderr } = await world.run(smoke(world), { env: hasty });
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^error step "stack deleted": .*\(AwsForbidden\) \(SmokeFailed\)$/m);
  const [, id] =
    /^hint {2}left: stack .*-b-.*, namespace \S+; to remove it: eks-lambda smoke .*--clean --run (\w+)$/m.exec(
      stderr,
    ) ?? [];
  expect(id, stderr).toBeDefined();
  // The namespace is the last to go: by it, the rest is found.
  expect((await backend.kube("GET", `/api/v1/namespaces/eks-lambda-smoke-${id}`)).status).toBe(200);
  // The second function stays as it is: only it can answer the deletion of the stack.
  const { mapRoles = "", mapUsers } = (await readAwsAuth(backend)) ?? {};
  const text = awsAuth(world);
  expect({ mapRoles: mapRoles.slice(0, text.mapRoles?.length), mapUsers }).toEqual(text);
  expect(mapRoles.slice(text.mapRoles?.length).match(/rolearn: .*-smoke-\w+-./g)).toHaveLength(1);
  expect(mapRoles).toContain(`-smoke-${id}-b-`);
});

/** The ids of the smoke tests of which something is left. */
async function idsLeft({ backend }: World): Promise<readonly string[]> {
  const { body } = await backend.kube("GET", "/api/v1/namespaces?labelSelector=eks-lambda/smoke");
  return body.items.map(
    (one: { metadata: { labels: Record<string, string> } }) => one.metadata.labels["eks-lambda/smoke"],
  );
}

describe("killed", () => {
  test("wherever that was, --clean leaves nothing", { timeout: 900_000 }, async ({ world }) => {
    const mode = "API_AND_CONFIG_MAP";
    const stride = world.backend.name === "sandbox" ? 11 : 23;
    const points: string[] = [];
    for (let at = 1; ; at += stride) {
      await given(world, mode);
      const before = await outside(world);
      const killing = preloading("test/e2e/support/kill-at.mjs").NODE_OPTIONS;
      const env = { ...hasty, NODE_OPTIONS: `${hasty.NODE_OPTIONS} ${killing}`, KILL_AT: String(at) };
      const killed = await world.run(smoke(world), { env });
      if (killed.exit === 0) break;
      const point = /\nkilled after (.+)\n$/.exec(killed.stderr)?.[1] ?? "";
      expect({ point, killed }).toMatchObject({ point: expect.stringMatching(/./), killed: { exit: null } });
      for (const id of await idsLeft(world)) {
        const { exit, stderr } = await world.run(`${smoke(world)} --clean --run ${id}`, { env: hasty });
        expect(exit, `killed after ${point}: ${stderr}`).toBe(0);
      }
      await nothingLeft(world, before, killed.stderr);
      points.push(point);
    }
    expect(points.length).toBeGreaterThan(3);
  });

  test.for(["CreateRole", "CreateChangeSet", "ExecuteChangeSet", "^PATCH \\S+/aws-auth$", "^DELETE \\S+/namespaces/"])(
    "after %s, a --clean that is killed there, too, is finished by the next",
    async (request, { world }) => {
      await given(world, "CONFIG_MAP");
      const before = await outside(world);
      const killing = preloading("test/acceptance/support/children/kill-after.mjs").NODE_OPTIONS;
      const env = { ...hasty, NODE_OPTIONS: `${hasty.NODE_OPTIONS} ${killing}`, KILL_AFTER: request };
      const killed = await world.run(smoke(world), { env });
      expect(killed).toMatchObject({ exit: null });
      for (const id of await idsLeft(world)) {
        const again = `${smoke(world)} --clean --run ${id}`;
        await world.run(again, { env: { ...env, KILL_AFTER: "DeleteStack|DeleteRole" } });
        const { exit, stderr } = await world.run(again, { env: hasty });
        expect(exit, stderr).toBe(0);
      }
      await nothingLeft(world, before, killed.stderr);
    },
  );
});

test("--clean does not touch what may still run, unless it is named", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const killing = preloading("test/acceptance/support/children/kill-after.mjs").NODE_OPTIONS;
  const env = { ...hasty, NODE_OPTIONS: `${hasty.NODE_OPTIONS} ${killing}`, KILL_AFTER: "ExecuteChangeSet" };
  expect(await world.run(smoke(world), { env })).toMatchObject({ exit: null });
  const [id] = await idsLeft(world);
  const before = await outside(world);
  const { exit, stdout, stderr } = await world.run(`${smoke(world)} --clean`);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
  expect(stderr).toMatch(
    new RegExp(
      `^the smoke test ${id} began [\\d.]+ m?i?n?s? ?.*ago and may still run; if not: eks-lambda smoke .*--clean --run ${id}$`,
      "m",
    ),
  );
  expect(stderr).toMatch(/^there is nothing to remove$/m);
  expect(await outside(world)).toEqual(before);
  const asked = await world.run(`smoke --clean --run ${id}`);
  expect(asked.exit).toBe(2);
  expect(asked.stderr).toMatch(new RegExp(`^smoke test ${id}\n {2}- stack `, "m"));
  expect(await outside(world)).toEqual(before);
});

test("--clean touches nothing that only looks like a smoke test's", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const { backend, run } = world;
  const namespaces = "/api/v1/namespaces";
  const label = { "eks-lambda/smoke": "abcdef" };
  await make(backend, namespaces, { metadata: { name: "eks-lambda-smoke-abcdef" } });
  await make(backend, namespaces, { metadata: { name: "shop", labels: label } });
  await make(backend, namespaces, {
    metadata: { name: "eks-lambda-smoke-xyz", labels: { "eks-lambda/smoke": "xyz" } },
  });
  expect(await run("setup --name smoke-abcdef-a --yes --no-kubeconfig")).toMatchObject({ exit: 0 });
  const before = await outside(world);
  expect(await run("smoke --clean --yes")).toMatchObject({ exit: 0, stderr: "there is nothing to remove\n" });
  const { exit, stderr } = await run("smoke --clean --run abcdef --yes");
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: expect.stringContaining("that no smoke test made (StackNotOurs)"),
  });
  expect(await outside(world)).toEqual(before);
});

test("a role that has the name of a smoke test's and not its tag stays", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  await world.backend.assumeRole("eks-lambda-smoke-abcdef");
  const before = await outside(world);
  const { exit, stderr } = await world.run("smoke --clean --run abcdef --yes", { env: hasty });
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringContaining("no smoke test created it: arn:") });
  expect(await outside(world)).toEqual(before);
});

test("two at once do not disturb each other", async ({ world }) => {
  await given(world, "CONFIG_MAP");
  const before = await outside(world);
  const both = await Promise.all([1, 2].map(() => world.run(smoke(world), { env: hasty })));
  for (const { exit, stderr } of both) expect(exit, stderr).toBe(0);
  await nothingLeft(world, before, both.map(({ stderr }) => stderr).join("\n"));
});
