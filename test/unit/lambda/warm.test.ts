/** The warm-up in initialisation, seen from the API server. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clusterFromEnvironment } from "../../../src/core/kube/cluster.ts";
import { createKube } from "../../../src/core/kube/request.ts";
import { environmentConnection } from "../../../src/lambda/environment.ts";
import { connect } from "../../../src/lambda/index.ts";
import { warmUp } from "../../../src/lambda/warm.ts";
import { happens } from "../../support/clock.ts";
import { type Answer, type ApiServer, apiServer, failure, hangUp, json, silence } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const version = json(200, { major: "1", minor: "35" });
const pods = json(200, { items: [] });
const path = "/api/v1/pods";

const connected = (server: Pick<ApiServer, "endpoint">, more: Readonly<Record<string, string>> = {}) =>
  connect({ environment: { ...environmentOf(server), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand", ...more } });

const asked = ({ asked }: ApiServer) => asked.map(({ method, path }) => `${method} ${path}`);

/** Time stands still, unless a test moves it: a machine that is busy for two seconds fails none of them. */
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

describe("a warm-up", () => {
  test.each(["on-demand", "provisioned-concurrency"])("is one authenticated request, for %s", async (type) => {
    const server = await apiServer(version);
    await connected(server, { AWS_LAMBDA_INITIALIZATION_TYPE: type }).ready;
    expect(server.asked).toMatchObject([
      { method: "GET", path: "/version", headers: { authorization: expect.stringMatching(/^Bearer k8s-aws-v1\./) } },
    ]);
  });

  test("provides connection and token for the first request", async () => {
    const server = await apiServer(version, pods);
    const kube = connected(server);
    await kube.ready;
    expect(await kube.request({ path })).toEqual({ items: [] });
    const [first, second] = server.asked.map(({ headers }) => headers.authorization);
    expect([asked(server), server.connections(), second]).toEqual([["GET /version", `GET ${path}`], 1, first]);
  });

  test("keeps the path of the server's URL", async () => {
    const server = await apiServer(version);
    await connected({ endpoint: `${server.endpoint}/k8s/clusters/c-1/` }).ready;
    expect(asked(server)).toEqual(["GET /k8s/clusters/c-1/version"]);
  });

  test.each([
    ["outside of Lambda", { AWS_LAMBDA_INITIALIZATION_TYPE: "" }],
    ["before a snapshot", { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" }],
  ])("is not there %s", async (_, environment) => {
    const server = await apiServer(pods);
    const kube = connected(server, environment);
    await kube.ready;
    expect(server.connections()).toBe(0);
    await kube.request({ path });
    expect(asked(server)).toEqual([`GET ${path}`]);
  });

  test("can be switched off", async () => {
    const server = await apiServer(pods);
    const environment = { ...environmentOf(server), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
    const kube = connect({ environment, warm: false });
    await kube.ready;
    await kube.request({ path });
    expect(asked(server)).toEqual([`GET ${path}`]);
  });
});

describe("a warm-up that fails", () => {
  test.each([
    ["401, while the role is not mapped yet", failure(401, "Unauthorized", "Unauthorized")],
    ["403", failure(403, "Forbidden", "no")],
    ["429 that asks to wait", failure(429, "TooManyRequests", "busy", { "retry-after": "20" })],
    ["500", failure(500, "InternalError", "etcd")],
    ["no answer", hangUp],
  ])("by %s is not repeated, and the first request works", async (_, answer) => {
    const server = await apiServer(answer, pods);
    const kube = connected(server);
    await kube.ready;
    expect(await kube.request({ path })).toEqual({ items: [] });
    expect(asked(server)).toEqual(["GET /version", `GET ${path}`]);
  });

  test.each([
    ["without a way to the server", { CLUSTER_ENDPOINT: "https://127.0.0.1:1" }, "ConnectionRefused"],
    ["without credentials", { AWS_ACCESS_KEY_ID: "" }, "EnvironmentIncomplete"],
    ["with a CA that is no certificate", { CLUSTER_CA: "bm90aGluZw==" }, "TlsFailed"],
  ])("%s lets the first request say so", async (_, environment, code) => {
    const server = await apiServer(pods);
    const kube = connected(server, environment);
    await kube.ready;
    await expect(kube.request({ path })).rejects.toMatchObject({ code });
  });

  test("without an answer ends after 2 seconds, and the first request opens a new connection", async () => {
    const server = await apiServer(silence, pods);
    const kube = connected(server);
    let isReady = false;
    void kube.ready.then(() => {
      isReady = true;
    });
    await happens(() => server.asked.length === 1);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(isReady).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await kube.ready;
    expect(await kube.request({ path })).toEqual({ items: [] });
    expect(server.connections()).toBe(2);
  });
});

describe("the first request during the warm-up", () => {
  test("waits for it and reuses its connection", async () => {
    let answerNow = (): void => {};
    const held: Answer = (response) => {
      answerNow = () => version(response);
    };
    const server = await apiServer(held, pods);
    const requested = connected(server).request({ path });
    await happens(() => server.asked.length === 1);
    answerNow();
    expect(await requested).toEqual({ items: [] });
    expect([asked(server), server.connections()]).toEqual([["GET /version", `GET ${path}`], 1]);
  });

  test("waits at most 2 seconds of wall-clock time, because initialisation may have been frozen", async () => {
    const server = await apiServer(silence, pods);
    const kube = connected(server);
    await happens(() => server.asked.length === 1);
    vi.setSystemTime(Date.now() + 600_000);
    const requested = kube.request({ path });
    // The warm-up's timer has two seconds left.
    await vi.advanceTimersByTimeAsync(1);
    expect(await requested).toEqual({ items: [] });
    expect(server.connections()).toBe(2);
  });

  test("waits at most for its own time-out", async () => {
    const server = await apiServer(silence);
    const environment = { ...environmentOf(server), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
    const { connection } = warmUp(environmentConnection(clusterFromEnvironment(environment), environment));
    const failed = expect(createKube(connection).request({ path, timeoutMs: 200 })).rejects.toMatchObject({
      code: "Timeout",
    });
    // The warm-up's timer and the request's, as long as it waits for the warm-up, then when it is sent.
    for (const ms of [200, 1]) {
      await happens(() => vi.getTimerCount() === 2);
      await vi.advanceTimersByTimeAsync(ms);
    }
    await failed;
  });
});
