/** Two files of the real backend's tests run at a time, and a port is free before its server listens. */
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort, portOf } from "../../e2e/backend/processes.ts";

test("workers have ports of their own, below those that the kernel gives to anybody", () => {
  const portsOf = (worker: number) => Array.from({ length: 3_000 }, (_, at) => portOf(worker, 70_000 + at));
  const all = Array.from({ length: 8 }, (_, worker) => [...new Set(portsOf(worker))]).flat();
  expect(new Set(all).size).toBe(all.length);
  expect(Math.max(...all)).toBeLessThan(32_768);
});

test("a port in use is passed over, and none is given twice", async () => {
  const first = await freePort();
  const used = createServer();
  onTestFinished(() => void used.close());
  // biome-ignore lint/plugin: the next port, not any; it ends with the test, too
  used.listen(first + 8, "127.0.0.1");
  const later = [await freePort(), await freePort()];
  expect(later).not.toContain(first + 8);
  expect(new Set([first, ...later]).size).toBe(3);
});
