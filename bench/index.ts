/**
 * Measures and prints: `npm run bench -- [handler] [cli] [scale] [--quick] [--write]`. With `--write`, the results go
 * to `bench/results.json` and docs/benchmarks.md is made from them.
 */
import { writeFile } from "node:fs/promises";
import { startBackend } from "../test/e2e/backend/index.ts";
import { benchHandler } from "./handler/index.ts";
import { machine, version } from "./support/machine.ts";

const args = process.argv.slice(2);
const has = (flag: string) => args.includes(flag);
const report = (line: string) => process.stderr.write(`${line}\n`);
const effort = has("--quick")
  ? { rounds: 5, shareRounds: 3, slowRounds: 0, warmCalls: 50 }
  : { rounds: 15, shareRounds: 5, slowRounds: 2, warmCalls: 200 };

const backend = await startBackend({ report });
try {
  const handler = await benchHandler(backend, effort, report);
  const results = { machine: await machine({ go: await version("go", "version") }), handler };
  await writeFile("/tmp/results.json", JSON.stringify(results, null, 2));
} finally {
  await backend.stop();
}
