import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { probeServer } from "../../../../src/core/doctor/probe.ts";

const tls = (name: string) => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url));
const date = "Wed, 25 Nov 2026 12:00:00 GMT";

/** A server whose answer is whole, or ends after its first byte. */
async function answering(whole: boolean): Promise<string> {
  const server = createServer({ key: tls("localhost.key"), cert: tls("localhost.crt") }, (_, response) => {
    response.writeHead(200, { date, "content-length": whole ? 1 : 1000 });
    response.write("x", () => (whole ? response.end() : response.destroy()));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}
const probed = async (whole: boolean) => probeServer(await answering(whole), tls("localhost.crt").toString("base64"));

test("tells status and the server's clock", async () =>
  expect(await probed(true)).toEqual({ status: 200, date: Date.parse(date) }));

test("an answer that breaks off is a connection that broke", () =>
  expect(probed(false)).rejects.toMatchObject({ code: "ConnectionLost" }));
