/** The real backend behaves as EKS, CloudFormation and Lambda do. Other tests rely on it. */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Sha256 } from "@aws-crypto/sha256-js";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from "@aws-sdk/client-eks";
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Credentials } from "../acceptance/backend.ts";
import { type RealBackend, startBackend } from "./backend/index.ts";

let backend: RealBackend;
beforeAll(async () => {
  backend = await startBackend();
});
beforeEach(() => backend.reset());
let failed = false;
afterEach(({ task }) => {
  failed ||= task.result?.state === "fail";
});
afterAll(() => backend.stop({ failed }));

async function mint(credentials: Credentials, ageInSeconds = 0): Promise<string> {
  const signer = new SignatureV4({ credentials, region: "us-east-1", service: "sts", sha256: Sha256 });
  const hostname = "sts.us-east-1.amazonaws.com";
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      headers: { host: hostname, "x-k8s-aws-id": backend.cluster.name },
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
    },
    { expiresIn: 60, signingDate: new Date(Date.now() - ageInSeconds * 1000) },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString("base64url")}`;
}

async function map(role: string, username: string): Promise<void> {
  const mapRoles = `- rolearn: arn:aws:iam::${backend.account}:role/${role}\n  username: ${username}\n`;
  const body = { metadata: { name: "aws-auth" }, data: { mapRoles } };
  await backend.kube("POST", "/api/v1/namespaces/kube-system/configmaps", { body });
}

const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

async function permit(username: string): Promise<void> {
  const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }];
  await backend.kube("POST", `${rbac}/roles`, { body: { metadata: { name: "creator" }, rules } });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "creator" };
  const subjects = [{ kind: "User", name: username, apiGroup: "rbac.authorization.k8s.io" }];
  await backend.kube("POST", `${rbac}/rolebindings`, { body: { metadata: { name: "creator" }, roleRef, subjects } });
}

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "demo" } },
    template: { metadata: { labels: { app: "demo" } }, spec: { containers: [{ name: "web", image: "nginx:1.12" }] } },
  },
});

const create = async (token: string, name: string) =>
  (await backend.kube("POST", deployments, { token, body: deployment(name) })).status;

async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(read, { interval: 50 }).toEqual(wanted);
}

describe("the cluster", () => {
  test("allows a mapped role to create, and nothing else", async () => {
    const token = await mint(await backend.assumeRole("function"));
    expect(await create(token, "one")).toBe(401);
    await map("function", "lambda");
    await eventually(() => create(token, "one"), 403);
    await permit("lambda");
    await eventually(() => create(token, "one"), 201);
    await eventually(async () => (await backend.kube("GET", `${deployments}/one`)).body.status.readyReplicas, 2);
    expect((await backend.kube("GET", deployments, { token })).status).toBe(403);
    const writes = await backend.writes();
    expect(writes).toContainEqual({ to: "kube", action: `POST ${deployments}` });
    expect(new Set(writes.map(({ to }) => to))).toEqual(new Set(["kube"]));
    expect(await backend.writes()).toEqual([]);
  });

  test("refuses a signature with another secret, and an expired one", async () => {
    const credentials = await backend.assumeRole("function");
    await map("function", "lambda");
    await eventually(async () => create(await mint(credentials), "one"), 403);
    expect(await create(await mint({ ...credentials, secretAccessKey: "another" }), "one")).toBe(401);
    expect(await create(await mint({ ...credentials, sessionToken: "another" }), "one")).toBe(401);
    expect(await create(await mint(credentials, 16 * 60), "one")).toBe(401);
  });

  test("accepts its creator without a mapping", async () => {
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = backend.env;
    const token = await mint({ accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY });
    expect((await backend.kube("GET", "/api/v1/namespaces/kube-system/configmaps", { token })).status).toBe(200);
  });

  test("works with the kubectl of its version", async () => {
    const run = promisify(execFile);
    const { stdout } = await run(backend.bin.kubectl, ["--kubeconfig", backend.kubeconfig, "version", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ serverVersion: { gitVersion: "v1.35.4" } });
  });
});

const template = (text: string, { namedRole = false, extra = "" } = {}) => `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Entry: { Type: String, Default: "no" }
Conditions:
  WithEntry: !Equals [!Ref Entry, "yes"]
Resources:
  FunctionRole:
    Type: AWS::IAM::Role
    Properties:
      ${namedRole ? "RoleName: function-role" : 'Description: "of the function"'}
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
  LogGroup:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: /aws/lambda/hello, RetentionInDays: 7 }
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hello
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt FunctionRole.Arn
      Timeout: 2
      MemorySize: 256
      Environment: { Variables: { TEXT: ${text}, HANG: !If [WithEntry, "1", !Ref AWS::NoValue] } }
      Tags: { owner: test }
      InlineCode: |
        exports.handler = async (event, context) => {
          console.log("called");
          if (event.fail) throw new TypeError("told to");
          if (event.hang) await new Promise((resolve) => setTimeout(resolve, 10000));
          return { text: process.env.TEXT, event, id: context.awsRequestId, key: process.env.AWS_ACCESS_KEY_ID.slice(0, 4) };
        };
  AccessEntry:
    Type: AWS::EKS::AccessEntry
    Condition: WithEntry
    Properties: { ClusterName: demo, PrincipalArn: !GetAtt FunctionRole.Arn }
${extra}
Outputs:
  FunctionName: { Value: !Ref Function }
  RoleArn: { Value: !GetAtt FunctionRole.Arn }
`;

const client = <T>(kind: new (config: object) => T, credentials?: Credentials): T =>
  new kind({
    endpoint: backend.env.AWS_ENDPOINT_URL,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: credentials ?? {
      accessKeyId: backend.env.AWS_ACCESS_KEY_ID,
      secretAccessKey: backend.env.AWS_SECRET_ACCESS_KEY,
    },
  });

describe("CloudFormation", () => {
  const StackName = "hello-stack";
  const cloudFormation = () => client(CloudFormationClient);
  const stack = async () => (await cloudFormation().send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];

  async function changeSet(body: string, options: { type?: "CREATE" | "UPDATE"; capability?: "CAPABILITY_IAM" } = {}) {
    const { type = "CREATE", capability = "CAPABILITY_IAM" } = options;
    const ChangeSetName = `change-${Math.random().toString(36).slice(2)}`;
    const { Id } = await cloudFormation().send(
      new CreateChangeSetCommand({
        ...{ StackName, ChangeSetName, ChangeSetType: type, TemplateBody: body },
        ...{ Capabilities: [capability], Tags: [{ Key: "of", Value: "test" }] },
      }),
    );
    const described = await cloudFormation().send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
    const execute = () => cloudFormation().send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
    return { described, execute };
  }

  async function deploy(body: string, options: Parameters<typeof changeSet>[1] = {}) {
    await (await changeSet(body, options)).execute();
    return stack();
  }

  const invoke = async (event: unknown) => {
    const Payload = JSON.stringify(event);
    const answer = await client(LambdaClient).send(
      new InvokeCommand({ FunctionName: "hello", Payload, LogType: "Tail" }),
    );
    return { ...answer, value: JSON.parse(answer.Payload?.transformToString() ?? "null") };
  };

  test("deploys a SAM template with a change set, and Lambda runs the function", async () => {
    const { described, execute } = await changeSet(template("hello"));
    expect(described).toMatchObject({ Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE" });
    expect(described.Changes?.map((change) => change.ResourceChange?.LogicalResourceId)).toEqual(
      expect.arrayContaining(["FunctionRole", "LogGroup", "Function"]),
    );
    expect(await stack()).toMatchObject({ StackStatus: "REVIEW_IN_PROGRESS" });
    await execute();
    const { StackStatus, Outputs } = (await stack()) ?? {};
    expect(StackStatus).toBe("CREATE_COMPLETE");
    expect(Outputs).toContainEqual({ OutputKey: "FunctionName", OutputValue: "hello" });

    const { value, LogResult, FunctionError } = await invoke({ a: 1 });
    expect(FunctionError).toBeUndefined();
    expect(value).toMatchObject({ text: "hello", event: { a: 1 }, key: "ASIA" });
    const log = Buffer.from(LogResult ?? "", "base64").toString();
    expect(log).toMatch(/START RequestId[\s\S]*called[\s\S]*REPORT RequestId/);
    expect(await backend.invoke("hello", {}, "the-same-id")).toMatchObject({ payload: { id: "the-same-id" } });

    const failed = await invoke({ fail: true });
    expect(failed).toMatchObject({
      FunctionError: "Unhandled",
      value: { errorType: "TypeError", errorMessage: "told to" },
    });
    expect(await invoke({ hang: true })).toMatchObject({
      FunctionError: "Unhandled",
      value: { errorMessage: expect.stringContaining("Task timed out after 2.00 seconds") },
    });
    expect((await invoke({})).value.text).toBe("hello");
    const actions = (await backend.writes()).map(({ action }) => action);
    expect(actions).toEqual(["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"]);
  });

  test("updates what changed, and reports an empty change set", async () => {
    await deploy(template("one"));
    expect((await invoke({})).value.text).toBe("one");
    expect(await deploy(template("two"), { type: "UPDATE" })).toMatchObject({ StackStatus: "UPDATE_COMPLETE" });
    expect((await invoke({})).value.text).toBe("two");
    expect((await changeSet(template("two"), { type: "UPDATE" })).described).toMatchObject({
      Status: "FAILED",
      StatusReason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
    });
  });

  test("rolls back if a resource fails", async () => {
    backend.faults.failResource("Broken");
    const broken = "  Broken:\n    Type: AWS::Logs::LogGroup\n    DependsOn: Function\n";
    expect(await deploy(template("one", { extra: broken }))).toMatchObject({ StackStatus: "ROLLBACK_COMPLETE" });
    const { StackEvents = [] } = await cloudFormation().send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED");
    expect(failed).toMatchObject({
      LogicalResourceId: "Broken",
      ResourceStatusReason: expect.stringContaining("told"),
    });
    const gone = client(LambdaClient).send(new GetFunctionConfigurationCommand({ FunctionName: "hello" }));
    await expect(gone).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(changeSet(template("one"), { type: "UPDATE" })).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining("is in ROLLBACK_COMPLETE state and can not be updated."),
    });
  });

  test("keeps the old resources when an update fails", async () => {
    await deploy(template("one"));
    backend.faults.failResource("Broken");
    const broken = "  Broken:\n    Type: AWS::Logs::LogGroup\n    DependsOn: Function\n";
    expect(await deploy(template("two", { extra: broken }), { type: "UPDATE" })).toMatchObject({
      StackStatus: "UPDATE_ROLLBACK_COMPLETE",
      Outputs: expect.arrayContaining([expect.objectContaining({ OutputKey: "RoleArn" })]),
    });
    expect((await invoke({})).value.text).toBe("one");
  });

  test.each([
    [
      "a named role under CAPABILITY_IAM",
      () => changeSet(template("one", { namedRole: true })),
      "InsufficientCapabilitiesException",
    ],
    [
      "a stack straight from a template with a transform",
      () =>
        cloudFormation().send(
          new CreateStackCommand({ StackName, TemplateBody: template("one"), Capabilities: ["CAPABILITY_IAM"] }),
        ),
      "InsufficientCapabilitiesException",
    ],
    ["a body above 51,200 bytes", () => changeSet(`${template("one")}#${"x".repeat(52_000)}`), "ValidationError"],
    ["an unknown stack", () => stack(), "ValidationError"],
  ])("refuses %s", async (_, act, name) => {
    await expect(act()).rejects.toMatchObject({ name });
  });

  test("drops one answer and closes the connection", async () => {
    backend.faults.dropAnswer("cloudformation:CreateChangeSet");
    await expect(changeSet(template("one"))).rejects.toThrow();
    expect(await stack()).toMatchObject({ StackStatus: "REVIEW_IN_PROGRESS" });
    await changeSet(template("one"));
  });

  test("is empty after a reset", async () => {
    await deploy(template("one"));
    await backend.reset();
    await expect(stack()).rejects.toThrow(`Stack with id ${StackName} does not exist`);
    expect(await backend.writes()).toEqual([]);
    await deploy(template("one"));
  });
});

describe("the account", () => {
  test("describes clusters", async () => {
    const eks = client(EKSClient);
    await backend.describe("old", { authenticationMode: null });
    expect((await eks.send(new ListClustersCommand({}))).clusters).toEqual(["demo", "old"]);
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: "demo" }));
    expect(cluster).toMatchObject({ endpoint: backend.cluster.endpoint, status: "ACTIVE" });
    expect(cluster?.accessConfig?.authenticationMode).toBe("CONFIG_MAP");
    expect((await eks.send(new DescribeClusterCommand({ name: "old" }))).cluster?.accessConfig).toBeUndefined();
    await expect(eks.send(new DescribeClusterCommand({ name: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "No cluster found for name: none.",
    });
  });

  test("refuses unknown access keys, and signatures with another secret", async () => {
    const own = await backend.assumeRole("somebody");
    const identity = await client(STSClient, own).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(`arn:aws:sts::${backend.account}:assumed-role/somebody/session`);
    const wrong = { ...own, secretAccessKey: "another" };
    const unknown = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "unknown" };
    const codes = async (credentials: Credentials) => [
      await client(STSClient, credentials)
        .send(new GetCallerIdentityCommand({}))
        .catch((error) => error.name),
      await client(EKSClient, credentials)
        .send(new ListClustersCommand({}))
        .catch((error) => error.name),
    ];
    expect(await codes(wrong)).toEqual(["SignatureDoesNotMatch", "InvalidSignatureException"]);
    expect(await codes(unknown)).toEqual(["InvalidClientTokenId", "UnrecognizedClientException"]);
  });

  test("has the tools that lint a template", async () => {
    const file = join(backend.folder, "template.yml");
    await writeFile(file, template("one"));
    const env = { PATH: backend.path.join(":"), HOME: backend.folder, AWS_REGION: "us-east-1", SAM_CLI_TELEMETRY: "0" };
    const { stdout } = await promisify(execFile)(backend.bin.sam, ["validate", "--lint", "-t", file], { env });
    expect(stdout).toContain("is a valid SAM Template");
  });
});
