import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { generate } from "selfsigned";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { connectByToken } from "../../../../src/core/kube/connection.ts";
import { KubernetesError } from "../../../../src/core/kube/errors.ts";
import { createKube, ifFound, type Kube, type Timing } from "../../../../src/core/kube/request.ts";
import { testClock } from "../../../support/clock.ts";
import { listen, listenInTest, pour } from "../../../support/server.ts";
import {
  type Answer,
  type ApiServer,
  apiServer,
  apiServerAs,
  breakOff,
  ca,
  elsewhere,
  failure,
  hangUp,
  json,
  otherCa,
  silence,
  stall,
  text,
} from "../../support/api-server.ts";

/** A certificate for 127.0.0.1 that is not meant for servers. */
async function clientIdentity() {
  const extensions: Parameters<typeof generate>[1] = {
    keyType: "ec",
    extensions: [
      { name: "extKeyUsage", clientAuth: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  };
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], extensions);
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

/** `token-0`, and with each renewal the next. */
function countingTokens() {
  let renewed = 0;
  return async ({ refused }: { refused: boolean }) => `token-${refused ? ++renewed : renewed}`;
}

/** 10 seconds by a clock that only waiting moves. */
function tenSeconds() {
  const clock = testClock();
  const timing: Timing = { remainingMs: () => 10_000 - clock.now(), sleep: clock.sleep };
  return { timing, slept: clock.slept };
}

const bearers = ({ asked }: ApiServer) => asked.map(({ headers }) => headers.authorization);

const ok = json(200, { kind: "Pod" });
const unauthorized = failure(401, "Unauthorized", "Unauthorized");

const named = { metadata: { name: "x" } };
const reviews = "/apis/authorization.k8s.io/v1";
/** Requests that cannot be repeated. */
const onlyOnce = [
  ["a POST without a name", { method: "POST", path: "/", body: { metadata: { generateName: "job-" } } }],
  ["a POST without a body", { method: "POST", path: "/" }],
  ["a JSON patch", { method: "PATCH", path: "/", body: [], contentType: "application/json-patch+json" }],
] as const;

/** Times out for real, so that a broken test waits no longer than this. */
const soon: Timing = { remainingMs: () => 100, sleep: async () => {} };

const clientOf = (endpoint: string, { trusted = ca, timing = tenSeconds().timing } = {}): Kube =>
  createKube(connectByToken(endpoint, trusted, countingTokens()), () => timing);

describe("a request", () => {
  test("sends method, path, token and JSON, and returns the parsed response", async () => {
    const server = await apiServer(json(201, { metadata: { uid: "1" } }));
    const kube = clientOf(server.endpoint);
    expect(
      await kube.request({
        method: "POST",
        path: "/apis/apps/v1/namespaces/default/deployments?dryRun=All",
        body: { name: "Ä" },
      }),
    ).toEqual({ metadata: { uid: "1" } });
    expect(server.asked).toEqual([
      {
        method: "POST",
        path: "/apis/apps/v1/namespaces/default/deployments?dryRun=All",
        headers: expect.objectContaining({
          accept: "application/json, */*",
          "user-agent": "eks-lambda/0.0.0",
          authorization: "Bearer token-0",
          "content-type": "application/json",
          "content-length": "17",
        }),
        body: { name: "Ä" },
      },
    ]);
  });

  test("without a body has no content type", async () => {
    const server = await apiServer(ok);
    await clientOf(server.endpoint).request({ path: "/api/v1/pods" });
    expect(server.asked).toMatchObject([{ method: "GET", body: "" }]);
    expect(server.asked[0]?.headers).not.toHaveProperty("content-type");
  });

  test("can be a merge patch", async () => {
    const server = await apiServer(ok);
    await clientOf(server.endpoint).request({
      method: "PATCH",
      path: "/x",
      body: { data: null },
      contentType: "application/merge-patch+json",
    });
    expect(server.asked).toMatchObject([
      { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: { data: null } },
    ]);
  });

  test("encodes a query without undefined values", async () => {
    const server = await apiServer(ok);
    const query = { labelSelector: "a=b,c in (d)", limit: 5, watch: false, continue: undefined };
    await clientOf(server.endpoint).request({ path: "/x", query });
    await clientOf(server.endpoint).request({ path: "/x?dryRun=All", query: { force: true } });
    expect(server.asked).toMatchObject([
      { path: "/x?labelSelector=a%3Db%2Cc+in+%28d%29&limit=5&watch=false" },
      { path: "/x?dryRun=All&force=true" },
    ]);
  });

  test("can accept text; errors are still parsed as Status", async () => {
    const server = await apiServer(text(200, "one\ntwo Ä\n"), failure(404, "NotFound", "no such Pod"));
    const kube = clientOf(server.endpoint);
    expect(await kube.request({ path: "/log", as: "text" })).toBe("one\ntwo Ä\n");
    await expect(kube.request({ path: "/log", as: "text" })).rejects.toMatchObject({ code: "NotFound" });
  });

  test("keeps the path of the server's URL", async () => {
    const server = await apiServer(ok);
    await clientOf(`${server.endpoint}/k8s/clusters/c-1/`).request({ path: "/api" });
    expect(server.asked).toMatchObject([{ path: "/k8s/clusters/c-1/api" }]);
  });

  test("reuses the previous connection", async () => {
    const server = await apiServer(ok);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/1" });
    await kube.request({ path: "/2" });
    expect([server.asked.length, server.connections()]).toEqual([2, 1]);
  });
});

test("each warning of an answer is told, with its quotes and commas", async () => {
  const warning = '299 - "unknown field \\"spec.a\\", and more", 299 kube "batch/v1beta1 CronJob is deprecated"';
  const server = await apiServer((response) => response.writeHead(200, { warning }).end("{}"));
  const told: string[] = [];
  const kube = createKube(
    connectByToken(server.endpoint, ca, async () => "token"),
    undefined,
    { onWarning: (text) => told.push(text) },
  );
  await kube.request({ path: "/api/v1/pods" });
  expect(told).toEqual(['unknown field "spec.a", and more', "batch/v1beta1 CronJob is deprecated"]);
});

describe("a 401", () => {
  test("in plain text is Unauthorized", async () => {
    const server = await apiServer(text(401, "Unauthorized"));
    await expect(clientOf(server.endpoint).request({ path: "/" })).rejects.toMatchObject({ code: "Unauthorized" });
  });

  test("is retried once with a new token", async () => {
    const server = await apiServer(unauthorized, ok);
    expect(await clientOf(server.endpoint).request({ path: "/" })).toEqual({ kind: "Pod" });
    expect(bearers(server)).toEqual(["Bearer token-0", "Bearer token-1"]);
  });

  test.each([
    ["as a Status", unauthorized],
    ["as plain text", text(401, "no")],
    ["as JSON that is no Status", json(401, {})],
  ])("that comes again, %s, is the error", async (_, answer) => {
    const server = await apiServer(answer);
    await expect(clientOf(server.endpoint).request({ path: "/" })).rejects.toMatchObject({
      code: "Unauthorized",
      message: "the cluster does not accept this caller: 401 Unauthorized",
      hint: expect.stringContaining("eks-lambda doctor"),
    });
    expect(bearers(server)).toEqual(["Bearer token-0", "Bearer token-1"]);
  });

  test("causes one new token, regardless of further attempts", async () => {
    const busy = failure(429, "TooManyRequests", "busy", { "retry-after": "1" });
    const server = await apiServer(unauthorized, busy, busy, ok);
    expect(await clientOf(server.endpoint).request({ path: "/" })).toEqual({ kind: "Pod" });
    expect(bearers(server).slice(1)).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-1"]);
  });
});

describe("the API server's refusal", () => {
  const forbidden =
    'deployments.apps is forbidden: User "lambda" cannot list resource "deployments" in API group "apps" in the namespace "default"';

  test.each([
    [
      "403 tells user, verb and resource",
      failure(403, "Forbidden", forbidden),
      "Forbidden",
      forbidden,
      "grants what the function declares",
    ],
    [
      "409 of a name",
      failure(409, "AlreadyExists", 'deployments.apps "x" already exists'),
      "AlreadyExists",
      'deployments.apps "x" already exists',
      "choose another name",
    ],
    [
      "409 of a version",
      failure(409, "Conflict", "the object has been modified"),
      "Conflict",
      "the object has been modified",
    ],
    [
      "404",
      failure(404, "NotFound", 'namespaces "x" not found'),
      "NotFound",
      'namespaces "x" not found',
      "kubectl get",
    ],
    ["422", failure(422, "Invalid", "spec.replicas: Invalid value"), "Invalid", "spec.replicas: Invalid value"],
    ["500 without Retry-After", failure(500, "InternalError", "etcd"), "InternalError", "etcd"],
    ["503 without a word", json(503, {}), "Http503", "the API server answered 503"],
    ["400 with JSON that is no Status", json(400, null), "Http400", "the API server answered 400"],
  ] as const)("%s is passed on, and asked for once", async (_, answer, code, message, hint?: string) => {
    const server = await apiServer(answer);
    await expect(clientOf(server.endpoint).request({ method: "POST", path: "/", body: {} })).rejects.toMatchObject({
      code,
      message,
      hint: hint === undefined ? undefined : expect.stringContaining(hint),
    });
    expect(server.asked).toHaveLength(1);
  });

  test("404 of a path that is not served is ResourceNotServed; that of a proxy is not", async () => {
    const server = await apiServer(text(404, "404 page not found\n"), text(404, "<html>404 page not found</html>"));
    const kube = clientOf(server.endpoint);
    const ask = () => ifFound(kube.request({ path: "/apis/example.com/v1/widgets", query: { limit: 1 } }));
    const refused = ask();
    await expect(refused).rejects.toBeInstanceOf(KubernetesError);
    await expect(refused).rejects.toMatchObject({
      code: "ResourceNotServed",
      message: "the API server does not serve /apis/example.com/v1/widgets",
    });
    await expect(ask()).rejects.toMatchObject({ code: "UnexpectedAnswer" });
  });

  test("404 is `undefined` with `absent`, and 403 is still an error", async () => {
    const server = await apiServer(failure(404, "NotFound", "no"), failure(403, "Forbidden", "no"));
    const kube = clientOf(server.endpoint);
    expect(await ifFound(kube.request({ path: "/" }))).toBeUndefined();
    await expect(ifFound(kube.request({ path: "/" }))).rejects.toMatchObject({ code: "Forbidden" });
  });
});

describe("a response with Retry-After", () => {
  const busy = failure(429, "TooManyRequests", "too many requests, please try again later", { "retry-after": "3" });

  test.each([
    ["429", busy],
    ["429 in plain text", text(429, "Too many requests, please try again later.", { "retry-after": "3" })],
    ["500", failure(500, "InternalError", "leader lost", { "retry-after": "3" })],
    ["503", text(503, "", { "retry-after": "3" })],
  ])("%s is waited for as told", async (_, answer) => {
    const server = await apiServer(answer, answer, ok);
    const { timing, slept } = tenSeconds();
    expect(await clientOf(server.endpoint, { timing }).request({ path: "/" })).toEqual({ kind: "Pod" });
    expect(slept).toEqual([3000, 3000]);
  });

  test.each([
    [
      "a date by the server's own clock",
      { "retry-after": "Wed, 21 Oct 2015 07:28:07 GMT", date: "Wed, 21 Oct 2015 07:28:00 GMT" },
      7000,
    ],
    [
      "a date that has passed",
      { "retry-after": "Wed, 21 Oct 2015 07:27:00 GMT", date: "Wed, 21 Oct 2015 07:28:00 GMT" },
      50,
    ],
    ["no time at all", { "retry-after": "0" }, 50],
  ])("may say %s", async (_, headers, expected) => {
    const server = await apiServer(failure(429, "TooManyRequests", "busy", headers), ok);
    const { timing, slept } = tenSeconds();
    expect(await clientOf(server.endpoint, { timing }).request({ path: "/" })).toEqual({ kind: "Pod" });
    expect(slept).toEqual([expected]);
  });

  test("with 429 also retries requests that must not be sent twice, because the server has not processed them", async () => {
    const server = await apiServer(busy, ok);
    expect(await clientOf(server.endpoint).request({ method: "POST", path: "/", body: {} })).toEqual({ kind: "Pod" });
  });

  test.each(onlyOnce)("with 5xx does not retry %s", async (_, request) => {
    const server = await apiServer(failure(500, "InternalError", "leader lost", { "retry-after": "1" }), ok);
    await expect(clientOf(server.endpoint).request(request)).rejects.toMatchObject({ code: "InternalError" });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    ["AlreadyExists", 409, { method: "POST", path: "/", body: named }],
    ["Conflict", 409, { method: "PUT", path: "/", body: named }],
    ["NotFound", 404, { method: "DELETE", path: "/" }],
  ] as const)("after a 5xx that may have been carried out, %s says so", async (code, status, request) => {
    const server = await apiServer(
      failure(504, "Timeout", "request did not complete", { "retry-after": "1" }),
      failure(status, code, "the first attempt did it"),
    );
    await expect(clientOf(server.endpoint).request(request)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining("may have been carried out"),
    });
  });

  test("with 429 does not attribute a later conflict to this request", async () => {
    const server = await apiServer(busy, failure(409, "AlreadyExists", "someone else's"));
    await expect(clientOf(server.endpoint).request({ method: "POST", path: "/", body: named })).rejects.toMatchObject({
      code: "AlreadyExists",
      hint: expect.stringContaining("choose another name"),
    });
  });

  test("is not waited for beyond the request's time-out", async () => {
    const server = await apiServer(busy);
    const { timing, slept } = tenSeconds();
    await expect(clientOf(server.endpoint, { timing }).request({ path: "/" })).rejects.toMatchObject({
      code: "TooManyRequests",
      message: "too many requests, please try again later",
      hint: expect.stringContaining("longer than the time limit"),
    });
    expect([slept, server.asked.length]).toEqual([[3000, 3000, 3000], 4]);
  });

  test.each([
    ["a Status", failure(429, "TooManyRequests", "busy", { "retry-after": "60" })],
    ["plain text", text(429, "Too many requests", { "retry-after": "60" })],
  ])("of %s is not waited for if it exceeds the remaining time; the error has it", async (_, answer) => {
    const server = await apiServer(answer);
    const { timing, slept } = tenSeconds();
    await expect(clientOf(server.endpoint, { timing }).request({ path: "/" })).rejects.toMatchObject({
      ...{ code: "TooManyRequests", status: 429, retryAfterMs: 60_000 },
    });
    expect([slept, server.asked.length]).toEqual([[], 1]);
  });

  test.each([
    ["a 429 that does not say how long", failure(429, "TooManyRequests", "no")],
    ["a 404, whatever it says", failure(404, "NotFound", "no", { "retry-after": "1" })],
  ])("is not %s", async (_, answer) => {
    const server = await apiServer(answer);
    const { timing, slept } = tenSeconds();
    await expect(clientOf(server.endpoint, { timing }).request({ path: "/" })).rejects.toThrow("no");
    expect([slept, server.asked.length]).toEqual([[], 1]);
  });
});

describe("a kept-alive connection", () => {
  test("that the server has closed is replaced silently", async () => {
    const server = await apiServer(ok, hangUp, json(201, { again: true }));
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    expect(await kube.request({ method: "POST", path: "/", body: named })).toEqual({ again: true });
    expect([server.asked.length, server.connections()]).toEqual([3, 2]);
  });

  test("that is closed again fails with ConnectionLost", async () => {
    const server = await apiServer(ok, hangUp, hangUp);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    await expect(kube.request({ method: "POST", path: "/", body: named })).rejects.toMatchObject({
      code: "ConnectionLost",
    });
    expect(server.asked).toHaveLength(3);
  });

  test("that broke after the work was done: the conflict says so", async () => {
    const server = await apiServer(ok, hangUp, failure(409, "AlreadyExists", 'deployments.apps "x" already exists'));
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    await expect(kube.request({ method: "POST", path: "/", body: named })).rejects.toMatchObject({
      code: "AlreadyExists",
      hint: expect.stringContaining("sent twice"),
    });
  });

  test("is replaced by a new one, because the other kept-alive connections are as old", async () => {
    const old = new Set<unknown>();
    const server = await apiServer((response) => {
      if (old.has(response.socket)) return hangUp(response);
      old.add(response.socket);
      ok(response);
    });
    const kube = clientOf(server.endpoint);
    await Promise.all([kube.request({ path: "/" }), kube.request({ path: "/" })]);
    expect(server.connections()).toBe(2);
    expect(await kube.request({ method: "POST", path: "/", body: named })).toEqual({ kind: "Pod" });
    expect([server.asked.length, server.connections()]).toEqual([4, 3]);
  });

  test("may be stale, but a new connection may not: nothing is retried", async () => {
    const server = await apiServer(hangUp);
    await expect(clientOf(server.endpoint).request({ method: "POST", path: "/", body: named })).rejects.toMatchObject({
      code: "ConnectionLost",
      hint: expect.stringContaining("run it again"),
    });
    expect(server.asked).toHaveLength(1);
  });

  test("that breaks during a response is not stale: nothing is retried", async () => {
    const server = await apiServer(ok, breakOff);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    await expect(kube.request({ method: "POST", path: "/", body: named })).rejects.toMatchObject({
      code: "ConnectionLost",
    });
    expect(server.asked).toHaveLength(2);
  });

  test.each([
    ["a GET", { path: "/" }],
    ["a POST of a name", { method: "POST", path: "/", body: named }],
    ["an access review, which is not kept", { method: "POST", path: `${reviews}/selfsubjectaccessreviews`, body: {} }],
    ["a merge patch", { method: "PATCH", path: "/", body: {}, contentType: "application/merge-patch+json" }],
    ["a DELETE", { method: "DELETE", path: "/" }],
  ] as const)("that was closed: %s is sent again", async (_, request) => {
    const server = await apiServer(ok, hangUp, ok);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    expect(await kube.request(request)).toEqual({ kind: "Pod" });
  });

  test.each(onlyOnce)("that was closed does not retry %s, and the error says so", async (_, request) => {
    const server = await apiServer(ok, hangUp, ok);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    await expect(kube.request(request)).rejects.toMatchObject({
      code: "ConnectionLost",
      hint: expect.stringContaining("check its result before you repeat it"),
    });
    expect(server.asked).toHaveLength(2);
  });

  test.each([
    ["59 seconds is used", 59_000, 1],
    ["61 seconds is replaced before it is used", 61_000, 2],
  ])("idle for %s", async (_, idleMs, connections) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await apiServer(ok);
    const kube = clientOf(server.endpoint);
    await kube.request({ path: "/" });
    vi.setSystemTime(Date.now() + idleMs);
    await kube.request({ method: "POST", path: "/", body: {} });
    expect([server.asked.length, server.connections()]).toEqual([2, connections]);
  });
});

describe("a stream", () => {
  /** Sends each of these bytes apart; then stays open, unless told to end. */
  const pieces =
    (end: "end" | "stay open" | "break", ...sent: readonly (string | Buffer)[]): Answer =>
    async (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      for (const piece of sent) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (end === "end") response.end();
      if (end === "break") response.socket?.destroy();
    };

  const collect = async (stream: AsyncIterable<string>): Promise<string> => {
    let text = "";
    for await (const piece of stream) text += piece;
    return text;
  };

  test("yields text chunks, and may outlast the time-out of its start", async () => {
    const umlaut = Buffer.from("Ä");
    const server = await apiServer(pieces("end", "a", umlaut.subarray(0, 1), umlaut.subarray(1), "b"));
    const timing: Timing = { remainingMs: () => 1000, sleep: async () => {} };
    const stream = await clientOf(server.endpoint, { timing }).request({ path: "/watch", as: "stream" });
    expect(await collect(stream)).toBe("aÄb");
  });

  test("that ends frees its connection for the next request", async () => {
    const server = await apiServer(pieces("end", "a"), ok);
    const kube = clientOf(server.endpoint);
    await collect(await kube.request({ path: "/watch", as: "stream" }));
    await kube.request({ path: "/" });
    expect(server.connections()).toBe(1);
  });

  test("that is refused throws after a retry with a new token", async () => {
    const server = await apiServer(unauthorized, failure(410, "Expired", "too old resource version"));
    await expect(clientOf(server.endpoint).request({ path: "/watch", as: "stream" })).rejects.toMatchObject({
      code: "Expired",
      message: "too old resource version",
    });
  });

  test("that breaks throws ConnectionLost", async () => {
    const server = await apiServer(pieces("break", "a"));
    const stream = await clientOf(server.endpoint).request({ path: "/watch", as: "stream" });
    await expect(collect(stream)).rejects.toMatchObject({ code: "ConnectionLost" });
  });

  test("closes its connection when the loop ends", async () => {
    const server = await apiServer(pieces("stay open", "a"));
    const stream = await clientOf(server.endpoint).request({ path: "/watch", as: "stream" });
    for await (const piece of stream) if (piece === "a") break;
    await expect.poll(server.open).toBe(0);
  });

  test("ends with its signal, throws the reason and closes its connection", async () => {
    const server = await apiServer(pieces("stay open", "a"));
    const { signal, reason, abort } = aborting();
    const stream = await clientOf(server.endpoint).request({ path: "/watch", as: "stream", signal });
    const reading = collect(stream);
    abort();
    await expect(reading).rejects.toBe(reason);
    await expect.poll(server.open).toBe(0);
  });
});

function aborting() {
  const controller = new AbortController();
  const reason = new Error("no longer needed");
  return { signal: controller.signal, reason, abort: () => controller.abort(reason) };
}

describe("a signal", () => {
  test("that is already aborted prevents the request", async () => {
    const server = await apiServer(ok);
    const { signal, reason, abort } = aborting();
    abort();
    await expect(clientOf(server.endpoint).request({ path: "/", signal })).rejects.toBe(reason);
    expect(server.connections()).toBe(0);
  });

  test("aborts a request that waits for its response, and closes the connection", async () => {
    const server = await apiServer(silence);
    const { signal, reason, abort } = aborting();
    const request = clientOf(server.endpoint).request({ path: "/", signal });
    setTimeout(abort, 30);
    await expect(request).rejects.toBe(reason);
    await expect.poll(server.open).toBe(0);
  });

  test("aborts the wait before a retry", async () => {
    const server = await apiServer(failure(429, "TooManyRequests", "busy", { "retry-after": "20" }));
    const { signal, reason, abort } = aborting();
    const request = createKube(connectByToken(server.endpoint, ca, countingTokens())).request({ path: "/", signal });
    await expect.poll(() => server.asked.length).toBe(1);
    abort();
    await expect(request).rejects.toBe(reason);
  });

  test("shared by many requests causes no leak warning", async () => {
    const server = await apiServer(ok);
    const kube = clientOf(server.endpoint);
    const { signal } = aborting();
    const warned = vi.spyOn(process, "emitWarning");
    await Promise.all(Array.from({ length: 20 }, () => kube.request({ path: "/", signal })));
    expect(warned).not.toHaveBeenCalled();
  });
});

describe("a network", () => {
  /** Gives a free port, closed when the test is over. */
  async function listening(answer: (socket: Socket) => void): Promise<number> {
    const { port } = await listenInTest(createServer((socket) => answer(socket.resume())));
    return port;
  }

  /** A port on which nobody listens. */
  async function closedPort(): Promise<number> {
    const { port, stop } = await listen(createServer());
    await stop();
    return port;
  }

  test("without the server's name: DnsFailed", { timeout: 30_000 }, () =>
    expect(clientOf("https://does-not-exist.invalid").request({ path: "/" })).rejects.toMatchObject({
      code: "DnsFailed",
      message: expect.stringMatching(
        /^the name of the API server cannot be resolved: does-not-exist\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/,
      ),
      hint: expect.stringContaining("if the cluster was deleted and created again"),
    }),
  );

  test("without a listener: ConnectionRefused", async () => {
    const host = `127.0.0.1:${await closedPort()}`;
    await expect(clientOf(`https://${host}`).request({ path: "/" })).rejects.toMatchObject({
      code: "ConnectionRefused",
      message: `the API server refused the connection: ${host} (ECONNREFUSED)`,
      hint: expect.stringContaining("publicAccessCidrs"),
    });
  });

  test.each([
    ["another CA", otherCa],
    ["a CA that is no certificate", Buffer.from("no certificate").toString("base64")],
  ])("whose server has a certificate of %s: TlsFailed, and the token is not sent", async (_, trusted) => {
    const server = await apiServer(ok);
    await expect(clientOf(server.endpoint, { trusted }).request({ path: "/" })).rejects.toMatchObject({
      code: "TlsFailed",
      message: expect.stringContaining("is not from the cluster's CA"),
      hint: expect.stringContaining("eks-lambda setup"),
    });
    expect(server.asked).toEqual([]);
  });

  test("whose server has a certificate of another name: TlsFailed", async () => {
    const server = await apiServerAs(elsewhere, ok);
    const trusted = elsewhere.cert.toString("base64");
    await expect(clientOf(server.endpoint, { trusted }).request({ path: "/" })).rejects.toMatchObject({
      code: "TlsFailed",
      message: expect.stringContaining("is for another name"),
    });
    expect(server.asked).toEqual([]);
  });

  test("whose server has a client certificate: TlsFailed, not ConnectionLost", async () => {
    const identity = await clientIdentity();
    const server = await apiServerAs(identity, ok);
    const trusted = identity.cert.toString("base64");
    const created = clientOf(server.endpoint, { trusted }).request({ method: "POST", path: "/", body: {} });
    await expect(created).rejects.toMatchObject({
      code: "TlsFailed",
      message: expect.stringMatching(/^the server's certificate is refused: 127\.0\.0\.1:\d+ \(INVALID_PURPOSE\)$/),
    });
    expect(server.asked).toEqual([]);
  });

  test("whose server does not speak TLS: TlsFailed", async () => {
    const port = await listening((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(clientOf(`https://127.0.0.1:${port}`).request({ path: "/" })).rejects.toMatchObject({
      code: "TlsFailed",
      message: expect.stringContaining(`no secure connection: 127.0.0.1:${port}`),
    });
  });

  test.each<[string, Answer]>([
    ["does not answer", silence],
    ["does not finish its answer", stall],
  ])("whose server %s: Timeout, when the time is over, and nothing is sent again", async (_, answer) => {
    const server = await apiServer(ok, answer);
    let remainingMs = 30_000;
    const kube = clientOf(server.endpoint, { timing: { ...soon, remainingMs: () => remainingMs } });
    await kube.request({ path: "/" });
    remainingMs = 100;
    await expect(kube.request({ path: "/" })).rejects.toMatchObject({
      code: "Timeout",
      message: expect.stringContaining("no answer from the API server in time: 127.0.0.1"),
    });
    expect(server.asked).toHaveLength(2);
  });

  test("whose server does not end its answer: AnswerTooLong, and the connection is closed", async () => {
    const server = await apiServer((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      void pour(response, Buffer.alloc(2 ** 20, "x"));
    });
    await expect(clientOf(server.endpoint).request({ path: "/" })).rejects.toMatchObject({
      code: "AnswerTooLong",
      message: expect.stringMatching(/^the answer is longer than 32 MiB: 127\.0\.0\.1:\d+/),
      hint: expect.stringContaining("limit"),
    });
    await expect.poll(server.open).toBe(0);
  });

  test("with something else in between: UnexpectedAnswer, with the beginning of the response", async () => {
    const server = await apiServer(text(200, "<html>login</html>", { "content-type": "text/html" }));
    await expect(clientOf(server.endpoint).request({ path: "/" })).rejects.toMatchObject({
      code: "UnexpectedAnswer",
      message: `${server.endpoint.slice("https://".length)} answered 200 with something that is not JSON: "<html>login</html>"`,
      hint: expect.stringContaining("proxy"),
    });
  });
});

test("no error shows the token", async () => {
  const answers = [unauthorized, text(502, "bad gateway"), failure(403, "Forbidden", "no"), hangUp, silence];
  for (const answer of answers) {
    const server = await apiServer(answer);
    const error = await clientOf(server.endpoint, { timing: soon })
      .request({ path: "/" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EksLambdaError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("token-");
    expect(JSON.stringify(error)).not.toContain("token-");
  }
});
