/** NODE_TLS_REJECT_UNAUTHORIZED=0 is no reason to send a token, or anything else, to a server that nobody verified. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { s3 } from "../../../src/core/aws/s3.ts";
import { sts } from "../../../src/core/aws/sts.ts";
import { callerConnection } from "../../../src/core/connection/caller.ts";
import type { ContextChoice } from "../../../src/core/connection/reachable.ts";
import { probeServer } from "../../../src/core/doctor/probe.ts";
import { createKube } from "../../../src/core/kube/request.ts";
import { connect } from "../../../src/lambda/index.ts";
import { listenInTest } from "../../support/server.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { type ApiServer, apiServer, json, localhost, otherCa } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const region = "us-east-1";

beforeEach(() => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** Leads every connection to the same server. Itself, it is verified only over TLS. */
async function proxy(target: ApiServer, scheme: "http" | "https") {
  const logins: unknown[] = [];
  const server = scheme === "https" ? createTlsServer(localhost) : createServer();
  server.on("connect", ({ headers }, socket) => {
    logins.push(headers["proxy-authorization"]);
    const forwarded = connectTcp(Number(new URL(target.endpoint).port), "127.0.0.1", () =>
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n"),
    );
    forwarded.on("error", () => socket.destroy());
    socket.on("error", () => forwarded.destroy());
    socket.pipe(forwarded).pipe(socket);
  });
  const { port } = await listenInTest(server);
  const url = new URL(`${scheme}://ada:secret@localhost:${port}`);
  return { logins, choose: () => url };
}

/** A context for the server, with a token unless there is no such user. */
async function contextFor({ endpoint }: ApiServer, more: object, user = "one"): Promise<Partial<ContextChoice>> {
  const file = join(await temporaryFolder(), "config");
  const config = {
    clusters: [{ name: "one", cluster: { server: endpoint, ...more } }],
    users: [{ name: "one", user: { token: "the-token" } }],
    contexts: [{ name: "one", context: { cluster: "one", user } }],
  };
  await writeFile(file, JSON.stringify(config));
  return { context: "one", kubeconfigs: [file] };
}
const authority = { "certificate-authority-data": otherCa };

async function asCaller({ endpoint }: ApiServer, choice: Partial<ContextChoice>) {
  const cluster = { name: "demo", endpoint, ca: otherCa };
  const connection = await callerConnection({ sts: sts({ region }), region }, cluster, { kubeconfigs: [], ...choice });
  return createKube(connection).request({ path: "/version" });
}

const aws = { region, maxAttempts: 1 };
const large = new Uint8Array(3 * 2 ** 20);

type Attempt = (server: ApiServer) => Promise<unknown>;
const attempts: Readonly<Record<string, Attempt>> = {
  "the library": (server) =>
    connect({ environment: { ...environmentOf(server), CLUSTER_CA: otherCa } }).request({ path: "/version" }),
  "the library, without the pool that failed": async (server) => {
    const kube = connect({ environment: { ...environmentOf(server), CLUSTER_CA: otherCa } });
    await kube.request({ path: "/version" }).catch(() => {});
    return kube.request({ path: "/version" });
  },
  "doctor's probe": ({ endpoint }) => probeServer(endpoint, otherCa),
  "doctor's probe through a proxy": async (server) =>
    probeServer(server.endpoint, otherCa, { proxy: (await proxy(server, "http")).choose }),
  "the caller's token": (server) => asCaller(server, {}),
  "the caller's token through a proxy": async (server) =>
    asCaller(server, { proxy: (await proxy(server, "http")).choose }),
  "a context": async (server) => asCaller(server, await contextFor(server, authority)),
  "a context without a user": async (server) => asCaller(server, await contextFor(server, authority, "none")),
  "a context through a proxy": async (server) =>
    asCaller(server, { ...(await contextFor(server, authority)), proxy: (await proxy(server, "http")).choose }),
  AWS: () => sts(aws).identity(),
  "AWS through a proxy": async (server) => sts({ ...aws, proxy: (await proxy(server, "http")).choose }).identity(),
  "a large upload, which asks before it sends": () =>
    s3(aws).create({ bucket: "b", key: "k", owner: "1" }, large, "AAAA"),
};

test.each(Object.entries(attempts))("%s: TlsFailed, and nothing is sent", async (_, attempt) => {
  const server = await apiServer(json(200, {}));
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  await expect(attempt(server)).rejects.toMatchObject({ code: "TlsFailed" });
  expect(server.connections()).toBeGreaterThan(0);
  expect(server.asked).toEqual([]);
});

describe("a proxy that nobody verified gets no password:", () => {
  const through: Readonly<Record<string, (server: ApiServer, choose: () => URL) => Promise<unknown>>> = {
    "doctor's probe": ({ endpoint }, proxy) => probeServer(endpoint, otherCa, { proxy }),
    "the caller's token": (server, proxy) => asCaller(server, { proxy }),
    AWS: (_, proxy) => sts({ ...aws, proxy }).identity(),
  };
  test.each(Object.entries(through))("%s", async (_, attempt) => {
    const server = await apiServer(json(200, {}));
    vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
    const { logins, choose } = await proxy(server, "https");
    await expect(attempt(server, choose)).rejects.toMatchObject({ code: "ProxyFailed" });
    expect([logins, server.connections()]).toEqual([[], 0]);
  });
});

test("a context whose cluster has insecure-skip-tls-verify says so itself", async () => {
  const server = await apiServer(json(200, { major: "1" }));
  const choice = await contextFor(server, { "insecure-skip-tls-verify": true });
  expect(await asCaller(server, choice)).toEqual({ major: "1" });
  expect(server.asked).toMatchObject([{ headers: { authorization: "Bearer the-token" } }]);
});
