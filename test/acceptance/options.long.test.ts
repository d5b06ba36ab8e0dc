/** Options of the function and its role: stored in the stack, shown in the plan, and removable. */
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import { configureEvents, eventsOf } from "./support/aws.ts";
import { putAwsAuth, readAwsAuth } from "./support/cluster.ts";
import { credentialsOf } from "./support/names.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const options = ({ backend }: World) => ({
  region: backend.region,
  credentials: credentialsOf(backend),
  endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
});
const configuration = async (world: World) => {
  const command = new GetFunctionConfigurationCommand({ FunctionName: world.names.functionName });
  const { MemorySize, Timeout, Architectures, Role } = await new LambdaClient(options(world)).send(command);
  return { MemorySize, Timeout, Architectures, Role };
};
const parameter = async (world: World, key: string) => {
  const command = new DescribeStacksCommand({ StackName: world.names.stack });
  const { Stacks } = await new CloudFormationClient(options(world)).send(command);
  return Stacks?.[0]?.Parameters?.find(({ ParameterKey }) => ParameterKey === key)?.ParameterValue;
};
const worked = async ({ run }: World, command: string) => {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr;
};
const nodes = ({ account }: World["names"]) => `- rolearn: arn:aws:iam::${account}:role/nodes\n  username: nodes\n`;
const setup = "setup --yes --no-kubeconfig";

test.beforeEach(async ({ world }) => {
  await world.fresh();
  await putAwsAuth(world.backend, { mapRoles: nodes(world.names) });
});

test("where Lambda offers no arm64, the function is for x86_64 from then on", async ({ world }) => {
  world.backend.faults.withoutArm64();
  await worked(world, setup);
  expect(await configuration(world)).toMatchObject({ Architectures: ["x86_64"] });
  expect(await parameter(world, "Architecture")).toBe("x86_64");
  await writesOf(world);
  expect(await worked(world, `${setup} --memory 256`)).toMatch(/= stack .* unchanged\n/);
  expect(await writesOf(world)).toEqual([]);
  await worked(world, "invoke");

  const { exit, stderr } = await world.run(`${setup} --architecture arm64`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/Architecture "arm64" is not supported in us-east-1\..* \(StackFailed\)$/m);
  expect(stderr).toContain("hint  this Region has no arm64 for Lambda: choose --architecture x86_64\n");
  expect(await configuration(world)).toMatchObject({ Architectures: ["x86_64"] });
});

test("options are stored in the stack, shown in the plan, and removed by an empty value", async ({ world }) => {
  const { names } = world;
  const chosen = "--memory 512 --timeout 60 --architecture x86_64 --reserved-concurrency 5 --log-retention 7";
  expect(await worked(world, `${setup} ${chosen}`)).toMatch(
    /\+ stack .* function, role, log group, 512 MB, 60 s, x86_64, at most 5 at once, reserved, log kept for 7 days\n/,
  );
  const now = { MemorySize: 512, Timeout: 60, Architectures: ["x86_64"], Role: names.roleArn };
  expect(await configuration(world)).toEqual(now);
  expect(await parameter(world, "ReservedConcurrency")).toBe("5");
  await writesOf(world);
  expect(await worked(world, `${setup} --memory 512`)).toMatch(/= stack .* unchanged\n/);
  expect(await writesOf(world)).toEqual([]);

  const stderr = await worked(world, `${setup} --memory '' --reserved-concurrency ''`);
  expect(stderr.match(/^ {6}[-+] .*$/gm)).toEqual([
    "      - memory: 512",
    "      - reserved-concurrency: 5",
    "      + memory: 256",
  ]);
  expect(await configuration(world)).toEqual({ ...now, MemorySize: 256 });
  expect(await parameter(world, "ReservedConcurrency")).toBe("");
});

test("options for asynchronous events are the function's EventInvokeConfig, which others' changes do not outlast", async ({
  world,
}) => {
  const { run } = world;
  expect(await worked(world, `${setup} --event-age 300 --event-retries 0`)).toMatch(
    /\+ stack .* log group, asynchronous events for at most 300 s, no retries of asynchronous events\n/,
  );
  const chosen = { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 0 };
  expect(await eventsOf(world)).toMatchObject(chosen);
  await writesOf(world);
  expect(await worked(world, setup)).toMatch(/= stack .* unchanged\n/);
  expect(await writesOf(world)).toEqual([]);

  await configureEvents(world, { MaximumRetryAttempts: 1 });
  const drift = "was changed: events for at most 21600 s, 1 retry";
  expect((await run("doctor")).stdout).toMatch(new RegExp(`the EventInvokeConfig of \\S+ ${drift} \\(StackDrifted\\)`));
  expect(await worked(world, setup)).toContain(`      - the EventInvokeConfig of ${world.names.functionName} ${drift}`);
  expect(await eventsOf(world)).toMatchObject(chosen);

  await worked(world, `${setup} --event-retries ''`);
  expect(await eventsOf(world)).not.toMatchObject({ MaximumRetryAttempts: 0 });
  await worked(world, `${setup} --event-age ''`);
  await expect(eventsOf(world)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await worked(world, `${setup} --event-age 600`);
  await worked(world, "teardown --yes --no-kubeconfig");
});

test("a role with a path is mapped in aws-auth without it, and stays under its path", async ({ world }) => {
  const { backend, names, run } = world;
  await worked(world, `${setup} --role-path /team/web/`);
  const roleArn = names.roleArn.replace(":role/", ":role/team/web/");
  expect((await configuration(world)).Role).toBe(roleArn);
  const mapRoles = `${nodes(names)}- rolearn: ${names.roleArn}\n  username: lambda\n`;
  expect(await readAwsAuth(backend)).toEqual({ mapRoles });
  await worked(world, "invoke");
  expect(JSON.parse((await run("doctor --json")).stdout).ok).toBe(true);

  await writesOf(world);
  for (const [flag, wanted] of [
    ["--role-path /", "/"],
    ["--role-path ''", "/"],
    ["--role-path /team/", "/team/"],
  ] as const) {
    const refused = await run(`${setup} ${flag}`);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain(
      `error the role "${names.role}" has the path "/team/web/", which cannot become "${wanted}" (RolePathFixed)\n`,
    );
  }
  expect(await writesOf(world)).toEqual([]);
  await worked(world, "teardown --yes --no-kubeconfig");
  expect(await readAwsAuth(backend)).toEqual({ mapRoles: nodes(names) });
});

test.for([
  ["--memory", "127", "a number of MB from 128 to 10240"],
  ["--memory", "10241", "a number of MB from 128 to 10240"],
  ["--timeout", "901", "a number of seconds from 1 to 900"],
  ["--architecture", "arm", "arm64 or x86_64"],
  ["--event-age", "59", "a number of seconds from 60 to 21600"],
  ["--event-retries", "3", "0, 1 or 2"],
  ["--reserved-concurrency", "0", "a number of invocations at once, 1 or more"],
  ["--role-path", "team", "a path such as /team/web/, or / for none"],
] as const)("%s %s is refused", async ([flag, value, must], { world }) => {
  expect(await world.run(`${setup} ${flag} ${value}`)).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error ${flag} is "${value}"; it must be ${must} (InvalidFlag)\n`,
  });
});
