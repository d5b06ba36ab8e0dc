/** The client of the public library: what it connects to and as whom, and when its requests end. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { connect, during, KubernetesError, resource } from "../../../src/lambda/index.ts";
import { happens } from "../../support/clock.ts";
import { type ApiServer, apiServer, ca, failure, json, silence } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const path = "/api/v1/namespaces/default/pods";
const pods = json(200, { items: [] });

/** The presigned URL in the token of a request. */
const signed = ({ asked }: ApiServer, request = 0): URL => {
  const token = asked[request]?.headers.authorization?.slice("Bearer k8s-aws-v1.".length) ?? "";
  return new URL(Buffer.from(token, "base64url").toString());
};
const keyIn = (server: ApiServer, request = 0) =>
  signed(server, request).searchParams.get("X-Amz-Credential")?.replace(/\/.*/, "");

const caller = (accessKeyId = "AKIACALLER") => ({ accessKeyId, secretAccessKey: "secret" });
const outside = ({ endpoint }: ApiServer) =>
  ({ cluster: { name: "other", endpoint, ca }, region: "eu-west-1", environment: {} }) as const;

describe("connect", () => {
  test("reads cluster and credentials from the environment, and reuses connection and token", async () => {
    const server = await apiServer(pods);
    const kube = connect({ environment: environmentOf(server) });
    await kube.request({ path });
    expect(await kube.request({ path })).toEqual({ items: [] });
    expect([keyIn(server), server.connections()]).toEqual(["ASIAEXAMPLE", 1]);
  });

  test.each([
    [{}, "EnvironmentIncomplete", "the environment variable CLUSTER_ENDPOINT is not set"],
    [{ CLUSTER_ENDPOINT: "http://x" }, "EnvironmentInvalid", 'CLUSTER_ENDPOINT is "http://x"; it must be an https URL'],
  ])("with the environment %j throws at the first request", async (environment, code, message) => {
    const kube = connect({ environment });
    await kube.ready;
    await expect(kube.request({ path })).rejects.toMatchObject({ code, message });
  });

  test("accepts cluster, region and credentials as options", async () => {
    const server = await apiServer(pods);
    await connect({ ...outside(server), credentials: caller() }).request({ path });
    expect([signed(server).host, keyIn(server)]).toEqual(["sts.eu-west-1.amazonaws.com", "AKIACALLER"]);
  });

  test("calls a credentials provider for each request", async () => {
    const server = await apiServer(pods);
    const keys = ["AKIAFIRST", "AKIASECOND"];
    const kube = connect({ ...outside(server), credentials: async () => caller(keys.shift()) });
    await kube.request({ path });
    await kube.request({ path });
    expect([keyIn(server, 0), keyIn(server, 1)]).toEqual(["AKIAFIRST", "AKIASECOND"]);
  });

  test("rethrows the credentials provider's error", async () => {
    const server = await apiServer(pods);
    const error = new Error("the session has expired");
    const kube = connect({ ...outside(server), credentials: () => Promise.reject(error) });
    await expect(kube.request({ path })).rejects.toBe(error);
    expect(server.asked).toEqual([]);
  });

  test("limits the wait for credentials by the request's time-out", async () => {
    const server = await apiServer(pods);
    let answer = (_: ReturnType<typeof caller>): void => {};
    const credentials = () => new Promise<ReturnType<typeof caller>>((resolve) => (answer = resolve));
    const kube = connect({ ...outside(server), credentials });
    await expect(kube.request({ path, timeoutMs: 50 })).rejects.toMatchObject({
      code: "Timeout",
      message: "no credentials in time",
    });
    answer(caller());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.asked).toEqual([]);
  });

  test.each([
    [{ AWS_DEFAULT_REGION: "eu-north-1" }, "sts.eu-north-1.amazonaws.com"],
    [{ AWS_DEFAULT_REGION: "eu-north-1", AWS_REGION: "eu-west-2" }, "sts.eu-west-2.amazonaws.com"],
  ])("with %j signs for %s", async (region, host) => {
    const server = await apiServer(pods);
    const { AWS_REGION: _, ...environment } = environmentOf(server);
    await connect({ environment: { ...environment, ...region } }).request({ path });
    expect(signed(server).host).toBe(host);
  });

  test.each([
    [{}, {}, "/api/v1/namespaces/default/pods?fieldManager=eks-lambda"],
    [
      { CLUSTER_NAMESPACE: "shop", AWS_LAMBDA_FUNCTION_NAME: "release" },
      {},
      "/api/v1/namespaces/shop/pods?fieldManager=release",
    ],
    [
      { CLUSTER_NAMESPACE: "shop", AWS_LAMBDA_FUNCTION_NAME: "release" },
      { namespace: "ops", fieldManager: "me" },
      "/api/v1/namespaces/ops/pods?fieldManager=me",
    ],
  ])("with %j and %j says where it writes, and who", async (environment, options, path) => {
    const server = await apiServer(json(201, {}));
    const kube = connect({ environment: { ...environmentOf(server), ...environment }, ...options });
    await resource("v1", "pods")
      .on(kube)
      .create({ metadata: { name: "a" } });
    expect(server.asked).toMatchObject([{ path, headers: { "user-agent": "eks-lambda/0.0.0" } }]);
  });
});

describe("a signal", () => {
  const reason = new Error("enough");
  const soon = (ms = 50) => {
    const end = new AbortController();
    setTimeout(() => end.abort(reason), ms);
    return end.signal;
  };

  test("aborts a running request and closes its connection", async () => {
    const server = await apiServer(silence);
    const kube = connect({ environment: environmentOf(server) });
    await expect(kube.request({ path, signal: soon() })).rejects.toBe(reason);
    await expect.poll(server.open).toBe(0);
  });

  test("aborts a wait for credentials", async () => {
    const server = await apiServer(pods);
    const kube = connect({ ...outside(server), credentials: () => new Promise<never>(() => {}) });
    await expect(kube.request({ path, signal: soon() })).rejects.toBe(reason);
  });

  test("aborts a wait for the warm-up", async () => {
    // The warm-up never ends by itself.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await apiServer(silence);
    const kube = connect({ environment: { ...environmentOf(server), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" } });
    const end = new AbortController();
    const failed = expect(kube.request({ path, signal: end.signal })).rejects.toBe(reason);
    await happens(() => server.asked.length === 1);
    end.abort(reason);
    await failed;
  });

  test("aborts a wait for Retry-After", async () => {
    const server = await apiServer(failure(429, "TooManyRequests", "busy", { "retry-after": "20" }), pods);
    const kube = connect({ environment: environmentOf(server) });
    await expect(kube.request({ path, signal: soon() })).rejects.toBe(reason);
  });

  test("passed to connect aborts every request", async () => {
    const server = await apiServer(silence);
    const kube = connect({ environment: environmentOf(server), signal: soon() });
    await expect(kube.request({ path })).rejects.toBe(reason);
  });

  test("that is already aborted prevents the request", async () => {
    const server = await apiServer(pods);
    const kube = connect({ environment: environmentOf(server) });
    await expect(kube.request({ path, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.connections()).toBe(0);
  });
});

describe("during an invocation", () => {
  /** As much time is left whenever it is asked for: no test depends on how fast the machine is. */
  const having = (ms: number) => ({ awsRequestId: "request", getRemainingTimeInMillis: () => ms });

  test("a request ends half a second before Lambda ends the function", async () => {
    const server = await apiServer(silence);
    const kube = during(connect({ environment: environmentOf(server) }), having(700));
    await expect(kube.request({ path })).rejects.toMatchObject({
      code: "Timeout",
      cause: { message: expect.stringMatching(/^no answer within \d{1,3} ms$/) },
    });
  });

  test("a watch ends before Lambda ends the function, and says why", async () => {
    const list = json(200, { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "1" }, items: [] });
    const server = await apiServer(list, (response) => void response.writeHead(200).flushHeaders());
    const kube = during(connect({ environment: environmentOf(server) }), having(3_000));
    const watch = async () => {
      for await (const _ of resource("v1", "pods").on(kube).watch());
    };
    await expect(watch()).rejects.toMatchObject({ code: "Timeout", message: "the time of the function is up" });
  });

  test("a time-out names the missing condition", async () => {
    const items = [{ metadata: { name: "web", uid: "1" } }];
    const list = json(200, { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "1" }, items });
    const server = await apiServer(list, (response) => void response.writeHead(200).flushHeaders());
    const kube = during(connect({ environment: environmentOf(server) }), having(3_000));
    const until = resource("v1", "pods")
      .on(kube)
      .until({ name: "web" }, () => false);
    await expect(until).rejects.toMatchObject({
      code: "Timeout",
      message: 'time is up while waiting for pods "web" in default',
    });
  });
});

test("a refused request throws KubernetesError with hints for any caller", async () => {
  const server = await apiServer(failure(403, "Forbidden", "no"));
  const error = await connect({ environment: environmentOf(server) })
    .request({ path })
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(KubernetesError);
  expect(error).toBeInstanceOf(EksLambdaError);
  expect(error).toMatchObject({
    reason: "Forbidden",
    status: 403,
    hint: expect.not.stringMatching(/deployment|nginx/i),
  });
});
