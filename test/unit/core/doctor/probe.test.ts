import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { expect, test } from "vitest";
import { probeServer } from "../../../../src/core/doctor/probe.ts";
import { listenInTest } from "../../../support/server.ts";

const tls = (name: string) => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url));
const date = "Wed, 25 Nov 2026 12:00:00 GMT";

async function answering(answer: RequestListener): Promise<string> {
  const server = createServer({ key: tls("localhost.key"), cert: tls("localhost.crt") }, answer);
  return `https://localhost:${(await listenInTest(server)).port}`;
}
const probed = async (answer: RequestListener) =>
  probeServer(await answering(answer), tls("localhost.crt").toString("base64"), { withinMs: 500 });

test("returns status and the server's clock", async () =>
  expect(await probed((_, response) => response.writeHead(200, { date }).end("x"))).toEqual({
    status: 200,
    date: Date.parse(date),
  }));

test("does not wait for a body that never ends", async () =>
  expect(
    await probed((_, response) => {
      response.writeHead(200, { date });
      const dripping = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(dripping));
    }),
  ).toMatchObject({ status: 200 }));

test("a connection that breaks before the answer is ConnectionLost", () =>
  expect(probed((request) => request.socket.destroy())).rejects.toMatchObject({ code: "ConnectionLost" }));

test("a server that answers byte by byte times out", () =>
  expect(
    probed(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nx: ");
      const dripping = setInterval(() => socket.write("x"), 10);
      socket.on("close", () => clearInterval(dripping));
    }),
  ).rejects.toMatchObject({ code: "Timeout" }));
