/** Stacks and the functions in them, by the SDK's own clients. */
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  EKSClient,
  UpdateAccessEntryCommand,
} from "@aws-sdk/client-eks";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { deployments, useSandbox } from "../support/sandbox.ts";

const { sandbox, client, token, kube } = useSandbox({ authenticationMode: "API" });

/** A function whose code is `body`. */
const template = (body: string, more = "", timeout = 30) => `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Name: { Type: String }
  Entry: { Type: String, Default: "no" }
Conditions:
  HasEntry: !Equals [!Ref Entry, "yes"]
Resources:
  Entry:
    Type: AWS::EKS::AccessEntry
    Condition: HasEntry
    DependsOn: Function
    Properties: { ClusterName: demo, PrincipalArn: !GetAtt Role.Arn, Username: lambda }
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub \${Name}-function
      Role: !GetAtt Role.Arn
      Timeout: ${timeout}
      Environment: { Variables: { GREETING: !If [HasEntry, hello, !Ref "AWS::NoValue"] } }
      InlineCode: ${JSON.stringify(`exports.handler = async (event, context) => { ${body} };`)}
  Role:
    Type: AWS::IAM::Role
    Properties: { RoleName: !Ref Name, Path: /team/ }
${more}
Outputs:
  Arn: { Value: !GetAtt Function.Arn }
`;

const stack = { StackName: "it", ChangeSetName: "c" };
const cloudformation = () => new CloudFormationClient(client());

const change = (input: Partial<CreateChangeSetCommandInput>) =>
  cloudformation().send(
    new CreateChangeSetCommand({
      ...stack,
      ChangeSetType: "CREATE",
      Capabilities: ["CAPABILITY_NAMED_IAM"],
      Parameters: [{ ParameterKey: "Name", ParameterValue: "web" }],
      ...input,
    }),
  );
const described = async () => (await cloudformation().send(new DescribeStacksCommand({ StackName: "it" }))).Stacks?.[0];
const settled = async () => {
  await expect.poll(async () => (await described())?.StackStatus).not.toMatch(/_IN_PROGRESS$/);
  return described();
};
const deploy = async (TemplateBody: string, input: Partial<CreateChangeSetCommandInput> = {}) => {
  await change({ TemplateBody, ...input });
  await cloudformation().send(new ExecuteChangeSetCommand(stack));
  return settled();
};
const reasonOfChangeSet = async () => (await cloudformation().send(new DescribeChangeSetCommand(stack))).StatusReason;
const events = async () => {
  const { StackEvents = [] } = await cloudformation().send(new DescribeStackEventsCommand({ StackName: "it" }));
  return StackEvents.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`).reverse();
};
/** Why the first resource failed. */
const failure = async () => {
  const { StackEvents = [] } = await cloudformation().send(new DescribeStackEventsCommand({ StackName: "it" }));
  return StackEvents.findLast(({ ResourceStatus = "" }) => /_FAILED$/.test(ResourceStatus))?.ResourceStatusReason;
};
const invoke = async (event: unknown = {}) => {
  const command = new InvokeCommand({
    FunctionName: "web-function",
    Payload: Buffer.from(JSON.stringify(event)),
    LogType: "Tail",
  });
  const { Payload = [], FunctionError, LogResult = "" } = await new LambdaClient(client()).send(command);
  return {
    result: JSON.parse(Buffer.from(Payload).toString()),
    FunctionError,
    log: Buffer.from(LogResult, "base64").toString(),
  };
};

describe("stacks", () => {
  test("have functions that get events in every script", async () => {
    const event = { text: "é → 日本 😀" };
    await deploy(template("return event"), { Parameters: [{ ParameterKey: "Name", ParameterValue: "web" }] });
    expect((await invoke(event)).result).toEqual(event);
  });

  test("are made in the order of their needs, and removed in the other", async () => {
    const parameters = [
      ["Name", "web"],
      ["Entry", "yes"],
    ].map(([ParameterKey = "", ParameterValue = ""]) => ({ ParameterKey, ParameterValue }));
    expect(await deploy(template("return process.env.GREETING"), { Parameters: parameters })).toMatchObject({
      StackStatus: "CREATE_COMPLETE",
      Outputs: [{ OutputKey: "Arn", OutputValue: "arn:aws:lambda:us-east-1:123456789012:function:web-function" }],
    });
    const each = (verb: string, ...ids: string[]) =>
      ids.flatMap((id) => [`${id} ${verb}_IN_PROGRESS`, `${id} ${verb}_COMPLETE`]);
    const made = [...each("CREATE", "Role", "Function", "Entry"), "it CREATE_COMPLETE"];
    expect(await events()).toEqual(["it REVIEW_IN_PROGRESS", "it CREATE_IN_PROGRESS", ...made]);
    expect((await invoke()).result).toBe("hello");
    await cloudformation().send(new DeleteStackCommand({ StackName: "it" }));
    await expect.poll(() => described().catch((error: Error) => error.message)).toBe("Stack with id it does not exist");
  });

  test("know their account, region, name and id", async () => {
    const names = ["AccountId", "Partition", "Region", "StackId", "StackName", "URLSuffix"];
    const all = names.map((name) => `\${AWS::${name}}`).join(" ");
    const made = await deploy(`${template("return 1")}  Pseudo: { Value: !Sub "${all}" }\n`);
    expect(made?.Outputs).toContainEqual({
      OutputKey: "Pseudo",
      OutputValue: `123456789012 aws us-east-1 ${made?.StackId} it amazonaws.com`,
    });
  });

  test("change in place, and an empty change set says so", async () => {
    await deploy(template("return 1"));
    expect(await deploy(template("return 2"), { ChangeSetType: "UPDATE" })).toMatchObject({
      StackStatus: "UPDATE_COMPLETE",
    });
    expect((await invoke()).result).toBe(2);
    await change({ TemplateBody: template("return 2"), ChangeSetType: "UPDATE" });
    expect(await reasonOfChangeSet()).toMatch(/^The submitted information didn't contain changes\./);
  });

  test("go back when a resource fails", async () => {
    sandbox().faults.failResources.push("Function");
    expect(await deploy(template("return 1"))).toMatchObject({ StackStatus: "ROLLBACK_COMPLETE" });
    expect(await events()).toContain("Role DELETE_COMPLETE");
    await expect(change({ TemplateBody: template("return 1"), ChangeSetType: "UPDATE" })).rejects.toThrow(
      /is in ROLLBACK_COMPLETE state/,
    );
  });

  test("go back to what they were", async () => {
    await deploy(template("return 1"));
    sandbox().faults.failResources.push("Log");
    const log = "  Log: { Type: AWS::Logs::LogGroup, DependsOn: Function }";
    const other = {
      ChangeSetType: "UPDATE",
      Parameters: [{ ParameterKey: "Name", ParameterValue: "other" }],
    } satisfies Partial<CreateChangeSetCommandInput>;
    expect(await deploy(template("return 2", log), other)).toMatchObject({
      StackStatus: "UPDATE_ROLLBACK_COMPLETE",
      Parameters: [{ ParameterValue: "web" }, {}],
    });
    expect((await invoke()).result).toBe(1);
  });

  test("do not take what others made meanwhile", async () => {
    await change({ TemplateBody: template("return 1") });
    sandbox().assumeRole("web");
    await cloudformation().send(new ExecuteChangeSetCommand(stack));
    expect(await settled()).toMatchObject({ StackStatus: "ROLLBACK_COMPLETE" });
    expect(await failure()).toMatch(
      /^Resource handler returned message: "Role with name web already exists\. \(Service: Iam, Status Code: 409, Request ID: \S+\)" \(RequestToken: \S+, HandlerErrorCode: AlreadyExists\)$/,
    );
  });

  describe("whose resources somebody deleted or changed", () => {
    const withEntry = (value: string): Partial<CreateChangeSetCommandInput> => ({
      Parameters: [
        { ParameterKey: "Name", ParameterValue: "web" },
        { ParameterKey: "Entry", ParameterValue: value },
      ],
    });
    const update = (value: string, more: Partial<CreateChangeSetCommandInput> = {}, body = "return 1") =>
      deploy(template(body), { ChangeSetType: "UPDATE", ...withEntry(value), ...more });
    const revert = (value: string) => update(value, { DeploymentMode: "REVERT_DRIFT" });
    const entry = { clusterName: "demo", principalArn: "arn:aws:iam::123456789012:role/team/web" };
    const username = async () => {
      const { accessEntry } = await new EKSClient(client()).send(new DescribeAccessEntryCommand(entry));
      return accessEntry?.username;
    };

    test("make them again when they are switched off and on", async () => {
      await deploy(template("return 1"), withEntry("yes"));
      await new EKSClient(client()).send(new DeleteAccessEntryCommand(entry));
      expect(await update("no")).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
      expect(await update("yes")).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
      expect(await username()).toBe("lambda");
    });

    test("make them again when drift is reverted", async () => {
      await deploy(template("return 1"), withEntry("yes"));
      await new EKSClient(client()).send(new DeleteAccessEntryCommand(entry));
      sandbox().remove("AWS::Lambda::Function", "web-function");
      expect(await revert("yes")).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
      expect([await username(), (await invoke()).result]).toEqual(["lambda", 1]);
    });

    test("change them back when drift is reverted", async () => {
      await deploy(template("return 1"), withEntry("yes"));
      await new EKSClient(client()).send(new UpdateAccessEntryCommand({ ...entry, username: "other" }));
      expect(await revert("yes")).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
      expect(await username()).toBe("lambda");
    });

    test("have nothing to revert when nobody did", async () => {
      await deploy(template("return 1"), withEntry("yes"));
      const mode = { ChangeSetType: "UPDATE" as const, DeploymentMode: "REVERT_DRIFT" as const };
      await change({ TemplateBody: template("return 1"), ...withEntry("yes"), ...mode });
      expect(await reasonOfChangeSet()).toMatch(/didn't contain changes/);
    });
  });

  test.each([
    ["IMPORT_COMPLETE", "takes", /^$/],
    ["IMPORT_ROLLBACK_COMPLETE", "takes", /^$/],
    ["UPDATE_FAILED", "refuses to execute", /^This stack is currently in a non-terminal \[UPDATE_FAILED\] state\./],
    ["IMPORT_ROLLBACK_FAILED", "refuses", /is in IMPORT_ROLLBACK_FAILED state and can not be updated\.$/],
    ["UPDATE_ROLLBACK_FAILED", "refuses", /is in UPDATE_ROLLBACK_FAILED state and can not be updated\.$/],
  ])("in %s: CloudFormation %s an update", async (status, how, message) => {
    await deploy(template("return 1"));
    sandbox().setStackStatus("it", status);
    const update = change({ TemplateBody: template("return 2"), ChangeSetType: "UPDATE" });
    if (how === "refuses") return expect(update).rejects.toThrow(message);
    await update;
    const execute = (more = {}) => cloudformation().send(new ExecuteChangeSetCommand({ ...stack, ...more }));
    if (how !== "takes") await expect(execute()).rejects.toThrow(message);
    await execute(how === "takes" ? {} : { DisableRollback: true });
    expect(await settled()).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
  });

  test("need a value for each parameter without a default", async () => {
    const refused = change({ TemplateBody: template("return 1"), Parameters: [] });
    await expect(refused).rejects.toMatchObject({
      name: "ValidationError",
      message: "Parameters: [Name] must have values",
    });
  });
});

describe("functions", () => {
  test("have their own environment and a log, and stay warm", async () => {
    await deploy(
      template(
        "globalThis.count = (globalThis.count ?? 0) + 1; console.log('seen', event.x); return { count, env: Object.keys(process.env), id: context.awsRequestId }",
      ),
    );
    const { log } = await invoke({ x: 1 });
    const { result } = await invoke({ x: 2 });
    expect(result).toMatchObject({ count: 2, id: expect.stringMatching(/^[-0-9a-f]{36}$/) });
    expect(result.env.filter((name: string) => !/^(AWS_|LAMBDA_|_HANDLER|LANG|TZ)/.test(name))).toEqual([]);
    expect(log).toMatch(/^START RequestId: \S+ Version: \$LATEST\nseen 1\nEND RequestId: \S+\nREPORT RequestId: /);
  });

  test.for<readonly [string, string, object, timeout?: number]>([
    [
      "throws",
      "throw new RangeError('too far')",
      { errorType: "RangeError", errorMessage: "too far", trace: expect.any(Array) },
    ],
    [
      "never ends",
      "return new Promise(() => {})",
      {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 3\.00 seconds$/),
      },
      3,
    ],
    [
      "exits",
      "process.exit(3)",
      {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
      },
    ],
  ])("one that %s fails, and the next call starts anew", async ([, body, result, timeout]) => {
    await deploy(template(`if (event.good) return 'good'; ${body}`, "", timeout));
    expect(await invoke()).toMatchObject({ FunctionError: "Unhandled", result });
    expect((await invoke({ good: true })).result).toBe("good");
  });
});

test("an access entry is of the role for which it was made, not of a later one of that name", async () => {
  await deploy(template("return 1"));
  const entry = { clusterName: "demo", principalArn: "arn:aws:iam::123456789012:role/team/web", username: "web" };
  await new EKSClient(client()).send(new CreateAccessEntryCommand(entry));
  const status = async () =>
    (await kube("GET", deployments, { token: await token(sandbox().assumeRole("web")) })).status;
  expect(await status()).toBe(403);
  await cloudformation().send(new DeleteStackCommand({ StackName: "it" }));
  await expect.poll(() => described().catch(() => "gone")).toBe("gone");
  await deploy(template("return 1"));
  expect(await status()).toBe(401);
  expect(sandbox().authenticatorLog.at(-1)).toBe("access denied: identity is not mapped");
});
