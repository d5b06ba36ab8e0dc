/**
 * The handler and its peers under Lambda's conditions: initialisation gets the whole CPU, calls get the function's
 * share. Each sample is a new process, and the variants alternate.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { type CpuShare, cpuShare, vcpuMb } from "../support/cgroup.ts";
import { median, type Spread, spread } from "../support/statistics.ts";
import { letIn, pauseControllers, removeDeployments, resumeControllers } from "./cluster.ts";
import { type FailureRow, failureRows } from "./failures.ts";
import { measureRestarts, type Restarts } from "./restarts.ts";
import { type RuntimeRow, runtimeRows } from "./runtime.ts";
import { type Sample, sample } from "./sample.ts";
import { type Variant, variants } from "./variants.ts";

/** Conditions of a measurement. */
export interface Column {
  /** Memory in MB, which determines the CPU share. */
  readonly memoryMb: number;
  /** Latency of STS in milliseconds. */
  readonly stsMs: number;
  /** `on-demand`: initialisation gets the whole CPU. `provisioned`: initialisation has the share, too. */
  readonly init: "on-demand" | "provisioned";
}

export interface Row {
  readonly variant: Variant["id"];
  readonly column: Column;
  readonly samples: number;
  readonly initMs: Spread;
  readonly firstMs: Spread;
  readonly sumMs: Spread;
  /** Median of the warm calls, if they were measured. */
  readonly warmMs?: Spread;
  readonly rssKb: Spread;
}

export interface HandlerResults {
  readonly variants: readonly Pick<Variant, "id" | "title" | "bytes">[];
  readonly rows: readonly Row[];
  readonly failures: readonly FailureRow[];
  /** Warm calls of another action. */
  readonly restarts: Restarts;
  /** Results under AWS's emulator. */
  readonly runtime: readonly RuntimeRow[];
}

export interface Effort {
  /** Number of rounds, and of rounds that include the slow variants. */
  readonly rounds: number;
  readonly slowRounds: number;
  /** Number of warm calls, on demand with STS nearby. */
  readonly warmCalls: number;
}

/** On demand with a whole vCPU, with STS nearby. */
export const fullSpeed: Column = { memoryMb: vcpuMb, stsMs: 0, init: "on-demand" };

const columns: readonly Column[] = [128, 256, 512, vcpuMb].flatMap((memoryMb): Column[] => [
  { memoryMb, stsMs: 0, init: "on-demand" },
  { memoryMb, stsMs: 30, init: "on-demand" },
  { memoryMb, stsMs: 0, init: "provisioned" },
]);

export async function benchHandler(
  backend: RealBackend,
  effort: Effort,
  report: (line: string) => void,
): Promise<HandlerResults> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-"));
  const cpu = cpuShare();
  try {
    await backend.reset();
    const all = await variants(folder, backend, report);
    await letIn(backend);
    pauseControllers();
    const rows = await measure(all, { backend, cpu, effort, report });
    const failures = await failureRows(all, { backend, cpu, rounds: Math.ceil(effort.rounds / 3) });
    report("handler: failures measured");
    const restarts = await measureRestarts(folder, {
      backend,
      cpu,
      rounds: effort.rounds,
      warmCalls: effort.warmCalls,
    });
    report("handler: restarts measured");
    const runtime = await runtimeRows(all, backend, effort.rounds);
    report("handler: AWS's emulator measured");
    await removeDeployments(backend);
    return {
      variants: all.map(({ id, title, bytes }) => ({ id, title, ...(bytes && { bytes }) })),
      rows,
      failures,
      restarts,
      runtime,
    };
  } finally {
    resumeControllers();
    backend.delaySts(0);
    await cpu.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface MeasureOptions {
  readonly backend: RealBackend;
  readonly cpu: CpuShare;
  readonly effort: Effort;
  readonly report: (line: string) => void;
}

async function measure(
  all: readonly Variant[],
  { backend, cpu, effort, report }: MeasureOptions,
): Promise<readonly Row[]> {
  const cells = columns.flatMap((column) =>
    all
      .filter(({ slow }) => !slow || isFullSpeed(column))
      .map((variant) => ({ variant, column, samples: [] as Sample[] })),
  );
  for (let round = 0; round < effort.rounds; round += 1) {
    const started = performance.now();
    for (const { variant, column, samples } of rotated(cells, round)) {
      if (variant.slow && round >= effort.slowRounds) continue;
      const { memoryMb: callMb, stsMs, init } = column;
      backend.delaySts(stsMs);
      const share = { cpu, callMb, init: init === "on-demand" ? ("unthrottled" as const) : callMb };
      samples.push(await sample(variant, { backend, share, warmCalls: warmCallsOf(column, effort) }));
    }
    const made = await removeDeployments(backend);
    const seconds = Math.round((performance.now() - started) / 1000);
    report(`handler: round ${round + 1} of ${effort.rounds}, ${made} Deployments, ${seconds} s`);
  }
  return cells.map(({ variant, column, samples }) => rowOf(variant.id, column, samples));
}

const isFullSpeed = ({ memoryMb, stsMs, init }: Column): boolean =>
  memoryMb === vcpuMb && stsMs === 0 && init === "on-demand";

const warmCallsOf = ({ stsMs, init }: Column, { warmCalls }: Effort): number =>
  stsMs === 0 && init === "on-demand" ? warmCalls : 0;

/** Rotates the variants in each round, so that no variant always follows the same one. */
const rotated = <T extends { readonly column: Column }>(cells: readonly T[], by: number): readonly T[] =>
  columns.flatMap((column) => {
    const inColumn = cells.filter((cell) => cell.column === column);
    const at = by % inColumn.length;
    return [...inColumn.slice(at), ...inColumn.slice(0, at)];
  });

function rowOf(variant: Variant["id"], column: Column, samples: readonly Sample[]): Row {
  const failed = samples.find(({ error }) => error !== undefined);
  if (failed) throw new Error(`${variant} failed: ${failed.error}`);
  const of = (value: (sample: Sample) => number) => spread(samples.map(value));
  const hasWarm = samples.some(({ warmMs }) => warmMs.length > 0);
  return {
    ...{ variant, column, samples: samples.length },
    initMs: of(({ initMs }) => initMs),
    firstMs: of(({ firstMs }) => firstMs),
    sumMs: of(({ initMs, firstMs }) => initMs + firstMs),
    ...(hasWarm && { warmMs: of(({ warmMs }) => median(warmMs)) }),
    rssKb: of(({ rssKb }) => rssKb),
  };
}
