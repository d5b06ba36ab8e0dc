/** The handler and its peers, each sample in a fresh process, the variants in turn. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { cpuShare } from "../support/cgroup.ts";
import { median, quantile, type Spread, spread } from "../support/statistics.ts";
import { letIn, pauseControllers, removeDeployments, resumeControllers } from "./cluster.ts";
import { lambdaNode } from "./node.ts";
import { type RuntimeRow, runtimeRows } from "./runtime.ts";
import { type Sample, sample } from "./sample.ts";
import { type Variant, variants } from "./variants.ts";

/** Conditions of a measurement. */
export interface Column {
  /** Lambda's memory, which gives the share of a CPU; `undefined`: all there is. */
  readonly memoryMb?: number;
  /** Latency before STS. */
  readonly stsMs: number;
}

export interface Row {
  readonly variant: Variant["id"];
  readonly column: Column;
  readonly samples: number;
  readonly loadMs: Spread;
  readonly firstMs: Spread;
  readonly loadAndFirstMs: Spread;
  /** From the start of the process to the first answer. */
  readonly totalMs: Spread;
  readonly cpuMs: Spread;
  readonly rssKb: Spread;
  /** Where there were warm calls: over the samples, each sample's median and 99th percentile. */
  readonly warm?: { readonly medianMs: Spread; readonly p99Ms: Spread; readonly cpuMs: Spread };
}

export interface HandlerResults {
  readonly variants: readonly Pick<Variant, "id" | "title" | "bytes">[];
  readonly warmCalls: number;
  readonly rows: readonly Row[];
  /** Under AWS's own runtime for Node.js. */
  readonly runtime: readonly RuntimeRow[];
  /** Why there are no shares of a CPU. */
  readonly noShares?: string;
}

export interface Effort {
  /** Rounds, and those in which the slow variants take part. */
  readonly rounds: number;
  readonly slowRounds: number;
  readonly warmCalls: number;
}

const latencies = [0, 30];
const memories = [1769, 512, 256, 128];

export async function benchHandler(
  backend: RealBackend,
  effort: Effort,
  report: (line: string) => void,
): Promise<HandlerResults> {
  const node = await lambdaNode(report);
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-"));
  const share = cpuShare();
  try {
    await backend.reset();
    const all = await variants(folder, backend, node, report);
    await letIn(backend);
    pauseControllers();
    const samples = await measure(all, backend, share, effort, report);
    const rows = [...samples.values()].map(({ variant, column, samples }) => row(variant.id, column, samples));
    share.hold(undefined);
    const runtime = await runtimeRows(all, backend, effort, report);
    await removeDeployments(backend);
    return {
      variants: all.map(({ id, title, bytes }) => ({ id, title, ...(bytes && { bytes }) })),
      warmCalls: effort.warmCalls,
      rows,
      runtime,
      ...(share.unavailable && { noShares: share.unavailable }),
    };
  } finally {
    resumeControllers();
    backend.delaySts(0);
    await share.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly variant: Variant;
  readonly column: Column;
  readonly samples: Sample[];
}

async function measure(
  all: readonly Variant[],
  backend: RealBackend,
  share: ReturnType<typeof cpuShare>,
  { rounds, slowRounds, warmCalls }: Effort,
  report: (line: string) => void,
): Promise<Map<string, Measured>> {
  const held = share.unavailable ? [] : memories;
  const columns: Column[] = [{}, ...held.map((memoryMb) => ({ memoryMb }))].flatMap((column) =>
    latencies.map((stsMs) => ({ ...column, stsMs })),
  );
  const measured = new Map<string, Measured>();
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    for (const column of columns) {
      share.hold(column.memoryMb);
      backend.delaySts(column.stsMs);
      const calls = column.memoryMb || column.stsMs ? 0 : warmCalls;
      for (const variant of rotated(all, round)) {
        if (variant.slow && round >= slowRounds) continue;
        const key = JSON.stringify([variant.id, column]);
        const entry = measured.get(key) ?? { variant, column, samples: [] };
        measured.set(key, entry);
        entry.samples.push(await sample(variant, backend, share, calls));
      }
    }
    const made = await removeDeployments(backend);
    report(`handler: round ${round + 1} of ${rounds}, ${made} Deployments, ${seconds(started)} s`);
  }
  return measured;
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);

/** No variant is always the first after another. */
const rotated = <T>(all: readonly T[], by: number): readonly T[] => {
  const at = by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
};

function row(variant: Variant["id"], column: Column, samples: readonly Sample[]): Row {
  const of = (value: (sample: Sample) => number) => spread(samples.map(value));
  const warm = samples.some(({ warmMs }) => warmMs.length > 0) && {
    medianMs: of(({ warmMs }) => median(warmMs)),
    p99Ms: of(({ warmMs }) => quantile(warmMs, 0.99)),
    cpuMs: of(({ warmCpuMs, warmMs }) => warmCpuMs / warmMs.length),
  };
  return {
    variant,
    column,
    samples: samples.length,
    loadMs: of(({ loadMs }) => loadMs),
    firstMs: of(({ firstMs }) => firstMs),
    loadAndFirstMs: of(({ loadMs, firstMs }) => loadMs + firstMs),
    totalMs: of(({ totalMs }) => totalMs),
    cpuMs: of(({ cpuMs }) => cpuMs),
    rssKb: of(({ rssKb }) => rssKb),
    ...(warm && { warm }),
  };
}
