/** What was aimed at, and what was measured: ratios of medians, on the same API server in the same run. */
import type { Column, HandlerResults, Row } from "../handler/index.ts";
import type { Variant } from "../handler/variants.ts";
import type { Results } from "../results.ts";
import { bytes, number, table, times } from "./table.ts";

interface Goal {
  readonly what: string;
  readonly limit: number;
  readonly measured: number;
  readonly show?: (value: number) => string;
}

const fullSpeed: Column = { stsMs: 0 };

export function find({ rows }: HandlerResults, variant: Variant["id"], { memoryMb, stsMs }: Column): Row {
  const row = rows.find(
    ({ variant: id, column }) => id === variant && column.memoryMb === memoryMb && column.stsMs === stsMs,
  );
  if (!row) throw new Error(`${variant} was not measured with ${memoryMb ?? "all"} MB and ${stsMs} ms`);
  return row;
}

export const columnsOf = ({ rows }: HandlerResults): readonly Column[] =>
  rows.filter(({ variant }) => variant === "ours").map(({ column }) => column);

export const columnName = ({ memoryMb, stsMs }: Column): string =>
  `${memoryMb ? `${memoryMb.toLocaleString("en-US")} MB` : "full speed"}${stsMs ? `, STS ${stsMs} ms away` : ""}`;

const loadAndFirst = (row: Row): number => row.loadAndFirstMs.median;

function handlerGoals(handler: HandlerResults): readonly Goal[] {
  const over = (peer: Variant["id"], of: (row: Row) => number, column = fullSpeed) =>
    of(find(handler, "ours", column)) / of(find(handler, peer, column));
  const empty = find(handler, "empty", fullSpeed).cpuMs.median;
  const warm = (row: Row) => row.warm?.medianMs.median ?? Number.NaN;
  const cpu = (row: Row) => row.cpuMs.median - empty;
  return [
    { what: "load + first call over the floor's", limit: 1.25, measured: over("floor", loadAndFirst) },
    { what: "warm call over the floor's", limit: 1.1, measured: over("floor", warm) },
    ...columnsOf(handler)
      .filter(({ stsMs }) => stsMs === 0)
      .map((column) => ({
        what: `load + first call over Go's, ${columnName(column)}`,
        limit: 0.7,
        measured: over("go", loadAndFirst, column),
      })),
    { what: "load + first call over client-node's", limit: 0.3, measured: over("client-node", loadAndFirst) },
    { what: "warm call over client-node's", limit: 0.5, measured: over("client-node", warm) },
    { what: "CPU over client-node's, an empty Node taken off both", limit: 0.25, measured: over("client-node", cpu) },
    { what: "load + first call over Python's with kubectl", limit: 0.08, measured: over("python", loadAndFirst) },
  ];
}

function cliGoals({ rows }: Results["cli"]): readonly Goal[] {
  const wall = (name: string) => rows.find((row) => row.name === name)?.wallMs.median ?? Number.NaN;
  return [{ what: "`--help` over `node -e 0`", limit: 1.7, measured: wall("--help") / wall("node -e 0") }];
}

function scaleGoals({ awsAuth }: Results["scale"]): readonly Goal[] {
  const largest = awsAuth.rows.at(-1);
  if (!largest) return [];
  const what = `aws-auth edit with ${largest.entries.toLocaleString("en-US")} entries`;
  return [{ what, limit: 150, measured: largest.ms.median, show: (value) => `${number(value)} ms` }];
}

const sandboxGoals = ({ totalMs, rssKb }: Results["sandbox"]): readonly Goal[] => [
  {
    what: "the sandbox, process start to ready",
    limit: 300,
    measured: totalMs.median,
    show: (ms) => `${number(ms)} ms`,
  },
  { what: "the sandbox, resident", limit: 120 * 1024, measured: rssKb.median, show: (kb) => bytes(kb * 1024) },
];

export function goals({ handler, cli, sandbox, scale }: Partial<Results>): string {
  const all = [
    ...(handler ? handlerGoals(handler) : []),
    ...(cli ? cliGoals(cli) : []),
    ...(sandbox ? sandboxGoals(sandbox) : []),
    ...(scale ? scaleGoals(scale) : []),
  ];
  return table(
    ["", "goal", "measured", ""],
    all.map(({ what, limit, measured, show = times }) => [
      what,
      `≤ ${show(limit)}`,
      show(measured),
      measured <= limit ? "met" : "not met",
    ]),
  );
}
