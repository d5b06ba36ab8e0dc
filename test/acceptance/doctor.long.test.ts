/** doctor's findings for states that setup did not create. */
import { describe, expect } from "vitest";
import { makeEntry } from "./support/aws.ts";
import { make, putAwsAuth, rbac } from "./support/cluster.ts";
import { type Finding, findingsIn } from "./support/finding.ts";
import { as } from "./support/names.ts";
import { test, type World } from "./support/world.ts";

const setup = "setup --yes --no-kubeconfig";

/** Finding of one link from `doctor FLAGS`. */
async function finding({ run }: World, link: string, { flags = "", env = {} } = {}): Promise<Finding | undefined> {
  const { stdout, stderr } = await run(`doctor --json ${flags}`, { env });
  expect(stderr).toBe("");
  return findingsIn({ stdout }).find((one) => one.link === link);
}

const mapping = (arn: string, username: string) => `- rolearn: ${arn}\n  username: ${username}\n`;
const roleArn = ({ names }: World, name: string) => `arn:aws:iam::${names.account}:role/${name}`;

test.for([
  ["UPDATE_IN_PROGRESS", "update"],
  ["DELETE_IN_PROGRESS", "delete"],
  ["UPDATE_ROLLBACK_IN_PROGRESS", "rollback"],
] as const)("a stack in %s is told at once", async ([status, waiter], { world }) => {
  const { backend, names, run, fresh } = world;
  await fresh();
  expect(await run(setup)).toMatchObject({ exit: 0 });
  backend.faults.stackStatus(names.stack, status);
  expect(await finding(world, "stack")).toEqual({
    ...{ link: "stack", status: "broken", code: "StackUnderWay" },
    message: expect.stringMatching(`^the stack "${names.stack}" is in ${status}`),
    hint: `ask again when it is done: aws cloudformation wait stack-${waiter}-complete --stack-name ${names.stack} --region ${names.region}`,
  });
});

test("setup names the binding by which its function may do more", async ({ world }) => {
  const { backend, run, fresh } = world;
  await fresh();
  expect(await run(setup)).toMatchObject({ exit: 0 });
  const apiGroup = "rbac.authorization.k8s.io";
  await make(backend, rbac("clusterrolebindings"), {
    metadata: { name: "everybody" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup, kind: "Group", name: "system:authenticated" }],
  });
  await expect.poll(() => finding(world, "rbac")).toMatchObject({ code: "RightsTooWide" });
  // At once, and not when the changes of setup must have reached every API server: it would run into the test's timeout.
  const { exit, stderr } = await run(setup);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/ failed its checks: may not list deployments\.apps @default \(ChecksFailed\)$/m);
  expect(stderr).toContain(
    "by ClusterRoleBinding everybody (ClusterRole cluster-admin) to Group system:authenticated\nhint  take Group system:authenticated out of it: kubectl edit clusterrolebinding/everybody\n",
  );
});

test("a function that answers stacks and cannot reach S3 is told, and breaks no link", async ({ world }) => {
  await world.fresh();
  const allow = "--allow apply:configmaps delete:configmaps";
  expect(await world.run(`${setup} ${allow}`)).toMatchObject({ exit: 0 });
  expect(await finding(world, "view")).not.toHaveProperty("warnings");
  expect(await world.run(`${setup} ${allow} --env AWS_ENDPOINT_URL_S3=http://127.0.0.1:1`)).toMatchObject({ exit: 0 });
  const why = "stacks get no answer from this function: it cannot reach cloudformation-custom-resource-response-";
  expect(await finding(world, "view")).toMatchObject({ status: "ok", warnings: [expect.stringContaining(why)] });
  const { exit, stdout } = await world.run("doctor");
  expect(exit).toBe(0);
  expect(stdout).toContain(`warning: ${why}`);
});

test("an access entry of an earlier role is ignored if aws-auth maps the role", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await putAwsAuth(backend, { mapRoles: mapping(names.roleArn, "lambda") });
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  await backend.assumeRole(names.role);
  await makeEntry(world, { username: "other" });
  await backend.remove("AWS::IAM::Role", names.role);
  // Creation times of entries and roles have a resolution of one second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await backend.assumeRole(names.role);
  expect(await finding(world, "mapping", { flags: `--role ${names.roleArn}` })).toMatchObject({
    status: "ok",
    message: `${names.roleArn} is "lambda", by entry 1 of mapRoles`,
  });
});

describe("mapAccounts is parsed", () => {
  const admitted = async (world: World, mapAccounts: string) => {
    await world.fresh();
    await world.backend.assumeRole("ci");
    await putAwsAuth(world.backend, { mapAccounts });
    return finding(world, "mapping", { flags: `--role ${roleArn(world, "ci")}` });
  };

  test.for([
    ["in quotes", (account: string) => `- "${account}" # all of us\n`],
    ["without quotes", (account: string) => `- ${account}\n`],
    ["in JSON", (account: string) => `["999999999999", "${account}"]`],
  ] as const)("an account %s is admitted", async ([, text], { world }) => {
    const { account } = world.names;
    expect(await admitted(world, text(account))).toMatchObject({
      status: "ok",
      message: `${roleArn(world, "ci")} is "${roleArn(world, "ci")}", by mapAccounts, which admits all of account ${account}`,
    });
  });

  test.for([
    ["in a comment", (account: string) => `- "999999999999" # not ${account}\n`],
    ["that was commented out", (account: string) => `# - "${account}"\n- "999999999999"\n`],
    ["as a part of another", (account: string) => `- "1${account}"\n`],
  ] as const)("an account %s is not", async ([, text], { world }) => {
    expect(await admitted(world, text(world.names.account))).toMatchObject({ status: "broken", code: "RoleNotMapped" });
  });
});

describe("another role", () => {
  const mapped = async (world: World) => {
    await world.fresh();
    await putAwsAuth(world.backend, { mapRoles: mapping(roleArn(world, "ci"), "ci") });
    return `--role ${roleArn(world, "ci")}`;
  };

  test("passes if any binding names its user", async ({ world }) => {
    const flags = await mapped(world);
    const apiGroup = "rbac.authorization.k8s.io";
    await make(world.backend, rbac("rolebindings", "default"), {
      metadata: { name: "readers" },
      roleRef: { apiGroup, kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup, kind: "User", name: "ci" }],
    });
    expect(await finding(world, "rbac", { flags })).toEqual({
      ...{ link: "rbac", status: "ok" },
      message: '"ci" has rights in default by RoleBinding default/readers (ClusterRole view)',
    });
  });

  test("has no rights without a binding", async ({ world }) => {
    const flags = await mapped(world);
    expect(await finding(world, "rbac", { flags })).toEqual({
      ...{ link: "rbac", status: "broken", code: "RightMissing" },
      message:
        '"ci" has no rights: no RoleBinding in the namespace "default" and no ClusterRoleBinding names it or its groups',
      hint: `grant it the rights that it needs, for example to read Pods: ${grantOf(world, "ci")} 'get,list,watch pods @default'`,
    });
  });

  /** The command in hints, up to its rules. */
  const grantOf = (world: World, name: string) =>
    `eks-lambda grant --cluster ${world.names.cluster} --region ${world.names.region} --role ${roleArn(world, name)} --allow`;
  const commandOfHint = async ({ run }: World, command: string) => {
    const { exit, stderr } = await run(`${command.replace("eks-lambda ", "")} 'get,list,watch pods @default' --yes`);
    expect(exit, stderr).toBe(0);
  };

  test("of IAM Identity Center is mapped with its path", async ({ world }) => {
    const { backend, names, fresh } = world;
    await fresh();
    await backend.describe(names.cluster, { authenticationMode: "API" });
    const name = "AWSReservedSSO_Admin_0123456789abcdef";
    await backend.assumeRole(name, "/aws-reserved/sso.amazonaws.com/eu-west-1/");
    const flags = `--role arn:aws:sts::${names.account}:assumed-role/${name}/me@example.com`;
    expect(await finding(world, "mapping", { flags })).toMatchObject({
      code: "RoleNotMapped",
      hint: `map it and grant it rights: ${grantOf(world, name)} 'get,list,watch pods @default'`,
    });
    await commandOfHint(world, grantOf(world, name));
    expect(await finding(world, "mapping", { flags })).toMatchObject({
      status: "ok",
      message: expect.stringContaining("by its access entry"),
    });
  });

  test("of a function gets its mapping from setup, and nothing from grant", async ({ world }) => {
    const { backend, names, run, fresh } = world;
    await fresh();
    expect(await run(setup)).toMatchObject({ exit: 0 });
    await putAwsAuth(backend, {});
    const found = await finding(world, "mapping", { flags: `--role ${names.roleArn}` });
    expect(found).toMatchObject({
      code: "RoleNotMapped",
      hint: "it is the role of a function: eks-lambda setup creates the mapping",
    });
    const { exit, stderr } = await run(`grant --role ${names.roleArn} --allow 'get pods @default' --yes`);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("(RoleOfFunction)")]);
    expect(await run(setup)).toMatchObject({ exit: 0 });
    expect(await finding(world, "mapping", { flags: `--role ${names.roleArn}` })).toMatchObject({ status: "ok" });
  });

  test("is checked against its grant", async ({ world }) => {
    const flags = await mapped(world);
    await world.backend.assumeRole("ci");
    await commandOfHint(world, grantOf(world, "ci"));
    expect(await finding(world, "rbac", { flags })).toEqual({
      ...{ link: "rbac", status: "ok" },
      message: '"ci" has 1 right by eks-lambda grant',
      rights: ["get,list,watch pods @default"],
    });
    const path = rbac("rolebindings", "default");
    const { body } = await world.backend.kube("GET", path);
    await world.backend.kube("DELETE", `${path}/${body.items[0].metadata.name}`);
    const broken = {
      ...{ link: "rbac", status: "broken", code: "RightMissing" },
      message: '"ci" may not get,list,watch pods @default, which was granted',
      hint: `someone changed the Role or its binding; grant it again: ${grantOf(world, "ci")} 'get,list,watch pods @default'`,
    };
    await expect.poll(() => finding(world, "rbac", { flags })).toEqual(broken);
    await commandOfHint(world, grantOf(world, "ci"));
    expect(await finding(world, "rbac", { flags })).toMatchObject({ status: "ok" });
  });
});

test("a caller without a mapping gets a hint how to create an access entry", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  const env = as(await backend.assumeRole("stranger"));
  const entry = `--cluster-name ${names.cluster} --principal-arn ${roleArn(world, "stranger")} --region ${names.region}`;
  expect(await finding(world, "caller", { env })).toMatchObject({
    code: "Unauthorized",
    hint: expect.stringMatching(
      `\nan access entry with the right to administer the cluster:\naws eks create-access-entry ${entry}\naws eks associate-access-policy ${entry} --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy --access-scope type=cluster$`,
    ),
  });
});

test("a caller of IAM Identity Center gets it with the role's path, and it lets them in", async ({ world }) => {
  const { backend, names, fresh } = world;
  await fresh();
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  const [name, path] = ["AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/"];
  const env = as(await backend.assumeRole(name, path));
  const { hint = "" } = (await finding(world, "caller", { env })) ?? {};
  const [, principalArn = "", region] = /create-access-entry .*--principal-arn (\S+) --region (\S+)$/m.exec(hint) ?? [];
  expect({ principalArn, region }).toEqual({
    ...{ principalArn: `arn:aws:iam::${names.account}:role${path}${name}`, region: names.region },
  });
  await makeEntry(world, { principalArn, username: "ada" });
  await expect
    .poll(() => finding(world, "caller", { env }))
    .toMatchObject({ status: "ok", message: 'you are "ada" in the cluster' });
});
