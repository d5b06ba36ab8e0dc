/** Generates docs/benchmarks.md and its charts from the results. No number is written by hand. */
import { type Column, fullSpeed, type Row } from "../handler/index.ts";
import type { Variant } from "../handler/variants.ts";
import { chart } from "./chart.ts";
import { find, goals } from "./goals.ts";
import type { Parts, Results } from "./results.ts";
import { bytes, number, spreadOf, table } from "./table.ts";

export interface Page {
  readonly text: string;
  /** Charts by file name, stored beside the page. */
  readonly charts: Readonly<Record<string, string>>;
}

export function pageOf(results: Results): Page {
  const { handler, load, cli, sandbox, scale, tasks } = results;
  const parts = [
    "# Benchmarks",
    "<!-- Written by `npm run bench -- --write`. -->",
    "Ratios are of medians, in one run on the same API server; a spread is `median (min–max)` in milliseconds. Absolute times are this machine's; on another one, measure again: `npm run bench`.",
    goals(results),
    ...(handler ? handlerPart(handler) : []),
    ...(load ? loadPart(load) : []),
    ...(cli ? cliPart(cli) : []),
    ...(sandbox ? sandboxPart(sandbox) : []),
    ...(scale ? scalePart(scale) : []),
    ...(tasks ? tasksPart(tasks) : []),
    "## Where",
    where(results),
  ];
  return {
    text: textOf(parts),
    charts: {
      ...(handler && { "benchmarks-memory.svg": memoryChart(handler) }),
      ...(scale && { "benchmarks-aws-auth.svg": awsAuthChart(scale), "benchmarks-environments.svg": loadChart(scale) }),
    },
  };
}

function handlerPart(handler: Parts["handler"]): readonly string[] {
  const { variants, rows, failures, restarts, runtime } = handler;
  const title = (id: Variant["id"]) => variants.find((variant) => variant.id === id)?.title ?? id;
  const columns = rows.filter(({ variant }) => variant === "ours").map(({ column }) => column);
  /** A row for each column that has a value. */
  const byColumn = (ids: readonly Variant["id"][], show: (row: Row) => string | undefined): string => {
    const cells = columns.map((column) => {
      const shown = ids.map((id) => find(handler, id, column)).map((row) => row && show(row));
      return [columnName(column), ...shown.map((text) => text ?? "")];
    });
    return table(
      ["", ...ids.map(title)],
      cells.filter((line) => line.slice(1).some(Boolean)),
    );
  };
  const compared = ["ours", "ours-cold", "floor", "client-node", "go"] as const;
  const fast = variants.map(({ id, bytes: size }) => {
    const row = find(handler, id, fullSpeed);
    const spreads = (["initMs", "firstMs", "warmMs"] as const).map((key) => (row?.[key] ? spreadOf(row[key]) : ""));
    return [title(id), ...spreads, bytes((row?.rssKb.median ?? 0) * 1024), size ? bytes(size) : "layers"];
  });
  return [
    "## The function and its peers",
    "Each creates the same Deployment on a kube-apiserver whose webhook is the aws-iam-authenticator. Each sample is a fresh process with its own credentials, so that its token is new to the cluster. The variants take turns, and the cluster's controllers are paused: in EKS they run elsewhere.",
    "Lambda does not throttle the initialisation of an on-demand environment, and then holds the function to the share of its memory (1,769 MB have one vCPU). So does this benchmark, by cgroups: _init_ is from the start of the process until the handler can be called, with all CPUs; the _first call_ and the _warm_ ones after it have the share. Under provisioned concurrency initialisation has the share as well, but happens ahead of the call.",
    "![init and first call by memory](benchmarks-memory.svg)",
    "Init + first call:",
    byColumn(compared, ({ sumMs }) => spreadOf(sumMs)),
    "The first call alone:",
    byColumn(compared, ({ firstMs }) => spreadOf(firstMs)),
    "Warm calls, the median of those after the first; before each is a pause, as before calls that come alone:",
    byColumn(compared, ({ warmMs }) => warmMs && spreadOf(warmMs)),
    `A warm \`restart\`, with a whole vCPU: ${spreadOf(restarts.ours)}; the PATCH alone, over the floor's connection: ${spreadOf(restarts.floor)}.`,
    "With a whole vCPU; peak memory, and the size of what is deployed:",
    table(["", "init", "first call", "warm call", "peak memory", "size"], fast),
    "When the API server is away or refuses, initialisation goes on, and the first call fails with:",
    table(
      ["", "init", "first call"],
      failures.map((row) => [row.title, spreadOf(row.initMs), `\`${row.error}\``]),
    ),
    "Under AWS's emulator and runtime clients (aws-lambda-ric, aws-lambda-go), with all CPUs, as the caller sees it; the first invocation includes initialisation:",
    table(
      ["", "first invocation", "warm invocation"],
      runtime.map(({ variant, coldMs, warmMs }) => [title(variant), spreadOf(coldMs), spreadOf(warmMs)]),
    ),
  ];
}

const loadPart = (rows: Parts["load"]): readonly string[] => [
  "To load them, each time in a new process, without a warm-up and without a request:",
  table(
    ["", "load"],
    rows.map(({ title, loadMs }) => [title, spreadOf(loadMs)]),
  ),
];

function columnName({ memoryMb, stsMs, init }: Column): string {
  const latency = stsMs ? `, STS ${stsMs} ms away` : "";
  return `${memoryMb.toLocaleString("en-US")} MB${latency}${init === "provisioned" ? ", provisioned" : ""}`;
}

function memoryChart(handler: Parts["handler"]): string {
  const order = ["ours", "ours-cold", "floor", "client-node", "go"] as const;
  return chart({
    title: "init + first call",
    x: "memory of the function, MB",
    y: "milliseconds",
    series: order.map((id) => ({
      name: handler.variants.find((variant) => variant.id === id)?.title.split(":")[0] ?? id,
      points: handler.rows
        .filter(({ variant, column }) => variant === id && column.stsMs === 0 && column.init === "on-demand")
        .map(({ column, sumMs }) => ({ x: column.memoryMb, y: sumMs.median })),
    })),
  });
}

function cliPart({ rows, tarballBytes }: Parts["cli"]): readonly string[] {
  return [
    "## The command",
    "On the real backend: a control plane, and AWS as moto plays it. Requests and bytes are those of the command itself.",
    table(
      ["", "wall time", "CPU", "AWS calls", "API server calls", "bytes"],
      rows.map(({ name, wallMs, cpuMs, aws, apiServer, bytes: size }) => [
        `\`${name}\``,
        spreadOf(wallMs),
        cpuMs ? number(cpuMs.median) : "",
        aws?.toString() ?? "",
        apiServer?.toString() ?? "",
        size ? bytes(size) : "",
      ]),
    ),
    `The tarball that \`npx\` fetches has ${bytes(tarballBytes)}.`,
  ];
}

const sandboxPart = ({ startMs, totalMs, rssKb }: Parts["sandbox"]): readonly string[] => [
  "## The sandbox",
  table(
    ["", "start", "process start to ready", "resident"],
    [["`eks-lambda sandbox`, bundled as in the CLI", spreadOf(startMs), spreadOf(totalMs), bytes(rssKb.median * 1024)]],
  ),
];

function scalePart({ awsAuth, environments }: Parts["scale"]): readonly string[] {
  return [
    "## At scale",
    "One edit of aws-auth, the first of its process:",
    "![aws-auth edits by number of entries](benchmarks-aws-auth.svg)",
    table(
      ["entries", "milliseconds"],
      awsAuth.rows.map(({ entries, ms }) => [entries.toLocaleString("en-US"), spreadOf(ms)]),
    ),
    `Time grows as entries to the power of ${awsAuth.exponent.toFixed(2)}, from 1,000 entries on ${awsAuth.exponentLarge.toFixed(2)}: 1 is linear.`,
    "Execution environments at once, each a process with its own credentials, on one API server; every 20th request is answered 429 with `Retry-After: 1`, and the function waits:",
    "![calls per second by number of environments](benchmarks-environments.svg)",
    table(
      [
        "environments",
        "calls",
        "answered 429",
        "median ms",
        "p99 ms",
        "calls per second",
        "STS calls",
        "lost",
        "twice",
      ],
      environments.map((row) =>
        [
          row.environments,
          row.calls,
          row.refused,
          row.medianMs,
          row.p99Ms,
          row.callsPerSecond,
          row.stsCalls,
          row.lost,
          row.twice,
        ].map((value) => (Number.isInteger(value) ? value.toLocaleString("en-US") : number(value))),
      ),
    ),
  ];
}

/** The page's last section, which a run of its own writes: it needs 160 MB of CDK. */
export const cdkTitle = "## CDK's custom resources";

export function cdkSectionOf(results: Results & Pick<Parts, "cdk">): string {
  const { rows, peakKb, bytes: sizes } = results.cdk;
  const sum = (side: "ours" | "cdks", key: "wallMs" | "cpuMs") =>
    rows.reduce((all, row) => all + row[side][key].median, 0);
  const ratio = (key: "wallMs" | "cpuMs") => number(sum("cdks", key) / sum("ours", key));
  return textOf([
    cdkTitle,
    "The same events go to the function of `eks-lambda/cdk` and to CDK's own (`aws-eks-v2`), which runs `aws eks update-kubeconfig` and kubectl of CDK's layers: on the same kube-apiserver, with a stand-in for AWS on this computer, with all CPUs. Each round has a new process of each; its start is not counted. CDK has another function in front of its own, which is not measured. [What they do](../test/cdk/beside.test.ts) is compared.",
    table(
      ["", "eks-lambda", "CPU", "CDK's", "CPU"],
      rows.map(({ title, ours, cdks }) => [
        title,
        ...[ours.wallMs, ours.cpuMs, cdks.wallMs, cdks.cpuMs].map((one) => spreadOf(one)),
      ]),
    ),
    `All five: CDK's takes ${ratio("wallMs")} times as long, and ${ratio("cpuMs")} times the CPU. Peak memory: ${bytes(peakKb.ours * 1024)}; CDK's, with the largest program that it runs, ${bytes(peakKb.cdks * 1024)}. What is deployed: ${bytes(sizes.ours)} of code in the template; CDK's layers, two ZIP files of ${bytes(sizes.cdks)} together.`,
    `This part is a run of its own: ${where(results)}`,
  ]);
}

function tasksPart(rows: Parts["tasks"]): readonly string[] {
  const missing = rows.flatMap(({ title, missing }) => (missing ? [`${title}: nine tasks. ${missing}.`] : []));
  return [
    "## The client",
    "A function with ten tasks: list Pods; restart a Deployment; server-side apply; run a Job and tell its outcome, the failed container's reason and its last log lines; wait for a rollout; change a ConfigMap; a custom resource; count 2,000 objects in pages of 250; cancel a watch; follow a log. Each client first does them on the API server, and what they return is compared. Lines are those of the tasks, without imports and comments; size is that of the minified ES module, with what mints the token; ours has the methods that it uses, by `resourceWith`. _Load_ imports it in a new process, without a request; the _first call_ lists Pods on the kube-apiserver, in another, with all CPUs.",
    table(
      ["", "tasks", "lines", "size", "load", "first call"],
      rows.map(({ title, missing, lines, bytes: size, loadMs, firstMs }) => [
        title,
        missing ? "9" : "10",
        lines.toString(),
        bytes(size),
        spreadOf(loadMs),
        spreadOf(firstMs),
      ]),
    ),
    ...missing,
  ];
}

const awsAuthChart = ({ awsAuth }: Parts["scale"]): string =>
  chart({
    title: "one edit of aws-auth",
    x: "entries",
    y: "milliseconds",
    series: [{ name: "putRole", points: awsAuth.rows.map(({ entries, ms }) => ({ x: entries, y: ms.median })) }],
  });

const loadChart = ({ environments }: Parts["scale"]): string =>
  chart({
    title: "execution environments on one API server",
    x: "environments",
    y: "calls per second; milliseconds",
    series: [
      { name: "calls per second", points: environments.map((row) => ({ x: row.environments, y: row.callsPerSecond })) },
      { name: "median, ms", points: environments.map((row) => ({ x: row.environments, y: row.medianMs })) },
      { name: "p99, ms", points: environments.map((row) => ({ x: row.environments, y: row.p99Ms })) },
    ],
  });

const textOf = (parts: readonly string[]): string => `${parts.join("\n\n")}\n`;

function where({ machine, date, commit }: Results): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return `${date}, commit ${commit}, on ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}; ${versions.join(", ")}.`;
}
