import { type AddressInfo, createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectByToken } from "../../../../src/core/connection/https.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { createKube, ifFound, type Kube, type Timing } from "../../../../src/core/kube/request.ts";
import { connectDirectly } from "../../../../src/lambda/direct-connection.ts";
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
import { testClock } from "../../support/clock.ts";

/** `token-0`, and with each renewal the next. */
function countingTokens() {
  let renewed = 0;
  return async (renew: boolean) => `token-${renew ? ++renewed : renewed}`;
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

/** Times out for real, so that a broken test waits no longer than this. */
const soon: Timing = { remainingMs: () => 100, sleep: async () => {} };

describe.each([
  ["over node:https", connectByToken],
  ["by hand", connectDirectly],
])("%s,", (_, connect) => {
  const clientOf = (endpoint: string, { trusted = ca, timing = tenSeconds().timing } = {}): Kube =>
    createKube(connect(endpoint, trusted, countingTokens()), () => timing);

  describe("a request", () => {
    test("sends method, path, token and JSON, and gives the parsed answer", async () => {
      const server = await apiServer(json(201, { metadata: { uid: "1" } }));
      const kube = clientOf(server.endpoint);
      expect(
        await kube.request("POST", "/apis/apps/v1/namespaces/default/deployments?dryRun=All", { name: "Ä" }),
      ).toEqual({
        metadata: { uid: "1" },
      });
      expect(server.asked).toEqual([
        {
          method: "POST",
          path: "/apis/apps/v1/namespaces/default/deployments?dryRun=All",
          headers: expect.objectContaining({
            accept: "application/json",
            authorization: "Bearer token-0",
            "content-type": "application/json",
            "content-length": "13",
          }),
          body: { name: "Ä" },
        },
      ]);
    });

    test("without a body has no content type", async () => {
      const server = await apiServer(ok);
      await clientOf(server.endpoint).request("GET", "/api/v1/pods");
      expect(server.asked).toMatchObject([{ method: "GET", body: "" }]);
      expect(server.asked[0]?.headers).not.toHaveProperty("content-type");
    });

    test("can be a merge patch", async () => {
      const server = await apiServer(ok);
      await clientOf(server.endpoint).request("PATCH", "/x", { data: null }, "application/merge-patch+json");
      expect(server.asked).toMatchObject([
        { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: { data: null } },
      ]);
    });

    test("keeps the path that the server is behind", async () => {
      const server = await apiServer(ok);
      await clientOf(`${server.endpoint}/k8s/clusters/c-1/`).request("GET", "/api");
      expect(server.asked).toMatchObject([{ path: "/k8s/clusters/c-1/api" }]);
    });

    test("uses the connection of the one before", async () => {
      const server = await apiServer(ok);
      const kube = clientOf(server.endpoint);
      await kube.request("GET", "/1");
      await kube.request("GET", "/2");
      expect([server.asked.length, server.connections()]).toEqual([2, 1]);
    });
  });

  describe("a 401", () => {
    test("is tried once more, with a new token", async () => {
      const server = await apiServer(unauthorized, ok);
      expect(await clientOf(server.endpoint).request("GET", "/")).toEqual({ kind: "Pod" });
      expect(bearers(server)).toEqual(["Bearer token-0", "Bearer token-1"]);
    });

    test.each([
      ["as a Status", unauthorized],
      ["as plain text", text(401, "no")],
      ["as JSON that is no Status", json(401, {})],
    ])("that comes again, %s, is the error", async (_, answer) => {
      const server = await apiServer(answer);
      await expect(clientOf(server.endpoint).request("GET", "/")).rejects.toMatchObject({
        code: "Unauthorized",
        message: "the cluster does not let this caller in: 401 Unauthorized",
        hint: expect.stringContaining("eks-lambda setup"),
      });
      expect(bearers(server)).toEqual(["Bearer token-0", "Bearer token-1"]);
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
        "mapped but not",
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
      await expect(clientOf(server.endpoint).request("POST", "/", {})).rejects.toMatchObject({
        code,
        message,
        hint: hint === undefined ? undefined : expect.stringContaining(hint),
      });
      expect(server.asked).toHaveLength(1);
    });

    test("404 is `undefined` to one who asked whether there is such a thing, and 403 still an error", async () => {
      const server = await apiServer(failure(404, "NotFound", "no"), failure(403, "Forbidden", "no"));
      const kube = clientOf(server.endpoint);
      expect(await ifFound(kube.request("GET", "/"))).toBeUndefined();
      await expect(ifFound(kube.request("GET", "/"))).rejects.toMatchObject({ code: "Forbidden" });
    });
  });

  describe("an answer that asks to wait", () => {
    const busy = failure(429, "TooManyRequests", "too many requests, please try again later", { "retry-after": "3" });

    test.each([
      ["429", busy],
      ["429 in plain text", text(429, "Too many requests, please try again later.", { "retry-after": "3" })],
      ["500", failure(500, "InternalError", "leader lost", { "retry-after": "3" })],
      ["503", text(503, "", { "retry-after": "3" })],
    ])("%s is waited for as told", async (_, answer) => {
      const server = await apiServer(answer, answer, ok);
      const { timing, slept } = tenSeconds();
      expect(await clientOf(server.endpoint, { timing }).request("GET", "/")).toEqual({ kind: "Pod" });
      expect(slept).toEqual([3000, 3000]);
    });

    test("is not waited for beyond the time that is left", async () => {
      const server = await apiServer(busy);
      const { timing, slept } = tenSeconds();
      await expect(clientOf(server.endpoint, { timing }).request("GET", "/")).rejects.toMatchObject({
        code: "TooManyRequests",
        message: "too many requests, please try again later",
        hint: expect.stringContaining("longer than there was time"),
      });
      expect([slept, server.asked.length]).toEqual([[3000, 3000, 3000], 4]);
    });

    test("is not waited for when it asks for more than there is", async () => {
      const server = await apiServer(text(429, "Too many requests", { "retry-after": "60" }));
      const { timing, slept } = tenSeconds();
      await expect(clientOf(server.endpoint, { timing }).request("GET", "/")).rejects.toMatchObject({
        code: "TooManyRequests",
      });
      expect([slept, server.asked.length]).toEqual([[], 1]);
    });

    test.each([
      ["a 429 that does not say how long", failure(429, "TooManyRequests", "no")],
      ["a 404, whatever it says", failure(404, "NotFound", "no", { "retry-after": "1" })],
    ])("is not %s", async (_, answer) => {
      const server = await apiServer(answer);
      const { timing, slept } = tenSeconds();
      await expect(clientOf(server.endpoint, { timing }).request("GET", "/")).rejects.toThrow("no");
      expect([slept, server.asked.length]).toEqual([[], 1]);
    });
  });

  describe("a kept connection", () => {
    test("that the server has closed is replaced, and nobody is told", async () => {
      const server = await apiServer(ok, hangUp, json(201, { again: true }));
      const kube = clientOf(server.endpoint);
      await kube.request("GET", "/");
      expect(await kube.request("POST", "/", {})).toEqual({ again: true });
      expect([server.asked.length, server.connections()]).toEqual([3, 2]);
    });

    test("that is closed again is lost", async () => {
      const server = await apiServer(ok, hangUp, hangUp);
      const kube = clientOf(server.endpoint);
      await kube.request("GET", "/");
      await expect(kube.request("POST", "/", {})).rejects.toMatchObject({ code: "ConnectionLost" });
      expect(server.asked).toHaveLength(3);
    });

    test("that broke may have done its work: the conflict with it says so", async () => {
      const server = await apiServer(ok, hangUp, failure(409, "AlreadyExists", 'deployments.apps "x" already exists'));
      const kube = clientOf(server.endpoint);
      await kube.request("GET", "/");
      await expect(kube.request("POST", "/", {})).rejects.toMatchObject({
        code: "AlreadyExists",
        hint: expect.stringContaining("sent twice"),
      });
    });

    test("is replaced by a new one, for the others that were kept are as old", async () => {
      const old = new Set<unknown>();
      const server = await apiServer((response) => {
        if (old.has(response.socket)) return hangUp(response);
        old.add(response.socket);
        ok(response);
      });
      const kube = clientOf(server.endpoint);
      await Promise.all([kube.request("GET", "/"), kube.request("GET", "/")]);
      expect(server.connections()).toBe(2);
      expect(await kube.request("POST", "/", {})).toEqual({ kind: "Pod" });
      expect([server.asked.length, server.connections()]).toEqual([4, 3]);
    });

    test("is what may be stale, not a new one: nothing is sent again", async () => {
      const server = await apiServer(hangUp);
      await expect(clientOf(server.endpoint).request("POST", "/", {})).rejects.toMatchObject({
        code: "ConnectionLost",
        hint: expect.stringContaining("run it again"),
      });
      expect(server.asked).toHaveLength(1);
    });

    test("that breaks in the middle of an answer was not stale: nothing is sent again", async () => {
      const server = await apiServer(ok, breakOff);
      const kube = clientOf(server.endpoint);
      await kube.request("GET", "/");
      await expect(kube.request("POST", "/", {})).rejects.toMatchObject({ code: "ConnectionLost" });
      expect(server.asked).toHaveLength(2);
    });
  });

  describe("a network", () => {
    /** Gives a free port, closed when the test is over. */
    async function listen(answer: (socket: Socket) => void): Promise<number> {
      const server = createServer((socket) => answer(socket.on("error", () => {}).resume()));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
      return (server.address() as AddressInfo).port;
    }

    /** A port on which nobody listens. */
    async function closedPort(): Promise<number> {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      return port;
    }

    test("without the server's name: DnsFailed", { timeout: 30_000 }, () =>
      expect(clientOf("https://does-not-exist.invalid").request("GET", "/")).rejects.toMatchObject({
        code: "DnsFailed",
        message: expect.stringMatching(
          /^the name of the API server cannot be resolved: does-not-exist\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/,
        ),
        hint: expect.stringContaining("does the cluster still exist?"),
      }),
    );

    test("without a listener: ConnectionRefused", async () => {
      const host = `127.0.0.1:${await closedPort()}`;
      await expect(clientOf(`https://${host}`).request("GET", "/")).rejects.toMatchObject({
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
      await expect(clientOf(server.endpoint, { trusted }).request("GET", "/")).rejects.toMatchObject({
        code: "TlsFailed",
        message: expect.stringContaining("is not from the cluster's CA"),
        hint: expect.stringContaining("eks-lambda setup"),
      });
      expect(server.asked).toEqual([]);
    });

    test("whose server has a certificate of another name: TlsFailed", async () => {
      const server = await apiServerAs(elsewhere, ok);
      const trusted = elsewhere.cert.toString("base64");
      await expect(clientOf(server.endpoint, { trusted }).request("GET", "/")).rejects.toMatchObject({
        code: "TlsFailed",
        message: expect.stringContaining("is for another name"),
      });
      expect(server.asked).toEqual([]);
    });

    test("whose server does not speak TLS: TlsFailed", async () => {
      const port = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await expect(clientOf(`https://127.0.0.1:${port}`).request("GET", "/")).rejects.toMatchObject({
        code: "TlsFailed",
        message: expect.stringContaining(`no secure connection to 127.0.0.1:${port}`),
      });
    });

    test.each<[string, Answer]>([
      ["does not answer", silence],
      ["does not finish its answer", stall],
    ])("whose server %s: Timeout, when the time is over, and nothing is sent again", async (_, answer) => {
      const server = await apiServer(ok, answer);
      const kube = clientOf(server.endpoint, { timing: soon });
      await kube.request("GET", "/");
      await expect(kube.request("GET", "/")).rejects.toMatchObject({
        code: "Timeout",
        message: expect.stringContaining("no answer from the API server in time: 127.0.0.1"),
      });
      expect(server.asked).toHaveLength(2);
    });

    test("with something else in between: UnexpectedAnswer, with the beginning of what it said", async () => {
      const server = await apiServer(text(200, "<html>login</html>", { "content-type": "text/html" }));
      await expect(clientOf(server.endpoint).request("GET", "/")).rejects.toMatchObject({
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
        .request("GET", "/")
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(EksLambdaError);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("token-");
      expect(JSON.stringify(error)).not.toContain("token-");
    }
  });
});
