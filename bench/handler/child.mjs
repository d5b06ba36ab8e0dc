/**
 * An execution environment in Node.js. Loads a handler as aws-lambda-ric does, waits for a line on stdin, and calls the
 * handler. Prints a line of JSON after initialisation with `initialisedAt` (milliseconds since 1970), and one at the
 * end with `firstMs`, `warmMs`, `rssKb`, and `error`, the name of the first call's error. Arguments: the handler's
 * file, a prefix of request ids, the number of warm calls, the pause before each in milliseconds. `BENCH_EVENT` is the
 * event in JSON, by default `{}`.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const [file, prefix, warmCalls, pauseMs] = process.argv.slice(2);
const tell = (result) => new Promise((resolve) => process.stdout.write(`${JSON.stringify(result)}\n`, resolve));
const event = JSON.parse(process.env.BENCH_EVENT ?? "{}");
const context = (id) => ({ awsRequestId: `${prefix}-${id}`, getRemainingTimeInMillis: () => 30_000 });

const { handler } = await import(file);
await tell({ initialisedAt: performance.timeOrigin + performance.now() });
await once(process.stdin, "data");

let error;
async function timed(id) {
  const start = performance.now();
  await handler(event, context(id)).catch(({ name }) => {
    error ??= name;
  });
  return performance.now() - start;
}

const firstMs = await timed("first");
const warmMs = [];
for (let call = 0; call < Number(warmCalls) && !error; call += 1) {
  if (Number(pauseMs) > 0) await sleep(Number(pauseMs));
  warmMs.push(await timed(call));
}
await tell({ firstMs, warmMs, rssKb: process.resourceUsage().maxRSS, error });
process.exit();
