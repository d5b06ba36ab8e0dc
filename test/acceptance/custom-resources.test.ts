/**
 * CloudFormation's requests to custom resources.
 * Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html and, for retries,
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { describe, expect } from "vitest";
import type { Backend } from "./backend.ts";
import { custom, stacksOf, withEcho } from "./support/stacks.ts";
import { test } from "./support/world.ts";

let backend: Backend;
test.beforeAll(({ world }) => {
  backend = world.backend;
});
test.beforeEach(({ world }) => world.fresh());

const stacks = () => stacksOf(backend);
const requests = () => stacks().requests();
const deploy = (resources: object, more?: object) => stacks().deploy("web", withEcho(resources, more));
const output = (name: string) => ({ Outputs: { Value: { Value: { "Fn::GetAtt": ["Web", name] } } } });
const named = (PhysicalResourceId: string, more: object = {}) => ({ answer: { PhysicalResourceId, ...more } });
const a = named("a", { Data: { Name: "one" } });
const fails = { answer: { Status: "FAILED", Reason: "no room", PhysicalResourceId: "half" } };
const said = (why: string) => expect.stringContaining(`Message returned: ${why} (RequestId: `);

test("a custom resource is created, updated and deleted", async () => {
  const Web = custom({ Size: 2, Deep: { On: true, List: [1, "b"] } }, { Answer: a });
  const { id, ...created } = await deploy({ Web }, output("Name"));
  expect(created).toMatchObject({ status: "CREATE_COMPLETE", outputs: { Value: "one" } });
  const shared = {
    ServiceToken: expect.stringMatching(/^arn:.*:function:echo$/),
    ResponseURL: expect.stringMatching(/^https:\/\/cloudformation-custom-resource-response-useast1\.s3\./),
    StackId: id,
    RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    LogicalResourceId: "Web",
    ResourceType: "Custom::Test",
  };
  const properties = { Size: "2", Deep: { On: "true", List: ["1", "b"] } };
  const ResourceProperties = { ...properties, ServiceToken: shared.ServiceToken, Answer: expect.any(String) };
  const InvocationId = expect.any(String);
  expect(await requests()).toEqual([{ ...shared, RequestType: "Create", InvocationId, ResourceProperties }]);
  expect(await deploy({ Web: custom({ Size: 3 }, { Answer: a }) })).toMatchObject({ status: "UPDATE_COMPLETE" });
  const update = { ...shared, RequestType: "Update", PhysicalResourceId: "a" };
  expect(await requests()).toMatchObject([
    { ...update, ResourceProperties: { Size: "3" }, OldResourceProperties: properties },
  ]);
  const { events } = await deploy({});
  expect(events.slice(-4)).toEqual([
    ...["web UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Web DELETE_IN_PROGRESS", "Web DELETE_COMPLETE"],
    "web UPDATE_COMPLETE",
  ]);
  expect(await requests()).toMatchObject([
    { ...shared, RequestType: "Delete", PhysicalResourceId: "a", ResourceProperties: { Size: "3" } },
  ]);
});

test("another id in the answer to an Update replaces: the old one is deleted with the old properties", async () => {
  await deploy({ Web: custom({ Size: 1 }, { Answer: named("old") }) });
  await requests();
  expect(await deploy({ Web: custom({ Size: 2 }, { Answer: named("new") }) })).toMatchObject({
    status: "UPDATE_COMPLETE",
  });
  expect(await requests()).toMatchObject([
    { RequestType: "Update", PhysicalResourceId: "old", ResourceProperties: { Size: "2" } },
    { RequestType: "Delete", PhysicalResourceId: "old", ResourceProperties: { Size: "1" } },
  ]);
});

test("a failed Create is deleted with the id of its answer", async () => {
  const failed = await deploy({ Web: custom({ Size: 1 }, { AnswerCreate: fails }) });
  expect(failed).toMatchObject({ status: "ROLLBACK_COMPLETE" });
  expect(failed.failures).toEqual([
    expect.stringContaining("Web: Received response status [FAILED] from custom resource."),
  ]);
  expect(failed.failures).toEqual([said("no room")]);
});

describe("a failed update", () => {
  const before = custom({ Size: 1 }, { Answer: a });
  /** Fails for its sizes from 2, and can be rolled back. */
  const bad = custom({ Size: 2 }, { Answer: fails });
  test("is rolled back by an Update with the properties swapped, and what it made is deleted", async () => {
    await deploy({ Web: before });
    await requests();
    const Added = { ...custom({ Size: 9 }, { Answer: named("added") }) };
    const failed = await deploy({ Added, Web: { ...bad, DependsOn: "Added" } });
    expect(failed).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
    expect(await requests()).toMatchObject([
      { RequestType: "Create", LogicalResourceId: "Added" },
      { RequestType: "Update", LogicalResourceId: "Web", ResourceProperties: { Size: "2" } },
      {
        ...{ RequestType: "Update", LogicalResourceId: "Web", PhysicalResourceId: "a" },
        ...{ ResourceProperties: { Size: "1" }, OldResourceProperties: { Size: "2" } },
      },
      { RequestType: "Delete", LogicalResourceId: "Added", PhysicalResourceId: "added" },
    ]);
    expect(failed.events.slice(-4)).toEqual([
      ...["web UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "Added DELETE_IN_PROGRESS", "Added DELETE_COMPLETE"],
      "web UPDATE_ROLLBACK_COMPLETE",
    ]);
  });
  test("deletes the new id of a resource that was replaced", async () => {
    await deploy({ Web: before });
    await requests();
    const Web = custom({ Size: 2 }, { Answer: named("new") });
    await deploy({ Web, Bad: { ...custom({}, { AnswerCreate: fails }), DependsOn: "Web" } });
    expect(await requests()).toMatchObject([
      { RequestType: "Update", LogicalResourceId: "Web" },
      { RequestType: "Create", LogicalResourceId: "Bad" },
      { RequestType: "Delete", LogicalResourceId: "Bad", PhysicalResourceId: "half" },
      { RequestType: "Delete", LogicalResourceId: "Web", PhysicalResourceId: "new", ResourceProperties: { Size: "2" } },
    ]);
  });
  test("fails to roll back if the resource refuses that, too", async () => {
    await deploy({ Web: custom({ Size: 1 }, { AnswerUpdate: fails }) });
    expect(await deploy({ Web: bad })).toMatchObject({ status: "UPDATE_ROLLBACK_FAILED" });
  });
});

test("another ServiceToken is refused", async () => {
  await deploy({ Web: custom() });
  const Web = custom({ ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:other" });
  const { failures } = await deploy({ Web });
  expect(failures).toEqual(["Web: Modifying service token is not allowed."]);
});

test.each([
  ["no Lambda function", { ServiceToken: "arn:aws:sqs:us-east-1:123456789012:q" }, "Invalid service token."],
  [
    "a function that is not there",
    { ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:none" },
    "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none",
  ],
  ["a ServiceTimeout of an hour and a second", { ServiceTimeout: 3601 }, "Invalid ServiceTimeout: 3601"],
])("a service that cannot be called: %s", async (_, properties, why) => {
  const { status, failures } = await deploy({ Web: custom(properties) });
  expect({ status, failures }).toEqual({ status: "ROLLBACK_COMPLETE", failures: [expect.stringContaining(why)] });
});

test.each([
  ["too long", { Reason: "x".repeat(4_097) }, "Response object is too long."],
  ["without an id", { PhysicalResourceId: "" }, "Invalid PhysicalResourceId"],
  ["with an id of more than 1,024 bytes", { PhysicalResourceId: "x".repeat(1_025) }, "Invalid PhysicalResourceId"],
  ["to another request", { RequestId: "other" }, "RequestId does not match"],
  ["of another stack", { StackId: "other" }, "StackId does not match"],
  ["of another resource", { LogicalResourceId: "other" }, "LogicalResourceId does not match"],
])("an answer that is not valid: %s", async (_, answer, why) => {
  const { status, failures } = await deploy({ Web: custom({}, { AnswerCreate: { answer } }) });
  expect({ status, failures }).toEqual({ status: "ROLLBACK_COMPLETE", failures: [expect.stringContaining(why)] });
});

test("only the first answer counts", async () => {
  const Web = custom({}, { AnswerCreate: { ...named("a"), later: { Status: "FAILED", Reason: "late" } } });
  expect(await deploy({ Web })).toMatchObject({ status: "CREATE_COMPLETE" });
});

interface Seen {
  readonly InvocationId: string;
  readonly RequestId: string;
}

const silent = ["Web: CloudFormation did not receive a response from your Custom Resource"];
const gaveUp = silent.map((why) => expect.stringContaining(why));

test("a function that fails gets the event three times, with one id, and then CloudFormation gives up", async () => {
  await deploy({ Web: custom({ Size: 1 }) });
  await requests();
  const { failures } = await deploy({ Web: custom({ Size: 2 }, { Answer: { throws: true } }) });
  expect(failures).toEqual(gaveUp);
  const [{ InvocationId, RequestId }, ...others] = (await requests()) as [Seen, ...Seen[]];
  const again = { RequestType: "Update", InvocationId, RequestId };
  const rolledBack = { RequestType: "Update", ResourceProperties: { Size: "1" } };
  expect(others).toMatchObject([again, again, rolledBack]);
});

test("a function that ends without an answer has failed", async () => {
  const { failures } = await deploy({ Web: custom({}, { AnswerCreate: { silent: true } }) });
  expect(failures).toEqual(gaveUp);
});

test("an answer after ServiceTimeout does not count", async () => {
  const { failures } = await deploy({ Web: custom({ ServiceTimeout: 2 }, { AnswerCreate: { waitMs: 2_500 } }) });
  expect(failures).toEqual(gaveUp);
});

test("S3 refuses an answer", async () => {
  backend.faults.refuseAnswers(2);
  expect(await deploy({ Web: custom({ Size: 1 }) })).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(await requests()).toHaveLength(1);
});

test("Lambda delivers twice", async () => {
  await deploy({ Web: custom({ Size: 1 }) });
  await requests();
  backend.faults.duplicateEvents(1);
  expect(await deploy({ Web: custom({ Size: 2 }) })).toMatchObject({ status: "UPDATE_COMPLETE" });
  // The second one ends after the stack.
  const seen: unknown[] = [];
  await expect.poll(async () => seen.push(...((await requests()) as unknown as unknown[]))).toBe(2);
});

test("a function dies before it answers", async () => {
  await deploy({ Web: custom({ Size: 1 }) });
  backend.faults.dieBeforeAnswer(1);
  expect(await deploy({ Web: custom({ Size: 2 }) })).toMatchObject({ status: "UPDATE_COMPLETE" });
});

test("a failed Delete leaves the stack and what the resource depends on", async () => {
  await deploy({ Web: custom({}, { AnswerDelete: fails }) });
  const failed = await stacks().remove("web");
  expect(failed).toMatchObject({ status: "DELETE_FAILED", failures: expect.arrayContaining([said("no room")]) });
  expect(failed.events).not.toContain("Echo DELETE_COMPLETE");
});

test("DeletionPolicy: Retain sends no Delete", async () => {
  await deploy({ Web: { ...custom(), DeletionPolicy: "Retain" } });
  await requests();
  const { events } = await deploy({});
  expect(events).toContain("Web DELETE_SKIPPED");
  expect(await requests()).toEqual([]);
});

test("an attribute that the answer lacks fails what needs it", async () => {
  const { status } = await deploy({ Web: custom() }, output("None"));
  expect(status).toBe("ROLLBACK_COMPLETE");
});

test("NoEcho hides the attributes in outputs", async () => {
  const secret = named("a", { NoEcho: true, Data: { Name: "secret" } });
  expect(await deploy({ Web: custom({}, { Answer: secret }) }, output("Name"))).toMatchObject({
    outputs: { Value: "*****" },
  });
});

test("an export in use keeps its stack", async () => {
  const exporting = (Value: string) => ({ Outputs: { Arn: { Value, Export: { Name: "arn" } } } });
  await deploy({}, exporting("one"));
  const Log = { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: { "Fn::ImportValue": "arn" } } };
  expect(await stacks().deploy("user", { Resources: { Log } })).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(await deploy({}, exporting("two"))).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
  expect(await stacks().remove("web")).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
  const None = { ...Log, Properties: { LogGroupName: { "Fn::ImportValue": "none" } } };
  await expect(stacks().deploy("other", { Resources: { None } })).rejects.toThrow("No export named none found.");
  await stacks().remove("user");
  expect(await stacks().remove("web")).toMatchObject({ status: "DELETE_COMPLETE" });
});
