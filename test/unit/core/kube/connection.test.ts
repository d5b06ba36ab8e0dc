import { execFile } from "node:child_process";
import { resolve } from "node:path";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { connectByToken } from "../../../../src/core/kube/connection.ts";
import { createKube } from "../../../../src/core/kube/request.ts";
import { pour } from "../../../support/server.ts";
import { type Answer, type ApiServer, apiServer, ca, json } from "../../support/api-server.ts";
import { environmentOf } from "../../support/environment.ts";

const ok = json(200, { kind: "Pod" });
const kubeOf = (endpoint: string) => createKube(connectByToken(endpoint, ca, async () => "token"));

test("a new connection resumes the TLS session of the one before", async () => {
  const resumed: boolean[] = [];
  const answer: Answer = (response) => {
    const socket = response.socket as TLSSocket;
    resumed.push(socket.isSessionReused());
    // Closed once the answer is there, as by a server that waited long enough.
    response.once("finish", () => setTimeout(() => socket.destroy(), 20));
    ok(response);
  };
  const server = await apiServer(answer);
  const kube = kubeOf(server.endpoint);
  await kube.request({ path: "/" });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await kube.request({ path: "/" });
  expect(resumed).toEqual([false, true]);
});

test("a TLS session of a failed connection is not offered again", async () => {
  const resumed: boolean[] = [];
  const server = await apiServer(json(200, { kind: "Pod" }, { connection: "close" }));
  server.onSecureConnection((socket) => {
    resumed.push(socket.isSessionReused());
    if (socket.isSessionReused()) socket.destroy();
  });
  const kube = kubeOf(server.endpoint);
  await kube.request({ path: "/" });
  await expect(kube.request({ path: "/" })).rejects.toMatchObject({ code: "ConnectionLost" });
  expect(await kube.request({ path: "/" })).toEqual({ kind: "Pod" });
  expect(resumed).toEqual([false, true, false]);
});

test("concurrent requests open separate connections, which later requests reuse", async () => {
  const server = await apiServer(ok);
  const kube = kubeOf(server.endpoint);
  const three = () => Promise.all([1, 2, 3].map((id) => kube.request({ path: `/${id}` })));
  await three();
  await three();
  expect([server.asked.length, server.connections()]).toEqual([6, 3]);
});

test("a server that closes after its response gets a new connection, without an error", async () => {
  const server = await apiServer(json(200, {}, { connection: "close" }));
  const kube = kubeOf(server.endpoint);
  await kube.request({ path: "/" });
  await kube.request({ path: "/" });
  expect([server.asked.length, server.connections()]).toEqual([2, 2]);
});

test.each([
  ...["/a b", "/a\r\nx-evil: 1", "/ä", "", "api/v1", "?watch=true"],
  ...["/api/v1/pods/", "/api//pods", "/api/../pods", "/api/./pods", "/api/..", "/api/pods/?dryRun=All"],
  ...["/api/%2e%2E/pods", "/api/pods%2F..%2fsecrets", "/api/pods/%2F", "//example.com/"],
])("the path %j is sent to nobody", async (path) => {
  const server = await apiServer(ok);
  await expect(kubeOf(server.endpoint).request({ path })).rejects.toMatchObject({ code: "InvalidPath" });
  expect(server.connections()).toBe(0);
});

test.each(["/", "/api/v1/pods?x=a//b/../c/", "/api/a%2Fb/..c/c../..."])(
  "the path %j is sent as it is",
  async (path) => {
    const server = await apiServer(ok);
    await kubeOf(server.endpoint).request({ path });
    expect(server.asked).toMatchObject([{ path }]);
  },
);

test("without a token no request is sent, and the connection is closed", async () => {
  const server = await apiServer(ok);
  const none = () => Promise.reject(new Error("no credentials"));
  const kube = createKube(connectByToken(server.endpoint, ca, none));
  await expect(kube.request({ path: "/" })).rejects.toThrow("no credentials");
  await expect.poll(server.open).toBe(0);
  expect(server.asked).toEqual([]);
});

test("a large chunked response is read in linear time", async () => {
  const items = Array.from({ length: 40_000 }, (_, id) => ({ id, text: "x".repeat(100) }));
  const body = JSON.stringify({ items });
  const server = await apiServer((response) => {
    for (let at = 0; at < body.length; at += 5_000) response.write(body.slice(at, at + 5_000));
    response.end();
  });
  expect(await kubeOf(server.endpoint).request({ path: "/" })).toEqual({ items });
});

/** Answers with chunks of this many bytes, without an end. */
const endless =
  (bytes: number): Answer =>
  ({ socket }) => {
    const chunk = `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;
    const many = chunk.repeat(Math.ceil(2 ** 20 / chunk.length));
    socket?.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    if (socket) void pour(socket, many);
  };

test.each([
  ["of large chunks", 65_536],
  ["of 16 bytes each", 16],
])("an endless answer %s takes no more memory than a small function has", { timeout: 120_000 }, async (_, bytes) => {
  const server = await apiServer(endless(bytes));
  const program = `await kube.request({ path: "/" }).catch(({ code }) => console.log(code, process.resourceUsage().maxRSS));`;
  const { stdout } = await run(server, program, ["--max-old-space-size=96"]);
  const [code, kilobytes] = stdout.split(" ");
  expect(code).toBe("AnswerTooLong");
  expect(Number(kilobytes)).toBeLessThan(250_000);
});

test("a kept-alive connection does not keep the process alive", async () => {
  const server = await apiServer(ok);
  const { stdout } = await run(server, `console.log((await kube.request({ path: "/" })).kind);`);
  expect(stdout).toBe("Pod\n");
});

/** Runs a program that has the library's client of this server as `kube`, until it ends by itself. */
function run(server: ApiServer, program: string, flags: readonly string[] = []) {
  const source = `
    import { connect } from "${resolve("dist/esm/lambda/index.js")}";
    const kube = connect({ environment: ${JSON.stringify(environmentOf(server))} });
    ${program}`;
  return promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", source], { timeout: 100_000 });
}
