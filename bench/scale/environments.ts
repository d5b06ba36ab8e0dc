/** Many execution environments of the function at once, on an API server that also answers 429. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { buildAll } from "../../test/e2e/backend/build.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { letIn, pauseControllers, removeDeployments, resumeControllers } from "../handler/cluster.ts";
import { type Sample, sample } from "../handler/sample.ts";
import { ours } from "../handler/variants.ts";
import { median, quantile } from "../support/statistics.ts";
import { startFront } from "./front.ts";

export interface EnvironmentsRow {
  readonly environments: number;
  readonly calls: number;
  /** Requests that the front answered with 429. */
  readonly refused: number;
  /** Times of warm calls, including those that got a 429 and waited. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Calls per second of all environments together, until the last one has finished. */
  readonly callsPerSecond: number;
  readonly stsCalls: number;
  /** Missing Deployments. */
  readonly lost: number;
  /** Creations that found their own Deployment, because a request that succeeded was sent again. */
  readonly twice: number;
}

const refuseEvery = 20;
const callsEach = 20;

/** Number of STS calls during the run. */
async function countSts<T>(work: () => Promise<T>): Promise<{ result: T; calls: number }> {
  let calls = 0;
  const count = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.headers.host?.startsWith("sts.")) calls += 1;
  };
  subscribe("http.server.request.start", count);
  try {
    return { result: await work(), calls };
  } finally {
    unsubscribe("http.server.request.start", count);
  }
}

export async function benchEnvironments(
  backend: RealBackend,
  folder: string,
  sizes: readonly number[],
  report: (line: string) => void,
): Promise<readonly EnvironmentsRow[]> {
  const variant = await ours(folder, await buildAll(report));
  await backend.reset();
  await letIn(backend);
  pauseControllers();
  const front = await startFront(backend, refuseEvery);
  try {
    const rows: EnvironmentsRow[] = [];
    for (const size of sizes) {
      rows.push(await measure(size));
      report(`scale: ${size} environments`);
    }
    return rows;
  } finally {
    front.close();
    resumeControllers();
  }

  async function measure(environments: number): Promise<EnvironmentsRow> {
    const options = { backend, warmCalls: callsEach, env: { CLUSTER_ENDPOINT: front.endpoint } };
    const before = { ...front.counts };
    const { result: samples, calls: stsCalls } = await countSts(() =>
      Promise.all(Array.from({ length: environments }, () => sample(variant, options))),
    );
    const calls = environments * (callsEach + 1);
    const made = await removeDeployments(backend);
    return {
      ...{ environments, calls, refused: front.counts.refused - before.refused, stsCalls },
      ...timesOf(samples),
      lost: calls - made,
      twice: front.counts.conflicts - before.conflicts,
    };
  }
}

function timesOf(samples: readonly Sample[]): Pick<EnvironmentsRow, "medianMs" | "p99Ms" | "callsPerSecond"> {
  const warm = samples.flatMap(({ warmMs }) => warmMs);
  const longestMs = Math.max(...samples.map(({ warmMs }) => warmMs.reduce((sum, ms) => sum + ms, 0)));
  return { medianMs: median(warm), p99Ms: quantile(warm, 0.99), callsPerSecond: (1000 * warm.length) / longestMs };
}
