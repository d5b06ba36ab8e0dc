import { describe, expect, onTestFinished, test, vi } from "vitest";
import { defaultAllowed } from "../../../src/core/actions/allowed.ts";
import { connectByToken } from "../../../src/core/kube/connection.ts";
import { createHandler, type HandlerOptions } from "../../../src/lambda/handler.ts";
import { happens } from "../../support/clock.ts";
import { type ApiServer, apiServer, ca, failure, json, silence } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const created = json(201, { metadata: { uid: "1" }, spec: { replicas: 2 } });
const exists = failure(409, "AlreadyExists", 'deployments.apps "nginx-request" already exists');
const forbidden = failure(403, "Forbidden", 'deployments.apps is forbidden: User "lambda" cannot create');

/** A function whose log is kept, called as Lambda calls it. */
function deployed(options: HandlerOptions, remainingMs = 30_000) {
  const lines: string[] = [];
  const handler = createHandler({ log: (line) => lines.push(line), ...options });
  return {
    lines,
    call: (event?: unknown) => handler(event, { awsRequestId: "request", getRemainingTimeInMillis: () => remainingMs }),
  };
}

const keyIn = ({ asked }: ApiServer, request: number): string => {
  const token = asked[request]?.headers.authorization?.slice("Bearer k8s-aws-v1.".length) ?? "";
  return Buffer.from(token, "base64url")
    .toString()
    .replace(/.*X-Amz-Credential=([^%]*).*/, "$1");
};

describe("the handler", () => {
  test.each([undefined, null, {}, { action: "create" }])("given %j creates the Deployment", async (event) => {
    const server = await apiServer(created);
    const { call } = deployed({ environment: environmentOf(server) });
    expect(await call(event)).toEqual({
      action: "created",
      kind: "Deployment",
      namespace: "default",
      name: "nginx-request",
      uid: "1",
      replicas: 2,
    });
    expect(server.asked).toMatchObject([
      {
        method: "POST",
        path: "/apis/apps/v1/namespaces/default/deployments?fieldManager=eks-lambda",
        body: { kind: "Deployment" },
      },
    ]);
  });

  test("acts in the namespace of its environment, unless the event names one", async () => {
    const server = await apiServer(created);
    const allowed = defaultAllowed.map((one) => ({ ...one, namespace: "*" }));
    const { call } = deployed({ environment: { ...environmentOf(server), CLUSTER_NAMESPACE: "apps" }, allowed });
    expect(await call()).toMatchObject({ namespace: "apps" });
    expect(await call({ namespace: "other" })).toMatchObject({ namespace: "other" });
  });

  test("marks what it creates with the stack that its environment names", async () => {
    const server = await apiServer(created);
    const owner = "111122223333/us-east-1/eks-lambda-demo";
    await deployed({ environment: { ...environmentOf(server), EKS_LAMBDA_OWNER: owner } }).call();
    await deployed({ environment: environmentOf(server) }).call();
    const annotations = server.asked.map(
      ({ body }) => (body as { metadata: { annotations?: unknown } }).metadata.annotations,
    );
    expect(annotations).toEqual([{ "eks-lambda/owner": owner }, undefined]);
  });

  test("finds the Deployment of Lambda's first attempt at the same event", async () => {
    const server = await apiServer(created, exists);
    const { call } = deployed({ environment: environmentOf(server) });
    await call();
    expect(await call()).toEqual({
      action: "unchanged",
      kind: "Deployment",
      namespace: "default",
      name: "nginx-request",
    });
  });

  test("answers a check", async () => {
    const server = await apiServer(json(201, { status: { allowed: true } }));
    const { call } = deployed({ environment: environmentOf(server) });
    expect(await call({ action: "check" })).toEqual({
      action: "check",
      namespace: "default",
      allowed: ["create:deployments.apps"],
      checks: [
        { name: "may create deployments.apps @default", ok: true },
        { name: "may not list deployments.apps @default", ok: false },
      ],
    });
  });

  test("reuses connection and token in the next invocation", async () => {
    const server = await apiServer(created);
    const { call } = deployed({ environment: environmentOf(server) });
    await call();
    await call({ name: "other" });
    const [first, second] = server.asked.map(({ headers }) => headers.authorization);
    expect([second, server.connections()]).toEqual([first, 1]);
  });

  test("uses new credentials when Lambda replaces them", async () => {
    const server = await apiServer(created);
    const environment = environmentOf(server);
    const { call } = deployed({ environment });
    await call();
    environment.AWS_ACCESS_KEY_ID = "ASIAOTHER";
    await call();
    expect([keyIn(server, 0), keyIn(server, 1)]).toEqual(["ASIAEXAMPLE", "ASIAOTHER"]);
  });

  test("waits for Retry-After", async () => {
    const server = await apiServer(failure(429, "TooManyRequests", "busy", { "retry-after": "0" }), created);
    const { call } = deployed({ environment: environmentOf(server) });
    expect(await call()).toMatchObject({ action: "created" });
  });

  test("reports a time-out half a second before Lambda ends the function", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await apiServer(silence);
    const failed = expect(deployed({ environment: environmentOf(server) }, 700).call()).rejects.toThrow("in time");
    await happens(() => vi.getTimerCount() === 1);
    await vi.advanceTimersByTimeAsync(200);
    await failed;
  });

  test("uses the caller's connection for a local run", async () => {
    const server = await apiServer(created);
    const { AWS_REGION: _, ...environment } = environmentOf(server);
    const connection = connectByToken(server.endpoint, ca, async () => "mine");
    await deployed({ environment, connection }).call();
    expect(server.asked).toMatchObject([{ headers: { authorization: "Bearer mine" } }]);
  });
});

describe("an error of the handler", () => {
  test("has its code as name and ends with its hint", async () => {
    const server = await apiServer(forbidden);
    await expect(deployed({ environment: environmentOf(server) }).call()).rejects.toMatchObject({
      name: "Forbidden",
      message: expect.stringMatching(
        /^deployments\.apps is forbidden: User "lambda" cannot create\nhint: `eks-lambda setup.*$/,
      ),
      stack: expect.not.stringContaining("\n    at "),
    });
  });

  test.each(["text", [], { action: "no" }, { name: "A" }, { replicas: -1 }, { image: "" }, { unknown: 1 }])(
    "for the bad event %j comes before any request",
    async (event) => {
      const server = await apiServer(created);
      await expect(deployed({ environment: environmentOf(server) }).call(event)).rejects.toMatchObject({
        name: "InvalidEvent",
      });
      expect(server.connections()).toBe(0);
    },
  );

  test.each([
    "CLUSTER_NAME",
    "CLUSTER_ENDPOINT",
    "CLUSTER_CA",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
  ])("without %s names it, before any request", async (variable) => {
    const server = await apiServer(created);
    const environment = { ...environmentOf(server), [variable]: undefined };
    await expect(deployed({ environment }).call()).rejects.toMatchObject({
      name: "EnvironmentIncomplete",
      message: expect.stringMatching(new RegExp(`^the environment variable ${variable} is not set\nhint: `)),
    });
    expect(server.asked).toEqual([]);
  });

  test("is unchanged if it is not an EksLambdaError", async () => {
    const boom = new Error("boom");
    const { call, lines } = deployed({
      environment: environmentOf({ endpoint: "https://example.invalid" }),
      connection: connectByToken("https://example.invalid", ca, () => Promise.reject(boom)),
    });
    await expect(call()).rejects.toBe(boom);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: "ERROR", error: "Error: boom" }]);
  });
});

describe("the log", () => {
  const durationMs = expect.any(Number);

  test("has one JSON line for each invocation", async () => {
    const server = await apiServer(created);
    const { call, lines } = deployed({ environment: environmentOf(server) });
    const result = await call();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: "INFO", requestId: "request", action: "create", cluster: "demo", result, durationMs },
    ]);
    expect(lines.join()).not.toContain("\n");
  });

  test("has code, message and hint of a failed invocation", async () => {
    const server = await apiServer(forbidden);
    const { call, lines } = deployed({ environment: environmentOf(server) });
    await expect(call()).rejects.toThrow();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: "ERROR",
        requestId: "request",
        action: "create",
        cluster: "demo",
        code: "Forbidden",
        message: 'deployments.apps is forbidden: User "lambda" cannot create',
        hint: expect.any(String),
        durationMs,
      },
    ]);
  });

  test("has a line for a refused event", async () => {
    const { call, lines } = deployed({ environment: {} });
    await expect(call({ name: "A" })).rejects.toThrow();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: "ERROR", code: "InvalidEvent" }]);
  });

  test.each([
    ["a success", created],
    ["a refusal", failure(401, "Unauthorized", "Unauthorized")],
    ["a time-out", silence],
  ])("of %s shows no token and no credentials, nor does the error", async (_, answer) => {
    const server = await apiServer(answer);
    const { call, lines } = deployed({ environment: environmentOf(server) }, 700);
    const thrown = await call().catch((error: Error) => error.message + error.stack);
    const shown = lines.join() + JSON.stringify(thrown);
    for (const secret of ["k8s-aws-v1", "Bearer", "the-secret", "the-session"]) expect(shown).not.toContain(secret);
  });
});
