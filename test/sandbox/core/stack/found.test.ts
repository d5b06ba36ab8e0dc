import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Pairs, Stack, StackResource } from "../../../../src/core/aws/cloudformation.ts";
import { functionNameOf, ourStack } from "../../../../src/core/stack/found.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { crowded, parameters, useAccount, withBucket } from "./account.ts";

const { sandbox } = useSandbox({ authenticationMode: "API" });
const { deploy, now, port } = useAccount(sandbox);
const by = { version: "1.0.0", newer: "refuse" } as const;
const place = { stack: "demo", cluster: "demo", region: "us-east-1", by };
const check = async () => ourStack(port(), await now(), place);

const inVpc = { SubnetIds: "subnet-0a,subnet-0b", VpcId: "vpc-0a", ClusterSecurityGroupId: "sg-0a" };

describe("a stack that setup made is ours", () => {
  test.each<[string, Pairs, readonly string[]]>([
    ["as it is by default", {}, []],
    ["in a VPC", inVpc, ["ClusterIngress", "SecurityGroup"]],
    ["in a VPC, with a security group of the person's", { ...inVpc, SecurityGroupIds: "sg-0b" }, []],
    ["with an access entry", { MapByAccessEntry: "true" }, ["AccessEntry"]],
    ["with options for events", { MaximumRetryAttempts: "0" }, ["EventInvokeConfig"]],
  ])("%s", async (_, changes, more) => {
    await deploy(changes);
    const resources = (await check())?.resources ?? [];
    const ids = resources.map(({ logicalId }) => logicalId).sort();
    expect(ids).toEqual([...more, "Function", "FunctionRole", "LogGroup"].sort());
  });

  test("and none of template.yml's resources is another's", async () => {
    const file = await readFile(new URL("../../../../template.yml", import.meta.url), "utf8");
    const declared = Object.keys(parse(file, { logLevel: "silent" }).Resources);
    await deploy({ ...inVpc, MapByAccessEntry: "true", MaximumEventAgeInSeconds: "60" });
    expect((await check())?.resources.map(({ logicalId }) => logicalId).sort()).toEqual(declared.sort());
  });
});

describe("a stack is refused, and what is foreign in it is named:", () => {
  test("a resource that somebody imported", async () => {
    await deploy({}, { template: withBucket });
    await expect(check()).rejects.toMatchObject({
      code: "StackNotOurs",
      message:
        'there is a stack "demo" with resources that eks-lambda did not create: Bucket (AWS::S3::Bucket, demo-Bucket)',
      hint: "choose another name with --stack, or look at it: aws cloudformation list-stack-resources --stack-name demo --region us-east-1",
    });
  });

  test("120 of them: the first three are named", async () => {
    await deploy({}, { template: crowded });
    await expect(check()).rejects.toThrow(/did not create: Log\d+ \(.*\), Log\d+ \(.*\), Log\d+ \(.*\) and 117 more$/);
  });

  const id = "arn:aws:cloudformation:us-east-1:123456789012:stack/demo/1";
  const stack: Stack = {
    id,
    name: "demo",
    status: "CREATE_COMPLETE",
    reason: undefined,
    isProtected: false,
    parameters,
    outputs: {},
    tags: {},
  };
  const role: StackResource = {
    ...{ logicalId: "FunctionRole", physicalId: "demo-role", type: "AWS::IAM::Role" },
    ...{ status: "CREATE_COMPLETE", updatedAt: undefined },
  };
  const entry = { ...role, logicalId: "AccessEntry", type: "AWS::EKS::AccessEntry" };
  const events = { ...role, logicalId: "EventInvokeConfig", type: "AWS::Lambda::EventInvokeConfig" };
  const group = { ...role, logicalId: "SecurityGroup", type: "AWS::EC2::SecurityGroup", physicalId: "sg-0a" };
  const entryOf = (name: string) => `arn:aws:iam::123456789012:role/${name}|demo`;
  const of = (resource: StackResource, changes: Partial<Stack> = {}) =>
    ourStack({ resources: async () => [resource] }, { ...stack, ...changes }, place);

  test.each<[string, StackResource, Pairs]>([
    ["another role than its parameter names", { ...role, physicalId: "node" }, {}],
    ["another type under our logical id", { ...role, type: "AWS::S3::Bucket" }, {}],
    [
      "a log group of another function",
      { ...role, logicalId: "LogGroup", type: "AWS::Logs::LogGroup", physicalId: "/prod" },
      {},
    ],
    ["another function", { ...role, logicalId: "Function", type: "AWS::Lambda::Function", physicalId: "prod" }, {}],
    ["the access entry of another role", { ...entry, physicalId: entryOf("node") }, { MapByAccessEntry: "true" }],
    ["an access entry where its parameters say none", { ...entry, physicalId: entryOf("demo-role") }, {}],
    ["another function's EventInvokeConfig", { ...events, physicalId: "prod|$LATEST" }, { MaximumRetryAttempts: "0" }],
    ["an EventInvokeConfig where its parameters say none", { ...events, physicalId: "demo|$LATEST" }, {}],
    ["a security group where its parameters say none", group, {}],
  ])("%s", async (_, resource, changes) => {
    const { logicalId, type, physicalId } = resource;
    await expect(of(resource, { parameters: { ...parameters, ...changes } })).rejects.toMatchObject({
      code: "StackNotOurs",
      message: expect.stringContaining(`did not create: ${logicalId} (${type}, ${physicalId})`),
    });
  });

  test.each<[string, StackResource, Partial<Stack>]>([
    ["was deleted", { ...role, physicalId: "node", status: "DELETE_COMPLETE" }, {}],
    ["could not be created", { ...role, physicalId: "", status: "CREATE_FAILED" }, { status: "ROLLBACK_COMPLETE" }],
    ["could not be deleted when the function left the VPC", { ...group, status: "DELETE_FAILED" }, {}],
    ["is left of an update that failed", group, { status: "UPDATE_ROLLBACK_FAILED" }],
  ])("not one that %s", async (_, resource, changes) => {
    expect(await of(resource, changes)).toMatchObject({ resources: [resource] });
  });

  test.each<[string, Stack["parameters"], string]>([
    ["no parameters", {}, 'there is a stack "demo" that eks-lambda did not create'],
    ["another cluster's", { ...parameters, ClusterName: "prod" }, 'there is a stack "demo" of another cluster, "prod"'],
  ])("%s", (_, given, message) =>
    expect(of(role, { parameters: given })).rejects.toMatchObject({ code: "StackNotOurs", message }),
  );

  test.each([
    ["ClusterNamespace", "../../../api/v1/secrets", "at most 63 lower-case letters, digits and `-`"],
    ["KubernetesUsername", "system:masters", expect.any(String)],
    ["RbacName", "../clusterroles/admin", expect.any(String)],
    ["FunctionName", "a/b", expect.any(String)],
    ["RoleName", "*", expect.any(String)],
    ["SubnetIds", "subnet-0a,eni-0b", expect.any(String)],
    ["SecurityGroupIds", "default", expect.any(String)],
    ["PermissionsBoundary", "none", expect.any(String)],
    ["LogRetentionDays", "-1", expect.any(String)],
    ["MaximumEventAgeInSeconds", "59", expect.any(String)],
    ["MaximumRetryAttempts", "3", expect.any(String)],
    ["ClusterNamespace", "x".repeat(5_000), expect.any(String)],
  ])("%s=%s is no value that setup writes", async (name, value, must) => {
    const error = await of(role, { parameters: { ...parameters, [name]: value } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "StackInvalid" });
    const [, shown, said] = /has the parameter \w+ "(.*)"; it must be (.*)$/.exec((error as Error).message) ?? [];
    expect([value.startsWith(shown?.replace("…", "") ?? "-"), said]).toEqual([true, must]);
    expect((error as Error).message.length).toBeLessThan(300);
  });

  describe("of a later version", () => {
    const later = { parameters: { ...parameters, Version: "1.0.1", MemorySize: "a new kind" } };
    const unknown = { ...role, logicalId: "Queue", type: "AWS::SQS::Queue" };

    test("that is said before what this version does not know", () =>
      expect(of(unknown, later)).rejects.toMatchObject({ code: "MadeByNewer" }));

    test("what only reads it accepts resources that it does not know", async () => {
      const reading = { ...place, by: { ...by, newer: "accept" } } as const;
      const found = { ...stack, parameters: { ...parameters, Version: "1.0.1" } };
      const resources = { resources: async () => [unknown] };
      expect(await ourStack(resources, found, reading)).toMatchObject({ resources: [unknown] });
      await expect(ourStack(resources, stack, reading)).rejects.toMatchObject({ code: "StackNotOurs" });
    });
  });

  test("an output that names no function", () =>
    expect(() => functionNameOf({ ...stack, outputs: { FunctionName: "../other" } }, place)).toThrowError(
      'the stack "demo" has the output FunctionName "../other"; it must be at most 64 letters, digits, `-` and `_`',
    ));
});
