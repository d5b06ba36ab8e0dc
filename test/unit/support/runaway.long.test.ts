/** Tests that never end, and what vitest and our configuration tell of them. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a file that fills the memory, and one that leaves a server, fail by their names", () => {
  const vitest = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "test/fixtures/vitest/vitest.config.ts",
    "--root",
    ".",
  ];
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, vitest, { env, encoding: "utf8" });
  expect(status, stdout + stderr).toBe(1);
  expect(stdout + stderr).toContain("heap out of memory");
  expect(stderr).toContain(
    "fills-the-memory.test.ts: its worker died. Without a result, the first ones first:\n  never ends\n",
  );
  expect(stderr).toMatch(
    /leaves-a-server\.test\.ts.*\n.*this file left running: 1 TCPServerWrap \(Server .*127\.0\.0\.1/,
  );
});
