/** Starts the sandbox in a new process and prints its times as a line of JSON. */
import { startSandbox } from "../../src/sandbox/index.ts";

const before = performance.now();
const sandbox = await startSandbox();
const ready = performance.now();
const sample = { startMs: ready - before, totalMs: ready, rssKb: process.memoryUsage.rss() / 1024 };
await sandbox.stop();
process.stdout.write(`${JSON.stringify(sample)}\n`);
