/** Functions of custom resources, seen from CloudFormation and from the API server. */
import { describe, expect, test } from "vitest";
import * as zod from "zod";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { customResource, type ResourceDefinition, resource } from "../../../src/lambda/index.ts";
import { requestOf, s3 } from "../../support/cloudformation.ts";
import { type Answer, apiServer, failure, json } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const context = { awsRequestId: "lambda", getRemainingTimeInMillis: () => 30_000 };
const needs = { pods: resource("v1", "pods").in("shop").may("get") };
type Definition = ResourceDefinition<typeof needs, Readonly<Record<string, unknown>>>;
const nothing = () => undefined;

const found = json(200, { kind: "Pod", metadata: { name: "a" } });

async function cloud(...answers: readonly Answer[]) {
  const server = await apiServer(...answers, ...(answers.length === 0 ? [found] : []));
  const { puts, environment } = await s3(200);
  return { server, puts, connect: { environment: { ...environmentOf(server), ...environment } } };
}

const circle: Record<string, unknown> = {};
circle.itself = circle;

/** Sends the event to a function, and returns what S3 got. */
async function answered(given: Partial<Definition>, event: Parameters<typeof requestOf>[0] = {}) {
  const { puts, connect } = await cloud();
  const handler = customResource({ needs, connect, create: nothing, update: nothing, remove: nothing, ...given });
  await handler(requestOf(event), context);
  expect(puts).toHaveLength(1);
  return puts[0]?.body ?? {};
}

const schema = zod.object({ size: zod.coerce.number().int() }).strict();
const sized = (size: string) => ({ ServiceToken: "arn", ServiceTimeout: "60", size });

describe("a custom resource", () => {
  test("is created with handles for its needs, and its typed properties", async () => {
    const { server, puts, connect } = await cloud();
    const handler = customResource({
      needs,
      connect,
      properties: schema,
      async create({ pods }, { properties, requestId, stackId, logicalId, type }) {
        const { kind } = await pods.get({ name: "a" });
        return { data: { kind, double: 2 * properties.size, requestId, stackId, logicalId, type } };
      },
      update: nothing,
      remove: nothing,
    });
    const event = requestOf({ ResourceProperties: sized("21") });
    expect(await handler(event, context)).toBeUndefined();
    expect(server.asked).toMatchObject([{ method: "GET", path: "/api/v1/namespaces/shop/pods/a" }]);
    const { RequestId: requestId, StackId: stackId } = event;
    const about = { requestId, stackId, logicalId: "Web", type: "Custom::EksManifest" };
    expect(puts.map(({ body }) => body)).toMatchObject([
      { Status: "SUCCESS", RequestId: requestId, Data: { kind: "Pod", double: 42, ...about } },
    ]);
    expect(handler.needs).toMatchObject([{ verbs: ["get"], resource: "pods" }]);
  });

  test("keeps its id, also when its properties change", async () => {
    const first = await answered({}, { ResourceProperties: { name: "a" } });
    const second = await answered({}, { ResourceProperties: { name: "b" }, RequestId: "2" });
    expect(second.PhysicalResourceId).toBe(first.PhysicalResourceId);
    const PhysicalResourceId = "another";
    for (const RequestType of ["Update", "Delete"] as const)
      expect(await answered({}, { RequestType, PhysicalResourceId })).toMatchObject({ PhysicalResourceId });
  });

  test("has the id, the data and the secrecy that the function answers", async () => {
    const create = async () => ({ physicalId: "own", data: { password: "p" }, noEcho: true });
    expect(await answered({ create })).toMatchObject({
      ...{ Status: "SUCCESS", PhysicalResourceId: "own", Data: { password: "p" }, NoEcho: true },
    });
  });

  test("is updated with the properties before, and removed with its last", async () => {
    const seen: unknown[] = [];
    const update: Definition["update"] = (_, { properties, old }) => void seen.push({ properties, old });
    const remove: Definition["remove"] = (_, { properties, physicalId }) => seen.push({ properties, physicalId });
    const id = { PhysicalResourceId: "own" };
    const change = { ResourceProperties: sized("2"), OldResourceProperties: sized("1") };
    await answered({ update }, { RequestType: "Update", ...id, ...change });
    await answered({ remove }, { RequestType: "Delete", ...id, ResourceProperties: sized("2") });
    expect(seen).toEqual([
      { properties: { size: "2" }, old: { size: "1" } },
      { properties: { size: "2" }, physicalId: "own" },
    ]);
  });

  test("fails with code, message and hint", async () => {
    const create = () => {
      throw new EksLambdaError("Conflict", "someone else was faster", { hint: "try again" });
    };
    expect(await answered({ create })).toMatchObject({
      ...{ Status: "FAILED", Reason: "Conflict: someone else was faster\nhint: try again" },
    });
  });

  test.each([
    ["nothing", () => Promise.reject(), /^no reason$/],
    ["an empty text", () => Promise.reject(""), /^$/],
    ["null", () => Promise.reject(null), /^no reason$/],
    ["an object without a prototype", () => Promise.reject(Object.create(null)), /^TypeError: /],
    ["data that is no JSON", () => ({ data: { count: 1n } }), /^TypeError: .*BigInt/],
    ["data that contains itself", () => ({ data: circle }), /^TypeError: .*circular/],
  ])("fails, and is answered: %s", async (_, create, reason) => {
    expect(await answered({ create: create as Definition["create"] })).toMatchObject({
      ...{ Status: "FAILED", Reason: expect.stringMatching(reason) },
    });
  });

  test("is answered when its time is up, and its requests end then", async () => {
    const { puts, connect } = await cloud();
    let reason: unknown;
    const handler = customResource({
      ...{ needs, connect, update: nothing, remove: nothing },
      create: (_, { signal }) =>
        new Promise<void>(() => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
          });
        }),
    });
    await handler(requestOf(), { awsRequestId: "1", getRemainingTimeInMillis: () => 1_500 });
    expect(puts.map(({ body }) => body)).toMatchObject([
      { Status: "FAILED", Reason: expect.stringMatching(/^Timeout: /) },
    ]);
    expect(reason).toMatchObject({ code: "Timeout" });
  });
});

describe("a cluster that does not know the role yet", () => {
  const unknown = failure(401, "Unauthorized", "Unauthorized");
  const unbound = failure(403, "Forbidden", 'pods "a" is forbidden: User "lambda" cannot get resource "pods"');
  const quota = failure(403, "Forbidden", 'pods "a" is forbidden: exceeded quota');
  /** How the function answers, and how often it asked. Each function reads a Pod. */
  async function asking(event: Parameters<typeof requestOf>[0], ...answers: readonly Answer[]) {
    const { server, puts, connect } = await cloud(...answers);
    const reads: Definition["create"] = async ({ pods }) => void (await pods.get({ name: "a" }));
    await customResource({ needs, connect, create: reads, update: reads, remove: reads })(requestOf(event), context);
    const { Status, Reason } = puts[0]?.body ?? {};
    return { said: Reason === undefined ? Status : String(Reason).replace(/:.*/s, ""), asked: server.asked.length };
  }

  test("is asked again by a create", async () => {
    // A 401 is repeated once at once, with a new token.
    expect(await asking({}, unknown, unknown, unbound, found)).toEqual({ said: "SUCCESS", asked: 4 });
  });

  test.each(["Update", "Delete"] as const)("is not asked again by an %s", async (RequestType) => {
    const event = { RequestType, PhysicalResourceId: "own" };
    expect(await asking(event, unbound, found)).toEqual({ said: "Forbidden", asked: 1 });
  });

  test("is not what a quota says", async () => {
    expect(await asking({}, quota, found)).toEqual({ said: "Forbidden", asked: 1 });
  });

  test("fails the create with its refusal when half of the time is over", async () => {
    const { puts, connect } = await cloud(unbound);
    const create: Definition["create"] = async ({ pods }) => void (await pods.get({ name: "a" }));
    const handler = customResource({ needs, connect, create, update: nothing, remove: nothing });
    await handler(requestOf(), { awsRequestId: "1", getRemainingTimeInMillis: () => 2_500 });
    expect(puts.map(({ body }) => body)).toMatchObject([{ Reason: expect.stringMatching(/^Forbidden: /) }]);
  });
});

describe("properties that the schema refuses", () => {
  const refusing = { needs, create: nothing, update: nothing, remove: nothing, properties: schema };
  const send = async (event: Parameters<typeof requestOf>[0], more: object = {}) => {
    const { puts, connect } = await cloud();
    await customResource({ ...refusing, connect, ...more })(requestOf(event), context);
    return puts[0]?.body ?? {};
  };

  test("fail a create, and the delete that follows has nothing to do", async () => {
    const remove = () => Promise.reject(new Error("removed what was never there"));
    const failed = await send({ ResourceProperties: sized("many") });
    expect(failed).toMatchObject({ Status: "FAILED", Reason: expect.stringMatching(/^InvalidEvent: .*size: /) });
    const PhysicalResourceId = String(failed.PhysicalResourceId);
    expect(PhysicalResourceId).toMatch(/^eks-lambda:not-created:Web:/);
    const event = { RequestType: "Delete", PhysicalResourceId, ResourceProperties: sized("many") } as const;
    expect(await send(event, { remove })).toMatchObject({ Status: "SUCCESS", PhysicalResourceId });
  });

  test("fail an update, and its rollback goes through", async () => {
    const seen: unknown[] = [];
    const update = (_: unknown, { properties, old }: { properties: unknown; old: unknown }) =>
      void seen.push([properties, old]);
    const [good, bad] = [sized("1"), sized("many")];
    const event = { RequestType: "Update", PhysicalResourceId: "own" } as const;
    const failed = await send({ ...event, ResourceProperties: bad, OldResourceProperties: good }, { update });
    expect(failed).toMatchObject({ Status: "FAILED", PhysicalResourceId: "own" });
    const back = await send({ ...event, ResourceProperties: good, OldResourceProperties: bad }, { update });
    expect(back).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: "own" });
    expect(seen).toEqual([[{ size: 1 }, undefined]]);
  });
});

describe("an event that is not CloudFormation's", () => {
  test("runs nothing", async () => {
    const { puts, server, connect } = await cloud();
    const create = () => Promise.reject(new Error("created"));
    const handler = customResource({ needs, connect, create, update: nothing, remove: nothing });
    await expect(handler({ action: "create" }, context)).rejects.toMatchObject({ name: "InvalidEvent" });
    const elsewhere = requestOf({ ResponseURL: "https://example.com/a" });
    await expect(handler(elsewhere, context)).rejects.toMatchObject({ name: "InvalidEvent" });
    expect([puts, server.asked]).toEqual([[], []]);
  });

  test("may be the check", async () => {
    const { connect } = await cloud(json(201, { status: { allowed: true } }));
    const handler = customResource({ needs, connect, create: nothing, update: nothing, remove: nothing });
    const checks = [{ ok: true }, { ok: false }];
    const answer = await handler({ "eks-lambda": "check" }, context);
    expect(answer).toEqual({ checks: checks.map((one) => expect.objectContaining(one)) });
    Object.assign(connect.environment, { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" });
    expect(await handler({ "eks-lambda": "check" }, context)).toMatchObject({
      checks,
      warnings: [expect.stringContaining("stacks get no answer from this function")],
    });
  });
});
