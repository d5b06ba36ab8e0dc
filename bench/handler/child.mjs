/**
 * One execution environment: loads a handler, calls it, and tells on the last line of stdout what that took.
 * Arguments: the handler's file, a prefix of request ids, the number of warm calls.
 */
import { createRequire } from "node:module";

const [file, prefix, warmCalls] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const cpuMs = () => Object.values(process.cpuUsage()).reduce((sum, us) => sum + us, 0) / 1000;
const context = (awsRequestId) => ({ awsRequestId, getRemainingTimeInMillis: () => 30_000 });

const start = performance.now();
const { handler } = require(file);
const loaded = performance.now();
await handler({}, context(`${prefix}-first`));
const answered = performance.now();
const cpuAtAnswer = cpuMs();

const warmMs = [];
for (let call = 0; call < Number(warmCalls); call += 1) {
  const before = performance.now();
  await handler({}, context(`${prefix}-${call}`));
  warmMs.push(performance.now() - before);
}
const result = {
  loadMs: loaded - start,
  firstMs: answered - loaded,
  answeredAt: performance.timeOrigin + answered,
  cpuMs: cpuAtAnswer,
  warmMs,
  warmCpuMs: cpuMs() - cpuAtAnswer,
  rssKb: process.resourceUsage().maxRSS,
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
