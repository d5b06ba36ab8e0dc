/** What somebody changed or deleted behind the stack's back: setup puts it right, and doctor names it until then. */
import { DeleteAccessEntryCommand, UpdateAccessEntryCommand } from "@aws-sdk/client-eks";
import { describe, expect } from "vitest";
import type { ClusterDescription, RemovableType } from "./backend.ts";
import {
  configureFunction,
  deleteLogGroup,
  describedStack,
  eks,
  entryOf,
  keepLog,
  makeEntry,
  makeLogGroup,
  makeStack,
  protectStack,
  putPolicy,
  stackStatus,
  trust,
} from "./support/aws.ts";
import { putAwsAuth } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

type Mode = NonNullable<ClusterDescription["authenticationMode"]>;
const setup = "setup --yes --no-kubeconfig";

async function setUp(world: World, mode: Mode): Promise<void> {
  await world.fresh();
  await putAwsAuth(world.backend, {});
  await world.backend.describe(world.names.cluster, { authenticationMode: mode });
  await worked(world, setup);
  await worked(world, "invoke");
}

async function worked({ run }: World, command: string): Promise<string> {
  const { exit, stderr, stdout } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr + stdout;
}

/** Setup works, and so does the function; another setup has nothing to do. */
async function converges(world: World): Promise<string> {
  const said = await worked(world, setup);
  await worked(world, "invoke");
  const { changes } = JSON.parse((await world.run(`${setup} --json`)).stdout);
  expect(new Set(changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
  return said;
}

/** The first link that doctor finds broken. */
async function diagnosis({ run }: World): Promise<string | undefined> {
  const { findings } = JSON.parse((await run("doctor --json")).stdout);
  const broken = findings.find(({ status }: { status: string }) => status === "broken");
  return broken && `${broken.link} ${broken.code}: ${broken.hint}`;
}

const entryKey = ({ names }: World) => ({ clusterName: names.cluster, principalArn: names.roleArn });
const deleteEntry = (world: World) => eks(world.backend).send(new DeleteAccessEntryCommand(entryKey(world)));
const changeEntry = (world: World, more: object) =>
  eks(world.backend).send(new UpdateAccessEntryCommand({ ...entryKey(world), ...more }));
const remake = async ({ backend, names }: World) => {
  await backend.remove("AWS::IAM::Role", names.role);
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // IAM tells when a role was made in whole seconds.
  await backend.assumeRole(names.role);
};

describe("the stack's access entry", () => {
  test.for<readonly [string, (world: World) => Promise<unknown>, string, string]>([
    ["deleted", deleteEntry, "the access entry was deleted", "RoleNotMapped"],
    [
      "given another user",
      (world) => changeEntry(world, { username: "other" }),
      'the access entry was changed to the user "other"',
      "MappedOtherwise",
    ],
    [
      "given groups",
      (world) => changeEntry(world, { kubernetesGroups: ["admins"] }),
      "the access entry was given the groups admins",
      "",
    ],
    ["left from an earlier role", remake, "the access entry is for an earlier role of that name", "AccessEntryDead"],
  ])("%s is made again", async ([, meddle, drift, code], { world }) => {
    await setUp(world, "API");
    await meddle(world);
    if (code) expect(await diagnosis(world)).toMatch(new RegExp(`^\\w+ ${code}: .*eks-lambda setup`));
    expect(await converges(world)).toContain(`- ${drift}`);
    expect(await entryOf(world)).toEqual({ username: "lambda", groups: [] });
    await worked(world, "teardown --yes --no-kubeconfig");
    expect(await entryOf(world)).toBeUndefined();
  });

  test("is not made where somebody else's is in its place", async ({ world }) => {
    await setUp(world, "API");
    await deleteEntry(world);
    await makeEntry(world, { username: "web" });
    await writesOf(world);
    expect(await world.run(setup)).toMatchObject({ exit: 1, stderr: expect.stringContaining("(AccessEntryNotOurs)") });
    expect(await writesOf(world)).toEqual([]);
  });
});

test("log group, policies and configuration, changed by hand, are put right by a second setup", async ({ world }) => {
  const { names } = world;
  await setUp(world, "CONFIG_MAP");
  const anything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const principal = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" };
  const meddled: readonly (readonly [drift: string, () => Promise<unknown>])[] = [
    [`the log group ${names.logGroup} keeps events for 1 day, not for 30 days`, () => keepLog(world, 1)],
    [`the log group ${names.logGroup} was deleted`, () => deleteLogGroup(world)],
    [
      `the policy write-its-own-log of the role ${names.role} was changed`,
      () => putPolicy(world, "write-its-own-log", anything),
    ],
    [`the policy write-its-own-log of the role ${names.role} was deleted`, () => putPolicy(world, "write-its-own-log")],
    [
      `the trust policy of the role ${names.role} was changed`,
      () => trust(world, { Version: "2012-10-17", Statement: [principal] }),
    ],
    [
      `the function ${names.functionName} was changed: 512 MB of memory`,
      () => configureFunction(world, { MemorySize: 512 }),
    ],
    [`the function ${names.functionName} was updated on `, () => configureFunction(world, { Description: "by hand" })],
  ];
  for (const [drift, meddle] of meddled) {
    await meddle();
    expect(await diagnosis(world)).toBe(
      "function StackDrifted: eks-lambda setup restores it; see who did it in CloudTrail's event history",
    );
    const { stderr } = await world.run(setup);
    expect(stderr).toContain(`- ${drift}`);
    expect(await diagnosis(world)).toBeUndefined();
  }
  await converges(world);
});

describe.for<Mode>(["CONFIG_MAP", "API"])("in authentication mode %s", (mode) => {
  test.for<readonly [string, (world: World) => Promise<unknown>, string, string]>([
    [
      "the role, deleted",
      ({ backend, names }) => backend.remove("AWS::IAM::Role", names.role),
      "the role eks-lambda-demo-us-east-1 was deleted",
      "stack RoleNotFound",
    ],
    [
      "the function, deleted",
      ({ backend, names }) => backend.remove("AWS::Lambda::Function", names.functionName),
      "the function eks-lambda-demo-us-east-1 was deleted",
      "function FunctionNotFound",
    ],
    [
      "the function, configured otherwise",
      (world) => configureFunction(world, { Environment: { Variables: { CLUSTER_NAME: "other" } } }),
      "the function eks-lambda-demo-us-east-1 was changed: CLUSTER_NAME, ",
      "function FunctionOutdated",
    ],
    [
      "the role, made again by hand",
      remake,
      "the role eks-lambda-demo-us-east-1 was created again outside of the stack",
      mode === "API" ? "mapping AccessEntryDead" : "function FunctionOutdated",
    ],
  ])("%s, is put right by a second setup", async ([, meddle, drift, found], { world }) => {
    await setUp(world, mode);
    await meddle(world);
    expect(await diagnosis(world)).toMatch(new RegExp(`^${found}: .*eks-lambda setup`));
    expect(await converges(world)).toContain(`- ${drift}`);
    expect(await stackStatus(world.backend, world.names.stack)).toBe("UPDATE_COMPLETE");
    await worked(world, "teardown --yes --no-kubeconfig");
  });
});

describe("where CloudFormation does not know how to revert drift", () => {
  const lost =
    "warning: if CloudFormation cannot revert this, setup deletes the stack and creates it again: the function's log is lost then, and what others added to the function (triggers, permissions)";
  const idOf = async ({ backend, names }: World) => (await describedStack(backend, names.stack))?.StackId;

  test.for<readonly [string, Mode, (world: World) => Promise<unknown>]>([
    ["the log group was deleted", "CONFIG_MAP", deleteLogGroup],
    [
      "the function was deleted",
      "CONFIG_MAP",
      ({ backend, names }) => backend.remove("AWS::Lambda::Function", names.functionName),
    ],
    ["the role was deleted", "API", ({ backend, names }) => backend.remove("AWS::IAM::Role", names.role)],
  ])(
    "%s (%s): the stack is deleted and created again, and the plan says what is lost",
    async ([, mode, meddle], { world }) => {
      await setUp(world, mode);
      const before = await idOf(world);
      world.backend.faults.withoutDriftReverts();
      await meddle(world);
      await writesOf(world);
      expect(await worked(world, `${setup} --dry-run`)).toContain(lost);
      expect(await writesOf(world)).toEqual([]);
      // An update that CloudFormation would begin, and fail.
      expect(await worked(world, `${setup} --memory 512`)).toContain(lost);
      expect(await idOf(world)).not.toBe(before);
      await converges(world);
      await worked(world, "teardown --yes --no-kubeconfig");
      expect(await stackStatus(world.backend, world.names.stack)).toBeUndefined();
    },
  );

  test("a stack with termination protection is refused, and kept", async ({ world }) => {
    const { backend, names, run } = world;
    await setUp(world, "CONFIG_MAP");
    backend.faults.withoutDriftReverts();
    await deleteLogGroup(world);
    await protectStack(backend, names.stack, true);
    const before = await idOf(world);
    const { exit, stderr } = await run(setup);
    expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
      exit: 1,
      error: `error the stack "${names.stack}" has termination protection (StackProtected)
hint  to allow the deletion: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${names.stack} --region ${names.region}
`,
    });
    expect(await idOf(world)).toBe(before);
  });

  test("the function was updated by hand: its code is deployed again, and the stack is kept", async ({ world }) => {
    await setUp(world, "CONFIG_MAP");
    const before = await idOf(world);
    world.backend.faults.withoutDriftReverts();
    await configureFunction(world, { Description: "by hand" });
    expect(await converges(world)).not.toContain(lost);
    expect(await idOf(world)).toBe(before);
  });
});

describe("what is there before setup", () => {
  const assume = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const others = (functionName: string) => ({
    Role: {
      Type: "AWS::IAM::Role" satisfies RemovableType,
      Properties: { RoleName: "other", AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [assume] } },
    },
    Function: {
      Type: "AWS::Lambda::Function" satisfies RemovableType,
      Properties: {
        ...{ FunctionName: functionName, Runtime: "nodejs22.x", Handler: "index.handler" },
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Code: { ZipFile: "exports.handler = async () => 1;" },
      },
    },
  });

  test("a function of our name is found while planning", async ({ world }) => {
    const { backend, names, run, fresh } = world;
    await fresh();
    await makeStack(backend, "others", {}, others(names.functionName));
    await writesOf(world);
    const { exit, stderr } = await run(setup);
    expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
      exit: 1,
      error: `error the function "${names.functionName}" exists, but this stack did not create it: ${names.functionArn} (FunctionNotOurs)
hint  choose another name with --function-name, or delete it if nothing uses it: aws lambda delete-function --function-name ${names.functionName} --region ${names.region}
`,
    });
    expect(await writesOf(world)).toEqual([]);
  });

  test("a log group of our name is found while planning", async ({ world }) => {
    const { backend, names, run, fresh } = world;
    await fresh();
    await makeLogGroup(world);
    await writesOf(world);
    const { exit, stderr } = await run(setup);
    expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
      exit: 1,
      error: `error the log group "${names.logGroup}" exists, but this stack did not create it: an earlier stack or function left it (LogGroupNotOurs)
hint  if you do not need this log, delete it: aws logs delete-log-group --log-group-name ${names.logGroup} --region ${names.region}; or choose another name with --function-name
`,
    });
    expect(await writesOf(world)).toEqual([]);
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
  });
});
