/** Functions defined by the rights that they need, seen from their caller and from the API server. */
import * as valibot from "valibot";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as zod from "zod";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { type Context, defineFunction, resource } from "../../../src/lambda/index.ts";
import { type Answer, apiServer, failure, json, silence } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

/** As much time is left whenever it is asked for: no test depends on how fast the machine is. */
const having = (ms: number): Context => ({ awsRequestId: "request", getRemainingTimeInMillis: () => ms });
const context = having(30_000);
const pod = json(200, { kind: "Pod", metadata: { name: "a" } });
const pods = resource("v1", "pods");

async function cluster(...answers: readonly Answer[]) {
  const server = await apiServer(...answers);
  return { server, connect: { environment: environmentOf(server) } };
}

afterEach(() => void vi.unstubAllEnvs());

describe("a defined function", () => {
  test("gets handles for its needs, and the invocation", async () => {
    const { server, connect } = await cluster(pod);
    const handler = defineFunction({
      needs: { pods: pods.in("shop").may("get") },
      connect: { ...connect, namespace: "ops" },
      run: async ({ pods }, { event, requestId, namespace, signal }) => ({
        kind: (await pods.get({ name: "a" })).kind,
        ...{ event, requestId, namespace, over: signal.aborted },
      }),
    });
    expect(await handler({ any: 1 }, context)).toEqual({
      ...{ kind: "Pod", event: { any: 1 }, requestId: "request", namespace: "ops", over: false },
    });
    expect(server.asked).toMatchObject([{ method: "GET", path: "/api/v1/namespaces/shop/pods/a" }]);
  });

  test("gets Lambda's context", async () => {
    const { connect } = await cluster(pod);
    const handler = defineFunction({ needs: {}, connect, run: (_, { context }) => context });
    expect(await handler({}, context)).toBe(context);
  });

  test("can be wrapped: the wrapper sees events and errors as they are, and neither checks nor `needs`", async () => {
    const { connect } = await cluster(json(201, { status: { allowed: true } }));
    const seen: unknown[] = [];
    const handler = defineFunction({
      needs: { pods: pods.in("shop").may("get") },
      connect,
      run(_, { event }) {
        if (event === "fail") throw new EksLambdaError("Conflict", "someone else was faster", { hint: "try again" });
        return `ran ${event}`;
      },
      wrap: (handle) => async (event, context) => {
        seen.push(event);
        try {
          return `${await handle(`wrapped ${event}`.replace("wrapped fail", "fail"), context)}!`;
        } catch (error) {
          seen.push((error as Error).message);
          throw error;
        }
      },
    });
    expect(await handler("a", context)).toBe("ran wrapped a!");
    await expect(handler("fail", context)).rejects.toMatchObject({
      name: "Conflict",
      message: "someone else was faster\nhint: try again",
    });
    expect(await handler({ "eks-lambda": "check" }, context)).toHaveProperty("checks");
    expect(seen).toEqual(["a", "fail", "someone else was faster"]);
    expect(handler.needs).toHaveLength(1);
  });

  test("is refused when it is defined, if its wrapper is none: no event passes without it", async () => {
    const { connect } = await cluster(pod);
    const wrapped = (wrap: unknown) => () => defineFunction({ needs: {}, connect, run: () => 1, wrap: wrap as never });
    expect(wrapped((handle: unknown) => void handle)).toThrow("`wrap` returned no function");
    expect(wrapped(async (handle: unknown) => handle)).toThrow("`wrap` returned no function");
  });

  test("reads the cluster from the environment", async () => {
    const { server } = await cluster(pod);
    for (const [name, value] of Object.entries(environmentOf(server))) vi.stubEnv(name, value);
    const handler = defineFunction({ needs: { pods: pods.may("get") }, run: ({ pods }) => pods.get({ name: "a" }) });
    expect(await handler({}, context)).toMatchObject({ kind: "Pod" });
  });

  test("exposes its needs without an environment, and reports missing variables on the first call", async () => {
    const handler = defineFunction({
      needs: {
        deployments: resource("apps/v1", "deployments").in("shop").named("web").may("patch", "scale"),
        nodes: resource("v1", "nodes").clusterScoped().may("get"),
      },
      connect: { environment: {} },
      run: ({ nodes }) => nodes.get({ name: "a" }),
    });
    expect(handler.needs).toEqual([
      { group: "apps", resource: "deployments", verbs: ["patch"], names: ["web"], namespace: "shop" },
      { group: "apps", resource: "deployments/scale", verbs: ["get", "patch"], names: ["web"], namespace: "shop" },
      { group: "", resource: "nodes", verbs: ["get"], cluster: true },
    ]);
    await handler.ready;
    await expect(handler({}, context)).rejects.toMatchObject({ name: "EnvironmentIncomplete" });
  });

  test("reuses the connection of its warm-up", async () => {
    const { server, connect } = await cluster(json(200, {}), pod);
    const environment = { ...connect.environment, AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
    const handler = defineFunction({
      needs: { pods: pods.may("get") },
      connect: { environment },
      run: ({ pods }) => pods.get({ name: "a" }),
    });
    await handler.ready;
    expect(server.asked).toMatchObject([{ path: "/version" }]);
    await handler({}, context);
    expect([server.asked.length, server.connections()]).toEqual([2, 1]);
  });

  test("throws NotDeclared for another method, before any request", async () => {
    const { server, connect } = await cluster(pod);
    const handler = defineFunction({
      needs: { pods: pods.may("get") },
      connect,
      run: ({ pods }) => (pods as unknown as { delete(at: object): Promise<void> }).delete({ name: "a" }),
    });
    await expect(handler({}, context)).rejects.toMatchObject({
      name: "NotDeclared",
      message: 'delete of pods is not declared\nhint: change its declaration: .may("delete")',
    });
    expect(server.connections()).toBe(0);
  });

  test("throws NotDeclared for another name, before any request", async () => {
    const { server, connect } = await cluster(pod);
    const handler = defineFunction({
      needs: { pods: pods.named("a", "b").may("get") },
      connect,
      run: ({ pods }, { event }) => pods.get({ name: event as "a" }),
    });
    await expect(handler("c", context)).rejects.toMatchObject({
      name: "NotDeclared",
      message: '"c" of pods is not declared\nhint: change its declaration: .named("a","b")',
    });
    expect(server.connections()).toBe(0);
  });

  test("aborts open requests and waits when it returns", async () => {
    const { server, connect } = await cluster(silence);
    let request: Promise<unknown> = Promise.resolve();
    const handler = defineFunction({
      needs: { pods: pods.may("get") },
      connect,
      async run({ pods }, { signal }) {
        request = pods.get({ name: "a" });
        request.catch(() => {});
        await expect.poll(() => server.asked.length).toBe(1);
        return signal;
      },
    });
    expect((await handler({}, context)).aborted).toBe(true);
    await expect(request).rejects.toMatchObject({
      code: "NotAwaited",
      message: "the invocation is over: await all that `run` starts",
    });
    await expect.poll(server.open).toBe(0);
  });

  test("reports a time-out before Lambda ends it", async () => {
    const { connect } = await cluster(silence);
    const handler = defineFunction({
      needs: { pods: pods.may("get") },
      connect,
      run: ({ pods }) => pods.get({ name: "a" }),
    });
    await expect(handler({}, having(700))).rejects.toMatchObject({
      name: "Timeout",
      message: expect.stringMatching(/^no answer from the API server in time/),
    });
  });

  test("aborts the signal before Lambda ends it", async () => {
    const { connect } = await cluster(pod);
    const handler = defineFunction({
      needs: {},
      connect,
      run: (_, { signal }) =>
        new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    await expect(handler({}, having(600))).rejects.toMatchObject({ name: "Timeout" });
  });

  test.each([
    ["an EksLambdaError by code and hint", new EksLambdaError("Odd", "no", { hint: "try" }), "Odd", "no\nhint: try"],
    ["another error as it is", new RangeError("too far"), "RangeError", "too far"],
  ])("throws %s", async (_, error, name, message) => {
    const { connect } = await cluster(pod);
    const handler = defineFunction({ needs: {}, connect, run: () => Promise.reject(error) });
    await expect(handler({}, context)).rejects.toMatchObject({ name, message });
  });

  test("throws errors named after the API server's reason", async () => {
    const { connect } = await cluster(failure(409, "Conflict", "the object has been modified"));
    const needs = { pods: pods.may("patch") };
    const handler = defineFunction({ needs, connect, run: ({ pods }) => pods.patch({ name: "a" }, {}) });
    await expect(handler({}, context)).rejects.toMatchObject({ name: "Conflict" });
  });
});

describe("an event", () => {
  const schemas = [
    ["zod", zod.object({ name: zod.string().min(1), replicas: zod.coerce.number().default(2) })],
    [
      "valibot",
      valibot.object({
        name: valibot.pipe(valibot.string(), valibot.minLength(1)),
        replicas: valibot.optional(valibot.pipe(valibot.unknown(), valibot.transform(Number)), 2),
      }),
    ],
    [
      "an asynchronous schema",
      zod
        .object({ name: zod.string(), replicas: zod.coerce.number().default(2) })
        .refine(async ({ name }) => name !== ""),
    ],
  ] as const;

  test.each(schemas)("is validated and converted by %s", async (_, event) => {
    const { connect } = await cluster(pod);
    const handler = defineFunction({ needs: {}, connect, event, run: (_, { event }) => event });
    expect(await handler({ name: "web", replicas: "3" }, context)).toEqual({ name: "web", replicas: 3 });
    expect(await handler({ name: "web" }, context)).toEqual({ name: "web", replicas: 2 });
  });

  test.each(schemas)("refused by %s throws InvalidEvent before any request", async (_, event) => {
    const { server, connect } = await cluster(pod);
    const needs = { pods: pods.may("get") };
    const handler = defineFunction({ needs, connect, event, run: ({ pods }) => pods.get({ name: "a" }) });
    await expect(handler({ name: 1 }, context)).rejects.toMatchObject({
      name: "InvalidEvent",
      message: expect.stringMatching(/^the event is not what the function takes: name: /),
    });
    await expect(handler(undefined, context)).rejects.toMatchObject({ name: "InvalidEvent" });
    expect(server.connections()).toBe(0);
  });

  test("with several issues lists all of them with their paths", async () => {
    const { connect } = await cluster(pod);
    const event = valibot.object({
      at: valibot.object({ name: valibot.string("must be text") }),
      all: valibot.array(valibot.number("must be a number")),
    });
    const handler = defineFunction({ needs: {}, connect, event, run: () => {} });
    await expect(handler({ at: { name: 1 }, all: [1, "2"] }, context)).rejects.toMatchObject({
      message: "the event is not what the function takes: at.name: must be text; all.1: must be a number",
    });
  });
});

describe('the event {"eks-lambda": "check"}', () => {
  const allowed: Answer = json(201, { status: { allowed: true } });

  test("returns a check for each need, and one for a right that the function must not have", async () => {
    const { server, connect } = await cluster(allowed, allowed, json(201, { status: { allowed: false } }));
    const run = vi.fn();
    const handler = defineFunction({
      needs: {
        deployments: resource("apps/v1", "deployments").in("shop").may("patch"),
        nodes: resource("v1", "nodes").clusterScoped().may("get"),
      },
      connect,
      event: zod.object({ name: zod.string() }),
      run,
    });
    expect(await handler({ "eks-lambda": "check" }, context)).toEqual({
      checks: [
        { name: "may patch deployments.apps @shop", ok: true },
        { name: "may get nodes @*", ok: true },
        { name: "may not list deployments.apps @shop", ok: expect.any(Boolean) },
      ],
    });
    expect(server.asked.map(({ path }) => path)).toEqual(
      Array(3).fill("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    );
    expect(run).not.toHaveBeenCalled();
  });

  test("checks needs without a namespace in the function's namespace", async () => {
    const { connect } = await cluster(allowed);
    const handler = defineFunction({
      needs: { pods: pods.may("log") },
      connect: { ...connect, namespace: "ops" },
      run: () => {},
    });
    expect(await handler({ "eks-lambda": "check" }, context)).toMatchObject({
      checks: [{ name: "may get pods/log @ops" }, { name: "may not list pods @ops" }],
    });
  });

  test("fails like the cluster's refusal", async () => {
    const { connect } = await cluster(failure(401, "Unauthorized", "Unauthorized"));
    const handler = defineFunction({ needs: { pods: pods.may("get") }, connect, run: () => {} });
    await expect(handler({ "eks-lambda": "check" }, context)).rejects.toMatchObject({ name: "Unauthorized" });
  });
});
