import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { connectByToken } from "../../../../src/core/kube/connection.ts";
import { createKube } from "../../../../src/core/kube/request.ts";
import { type Answer, apiServer, ca, json } from "../../support/api-server.ts";

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

test("requests at the same time have connections of their own, which the next ones use", async () => {
  const server = await apiServer(ok);
  const kube = kubeOf(server.endpoint);
  const three = () => Promise.all([1, 2, 3].map((id) => kube.request({ path: `/${id}` })));
  await three();
  await three();
  expect([server.asked.length, server.connections()]).toEqual([6, 3]);
});

test("a server that closes after its answer gets a new connection, without a failure in between", async () => {
  const server = await apiServer(json(200, {}, { connection: "close" }));
  const kube = kubeOf(server.endpoint);
  await kube.request({ path: "/" });
  await kube.request({ path: "/" });
  expect([server.asked.length, server.connections()]).toEqual([2, 2]);
});

test.each(["/a b", "/a\r\nx-evil: 1", "/ä"])("the path %j is sent to nobody", async (path) => {
  const server = await apiServer(ok);
  await expect(kubeOf(server.endpoint).request({ path })).rejects.toThrow(TypeError);
  expect(server.connections()).toBe(0);
});

test("without a token nothing is asked, and the connection is closed", async () => {
  const server = await apiServer(ok);
  const none = () => Promise.reject(new Error("no credentials"));
  const kube = createKube(connectByToken(server.endpoint, ca, none));
  await expect(kube.request({ path: "/" })).rejects.toThrow("no credentials");
  await expect.poll(server.open).toBe(0);
  expect(server.asked).toEqual([]);
});

test("an answer of megabytes, in chunks, is read in time that grows with its length alone", async () => {
  const items = Array.from({ length: 40_000 }, (_, id) => ({ id, text: "x".repeat(100) }));
  const body = JSON.stringify({ items });
  const server = await apiServer((response) => {
    for (let at = 0; at < body.length; at += 5_000) response.write(body.slice(at, at + 5_000));
    response.end();
  });
  expect(await kubeOf(server.endpoint).request({ path: "/" })).toEqual({ items });
});

test("a kept connection keeps no process alive", async () => {
  const server = await apiServer(ok);
  const script = `
    import { createKube } from "./src/core/kube/request.ts";
    import { connectByToken } from "./src/core/kube/connection.ts";
    const kube = createKube(connectByToken("${server.endpoint}", "${ca}", async () => "token"));
    console.log((await kube.request({ path: "/" })).kind);`;
  const args = ["--import", "tsx", "--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"], timeout: 10_000 });
  expect(await once(child, "exit")).toEqual([0, null]);
});
