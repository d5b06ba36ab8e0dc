/** The stacks and the function for the AWS cases. */
import { expect } from "vitest";
import { until } from "../people.ts";
import type { Side } from "../side.ts";
import { type AwsCall, named, send } from "./call.ts";

const code = `exports.handler = async (event, context) => {
  if (event.fail) throw new TypeError("told to");
  if (event.hang) await new Promise((resolve) => setTimeout(resolve, 10000));
  if (event.exit) process.exit(1);
  if (event.context) {
    const { functionName, functionVersion, memoryLimitInMB, logGroupName } = context;
    const [stream, left] = [typeof context.logStreamName, typeof context.getRemainingTimeInMillis()];
    return { functionName, functionVersion, memoryLimitInMB, logGroupName, stream, left };
  }
  return { event };
};`;

/** `more` is of the function's properties. */
export const functionNamed = (FunctionName: string, more: object = {}) => ({
  Type: "AWS::Serverless::Function",
  Properties: {
    ...{ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", InlineCode: code, Timeout: 30 },
    Role: { "Fn::GetAtt": ["Role", "Arn"] },
    Environment: { Variables: { GREETING: "hello" } },
    ...more,
  },
});

/** A role, a log group and a function, as in the template of this package. */
export const template = (name: string, more: object = {}): string =>
  JSON.stringify({
    Transform: "AWS::Serverless-2016-10-31",
    Parameters: { Days: { Type: "Number", Default: 7 } },
    Resources: {
      Role: role(name),
      LogGroup: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: `/aws/lambda/${name}` } },
      Function: functionNamed(name),
      ...more,
    },
    Outputs: { Name: { Value: { Ref: "Function" } } },
  });
const role = (RoleName: string) => ({
  Type: "AWS::IAM::Role",
  Properties: { RoleName, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [assume] } },
});
const assume = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };

const version = { Version: "2010-05-15" };
export const cloudFormation = (Action: string, parameters: Readonly<Record<string, string>>): AwsCall => ({
  service: "cloudformation",
  form: { Action, ...version, ...parameters },
});

export const changeSet = (
  StackName: string,
  TemplateBody: string,
  more: Readonly<Record<string, string>> = {},
): AwsCall =>
  cloudFormation("CreateChangeSet", {
    ...{ StackName, ChangeSetName: "change", ChangeSetType: "CREATE", TemplateBody },
    "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    ...more,
  });

async function done(side: Side, call: AwsCall): Promise<string> {
  const { status, text } = await send(side, call);
  expect(status, text).toBe(200);
  return text;
}

const update = { ChangeSetType: "UPDATE", ChangeSetName: "update" };

/** `more` is added to the change set's request. */
export async function deploy(
  side: Side,
  StackName: string,
  { body, end, more = {} }: { readonly body: string; readonly end: string; readonly more?: Partial<typeof update> },
): Promise<void> {
  const { ChangeSetName } = { ChangeSetName: "change", ...more };
  await done(side, changeSet(StackName, body, more));
  const planned = cloudFormation("DescribeChangeSet", { StackName, ChangeSetName });
  await until("it is planned", async () => named(await done(side, planned), "Status") === "CREATE_COMPLETE");
  await done(side, cloudFormation("ExecuteChangeSet", { StackName, ChangeSetName }));
  const described = cloudFormation("DescribeStacks", { StackName });
  await until(`${StackName} is ${end}`, async () => named(await done(side, described), "StackStatus") === end);
}

/**
 * `made` is complete and has a function of that name. `failed` could not be created. `review` has only a change set,
 * `taken` one with the names of `made`. The log group of `drifted` was deleted, so that an update did not find it;
 * its function has a second.
 */
export async function deployAll(side: Side): Promise<void> {
  await deploy(side, "made", { body: template("made"), end: "CREATE_COMPLETE" });
  await done(side, changeSet("review", template("review")));
  const LogGroup = (properties: object) => ({ Type: "AWS::Logs::LogGroup", Properties: properties });
  const updates = {
    empty: {},
    changed: { LogGroup: LogGroup({ LogGroupName: "/aws/lambda/made", RetentionInDays: 7 }) },
    replaced: { LogGroup: LogGroup({ LogGroupName: "/another" }) },
    removed: { LogGroup: undefined, Added: LogGroup({ LogGroupName: "/added" }) },
    role: { Role: role("another") },
  };
  for (const [ChangeSetName, more] of Object.entries(updates))
    await done(side, changeSet("made", template("made", more), { ChangeSetName, ChangeSetType: "UPDATE" }));
  await done(side, changeSet("taken", template("made")));
  const drifted = (more: object = {}) =>
    template("drifted", { Function: functionNamed("drifted", { Timeout: 1 }), ...more });
  await deploy(side, "drifted", { body: drifted(), end: "CREATE_COMPLETE" });
  await side.backend.remove("AWS::Logs::LogGroup", "/aws/lambda/drifted");
  const retention = { LogGroup: LogGroup({ LogGroupName: "/aws/lambda/drifted", RetentionInDays: 7 }) };
  await deploy(side, "drifted", { ...{ body: drifted(retention), end: "UPDATE_ROLLBACK_COMPLETE", more: update } });
  for (const [ChangeSetName, more] of [["plain", {}] as const, ["revert", { DeploymentMode: "REVERT_DRIFT" }] as const])
    await done(side, changeSet("drifted", drifted(), { ...update, ...more, ChangeSetName }));
  side.backend.faults.failResource("Broken");
  const Broken = { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/broken" }, DependsOn: "Role" };
  await deploy(side, "failed", { body: template("failed", { Broken }), end: "ROLLBACK_COMPLETE" });
}

/** In a Region without arm64 and a runtime, `arm64` and `runtime` could not be made, nor `full` in a subnet without free addresses. */
export async function deployRefused(side: Side): Promise<void> {
  side.backend.faults.withoutArm64();
  side.backend.faults.withoutRuntime("nodejs18.x");
  side.backend.faults.fullSubnet("subnet-0b");
  const VpcConfig = { SubnetIds: ["subnet-0a", "subnet-0b"], SecurityGroupIds: ["sg-0a"] };
  const refused = { arm64: { Architectures: ["arm64"] }, runtime: { Runtime: "nodejs18.x" }, full: { VpcConfig } };
  for (const [name, more] of Object.entries(refused)) {
    const body = template(name, { Function: functionNamed(name, more) });
    await deploy(side, name, { body, end: "ROLLBACK_COMPLETE" });
  }
}
