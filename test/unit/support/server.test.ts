/** What the helpers of other tests promise. */
import { createServer } from "node:http";
import { connect } from "node:net";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { aliveSince } from "../../support/alive.ts";
import { listen, pour } from "../../support/server.ts";

test("pour stops at the first error", async () => {
  let written = 0;
  const broken = new Writable({
    write(_piece, _encoding, done) {
      written++;
      done(new Error("the other side has gone"));
    },
  });
  await pour(broken, "x");
  expect([written, broken.destroyed]).toEqual([1, true]);
});

test("pour writes at the reader's pace", async () => {
  const waiting: (() => void)[] = [];
  const slow = new Writable({ highWaterMark: 1, write: (_piece, _encoding, done) => void waiting.push(done) });
  const poured = pour(slow, "x");
  for (const count of [1, 2, 3]) {
    await expect.poll(() => waiting.length).toBe(count);
    expect(slow.writableLength).toBe(1);
    waiting.at(-1)?.();
  }
  slow.destroy();
  await poured;
});

test("a server that stops ends its connections, and listens no more", async () => {
  const listening = await listen(createServer(() => {}));
  const client = connect(listening.port, "127.0.0.1").on("error", () => {});
  await expect.poll(listening.connections).toBe(1);
  await listening.stop();
  await expect.poll(() => client.destroyed).toBe(true);
  const refused = connect(listening.port, "127.0.0.1");
  expect(await new Promise((resolve) => refused.on("error", resolve))).toMatchObject({ code: "ECONNREFUSED" });
  await listening.stop();
});

test("a server and a timer that a file leaves are told, until they end", async () => {
  const left = aliveSince();
  expect(left()).toBe("");
  const { port, stop } = await listen(createServer());
  const timer = setTimeout(() => {}, 1_000_000);
  expect(left()).toBe(`1 TCPServerWrap, 1 Timeout (Server {"address":"127.0.0.1","family":"IPv4","port":${port}})`);
  clearTimeout(timer);
  await stop();
  await expect.poll(left).toBe("");
});
