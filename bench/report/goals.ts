/** Goals and measured values: ratios of medians on the same API server in the same run. */
import { type Column, fullSpeed, type HandlerResults, type Row } from "../handler/index.ts";
import type { Variant } from "../handler/variants.ts";
import { vcpuMb } from "../support/cgroup.ts";
import type { Parts, Results } from "./results.ts";
import { bytes, number, table, times } from "./table.ts";

interface Goal {
  readonly what: string;
  /** Upper limit. Without a limit, the value is shown for information. */
  readonly limit?: number;
  readonly measured: number;
  /** Formats the value. Default: as a ratio. */
  readonly show?: (value: number) => string;
}

export function find({ rows }: HandlerResults, variant: Variant["id"], column: Column): Row | undefined {
  return rows.find((row) => row.variant === variant && sameColumn(row.column, column));
}

const sameColumn = (a: Column, b: Column): boolean =>
  a.memoryMb === b.memoryMb && a.stsMs === b.stsMs && a.init === b.init;

const milliseconds = (value: number): string => `${number(value)} ms`;
const megabytes = (memoryMb: number): string => `${memoryMb.toLocaleString("en-US")} MB`;

function handlerGoals(handler: HandlerResults): readonly Goal[] {
  const of = (variant: Variant["id"], key: "initMs" | "firstMs" | "sumMs" | "warmMs", memoryMb = vcpuMb): number =>
    find(handler, variant, { ...fullSpeed, memoryMb })?.[key]?.median ?? Number.NaN;
  const sumOver = (peer: Variant["id"], name: string, limits: Readonly<Record<number, number | undefined>>) =>
    Object.entries(limits).map(([memory, limit]): Goal => {
      const memoryMb = Number(memory);
      const measured = of("ours", "sumMs", memoryMb) / of(peer, "sumMs", memoryMb);
      return { what: `init + first call over ${name}, ${megabytes(memoryMb)}`, ...(limit && { limit }), measured };
    });
  const initMs = Math.max(...handler.failures.map(({ initMs }) => initMs.max));
  return [
    ...sumOver("go", "Go's", { 128: 0.2, 256: 0.35, 512: 0.7, [vcpuMb]: undefined }),
    ...sumOver("client-node", "client-node's", { 128: 0.2, 256: 0.3, 512: 0.4 }),
    ...[512, vcpuMb].map((memoryMb) => ({
      what: `first call over our own warm ones, ${megabytes(memoryMb)}`,
      limit: 1.5,
      measured: of("ours", "firstMs", memoryMb) / of("ours", "warmMs", memoryMb),
    })),
    { what: "warm call over the floor's", limit: 1.1, measured: of("ours", "warmMs") / of("floor", "warmMs") },
    {
      what: "warm `restart` over the floor's PATCH",
      limit: 1.2,
      measured: handler.restarts.ours.median / handler.restarts.floor.median,
    },
    {
      what: "init with the warm-up, more than without",
      limit: 40,
      measured: of("ours", "initMs") - of("ours-cold", "initMs"),
      show: milliseconds,
    },
    { what: "init, the API server away or refusing", limit: 2_200, measured: initMs, show: milliseconds },
  ];
}

/** Before the typed client, the stock function took 1 ms more than the floor; it may take 2 ms more than then. */
const loadGoals = (rows: Parts["load"]): readonly Goal[] => {
  const of = (id: Parts["load"][number]["id"]) => rows.find((row) => row.id === id)?.loadMs.median ?? Number.NaN;
  const over = (id: "stock" | "tasks", what: string): Goal => ({
    ...{ what: `load of ${what}, more than the floor's`, limit: 3 },
    ...{ measured: of(id) - of("floor"), show: milliseconds },
  });
  return [over("stock", "the stock function"), over("tasks", "a function with ten tasks")];
};

function cliGoals({ rows }: Parts["cli"]): readonly Goal[] {
  const wall = (name: string) => rows.find((row) => row.name === name)?.wallMs.median ?? Number.NaN;
  return [{ what: "`--help` over `node -e 0`", limit: 1.7, measured: wall("--help") / wall("node -e 0") }];
}

function scaleGoals({ awsAuth }: Parts["scale"]): readonly Goal[] {
  const largest = awsAuth.rows.at(-1);
  if (!largest) return [];
  const what = `aws-auth edit with ${largest.entries.toLocaleString("en-US")} entries`;
  return [{ what, limit: 1000, measured: largest.ms.median, show: milliseconds }];
}

const sandboxGoals = ({ totalMs, rssKb }: Parts["sandbox"]): readonly Goal[] => [
  { what: "the sandbox, process start to ready", limit: 300, measured: totalMs.median, show: milliseconds },
  { what: "the sandbox, resident", limit: 120 * 1024, measured: rssKb.median, show: (kb) => bytes(kb * 1024) },
];

const tasksGoals = (rows: Parts["tasks"]): readonly Goal[] =>
  rows
    .filter(({ client }) => client === "ours")
    .map(({ bytes: measured }) => ({
      what: "a function with ten tasks, bundled",
      limit: 24_000,
      measured,
      show: (size) => `${size.toLocaleString("en-US")} B`,
    }));

export function goals({ handler, load, cli, sandbox, scale, tasks }: Results): string {
  const all = [
    ...(handler ? handlerGoals(handler) : []),
    ...(load ? loadGoals(load) : []),
    ...(cli ? cliGoals(cli) : []),
    ...(sandbox ? sandboxGoals(sandbox) : []),
    ...(scale ? scaleGoals(scale) : []),
    ...(tasks ? tasksGoals(tasks) : []),
  ];
  return table(
    ["", "goal", "measured", ""],
    all.map(({ what, limit, measured, show = times }) => [
      what,
      limit === undefined ? "" : `≤ ${show(limit)}`,
      show(measured),
      limit === undefined ? "" : measured <= limit ? "met" : "not met",
    ]),
  );
}
