/** docs/benchmarks.md and its charts, of the results alone: no number is written by hand. */
import type { Results } from "../results.ts";
import { chart } from "./chart.ts";
import { columnName, columnsOf, find, goals } from "./goals.ts";
import { bytes, number, spreadOf, table, times } from "./table.ts";

export interface Page {
  readonly text: string;
  /** By their file's name, beside the page. */
  readonly charts: Readonly<Record<string, string>>;
}

const paragraphs = (...parts: readonly string[]): string => parts.join("\n\n");

export function pageOf(results: Partial<Results>): Page {
  const { handler, cli, sandbox, scale } = results;
  return {
    text: `${paragraphs(
      "# Benchmarks",
      "<!-- Written by `npm run bench -- --write` from bench/results.json. -->",
      "**Out of date.** These figures were measured before the function moved to `node:https` and to a warm-up in initialisation, and they hold initialisation to the function's share of a CPU, which Lambda does not. They are out of date until the next `npm run bench -- --write`.",
      "Ratios are of medians, in one run on the same API server; a spread is `median (min–max)` in milliseconds. Absolute times are this machine's; on another one, measure again: `npm run bench`.",
      goals(results),
      ...(handler ? handlerPart(handler) : []),
      ...(cli ? cliPart(cli) : []),
      ...(sandbox ? sandboxPart(sandbox) : []),
      ...(scale ? scalePart(scale) : []),
      ...(handler ? notMet : []),
      ...machinePart(results),
    )}\n`,
    charts: {
      ...(handler && !handler.noShares && { "benchmarks-memory.svg": memoryChart(handler) }),
      ...(scale && { "benchmarks-aws-auth.svg": awsAuthChart(scale), "benchmarks-environments.svg": loadChart(scale) }),
    },
  };
}

function handlerPart(handler: Results["handler"]): readonly string[] {
  const { variants, noShares, runtime, warmCalls } = handler;
  const titles = variants.map(({ id, title }) => ({ id, title }));
  const full = { stsMs: 0 };
  const ours = find(handler, "ours", full);
  const empty = find(handler, "empty", full);
  const head = [
    "",
    "load",
    "first call",
    "load + first, over ours",
    "process start to answer",
    "CPU over an empty Node",
  ];
  const cold = variants.map(({ id, title }) => {
    const row = find(handler, id, full);
    return [
      title,
      spreadOf(row.loadMs),
      spreadOf(row.firstMs),
      times(row.loadAndFirstMs.median / ours.loadAndFirstMs.median),
      spreadOf(row.totalMs),
      number(Math.max(row.cpuMs.median - empty.cpuMs.median, 0)),
    ];
  });
  const warm = variants.flatMap(({ id, title, bytes: size }) => {
    const { warm, rssKb } = find(handler, id, full);
    if (!warm) return [];
    const ratio = times(warm.medianMs.median / (ours.warm?.medianMs.median ?? Number.NaN));
    const memory = bytes(rssKb.median * 1024);
    return [[title, ratio, spreadOf(warm.medianMs), spreadOf(warm.p99Ms), memory, size ? bytes(size) : "layers"]];
  });
  return [
    "## The handler and its peers",
    "Each creates the same Deployment on a kube-apiserver whose webhook is the aws-iam-authenticator. Each sample is a fresh process with credentials of its own, so that its token is new to the cluster; the variants take turns; the cluster's controllers are paused meanwhile, for in EKS they run elsewhere. _Load_ is `require` of the bundle; in Go the initialisation of the packages, which comes before `main`; in Python it is not measured apart and counts as nothing. The start of an empty process of each is in none of them: _process start to answer_ has all of it.",
    ...(noShares
      ? [`Shares of a CPU could not be held here: ${noShares}.`]
      : ["![load and first call by memory](benchmarks-memory.svg)"]),
    table(head, cold),
    `Warm, median and 99th percentile of ${warmCalls} calls (of 3 in Python), over the samples; peak memory; size of what is deployed:`,
    table(["", "warm, over ours", "warm median", "warm p99", "peak memory", "size"], warm),
    "Load + first call, held to the share of a CPU that Lambda gives (cgroup v1, period 20 ms; 1,769 MB are one vCPU), with and without 30 ms between the authenticator and STS:",
    byColumn(handler, titles, (row) => spreadOf(row.loadAndFirstMs)),
    "The same from the start of the process:",
    byColumn(handler, titles, (row) => spreadOf(row.totalMs)),
    "Under AWS's runtime interface client and emulator, as whoever invokes the function sees it:",
    table(
      ["", "first invocation", "warm invocation"],
      runtime.map(({ variant, coldMs, warmMs }) => [
        titles.find(({ id }) => id === variant)?.title ?? variant,
        spreadOf(coldMs),
        spreadOf(warmMs),
      ]),
    ),
  ];
}

/** What a profile of the handler showed, beside the numbers above. */
const notMet: readonly string[] = [
  "## What stands in the way",
  [
    "- The floor is what Node itself needs for one HTTPS request: its modules for TLS and HTTP, an OpenSSL context, the first handshake. Under a share of a CPU that alone takes about as long as Go's first call, exec plugin included, so no handler on `node:https` is much faster than Go there.",
    "- Tried without a measurable gain over the noise, and therefore not done: writing the log line past `process.stdout`, one-shot hashes, no regular expression in the timestamp, no `URL`, fewer ciphers; for the command, V8's compile cache and a minified bundle.",
    "- `NODE_OPTIONS=--use-openssl-ca`, which template.yml sets, is worth its row: without it Node parses its built-in root certificates, on a second thread since Node 24, before then on the first.",
    "- Where a CPU is whole, half of load and first call is waiting. A profile (`node --cpu-prof --cpu-prof-interval=40`, the mean of 12 first calls of 26 ms): 13.7 ms idle, while the API server asks its webhook, that STS, and both write; 7.7 ms Node loads `node:tls` and `node:crypto`; 1.8 ms it makes an OpenSSL context; 1.6 ms it collects garbage. What is ours is in the rest. Go waits as long and needs a process more, so the ratio at full speed and at 1,769 MB cannot fall much further with Node's own TLS; a snapshot of the heap with both modules in it would, and Lambda takes none for Node.js.",
    "- Tried, and not done: a key exchange by X25519 alone takes 0.45 ms less against a bare TLS server (medians of 40), and gives up the hybrid with ML-KEM; V8's larger young generation would spare the garbage collection, and cannot be asked for in `NODE_OPTIONS`; connecting while the function loads, before it is called, gains nothing on loopback.",
    "- The endpoint here is an address. With a name, as EKS has, Node's `net.isIP` compiles a large pattern once for each process, the floor's as well as ours.",
  ].join("\n"),
];

function byColumn(
  handler: Results["handler"],
  titles: readonly { readonly id: Parameters<typeof find>[1]; readonly title: string }[],
  show: (row: ReturnType<typeof find>) => string,
): string {
  const shown = titles.filter(({ id }) => id !== "empty");
  return table(
    ["", ...shown.map(({ title }) => title)],
    columnsOf(handler).map((column) => [columnName(column), ...shown.map(({ id }) => show(find(handler, id, column)))]),
  );
}

function memoryChart(handler: Results["handler"]): string {
  const columns = columnsOf(handler).filter(({ stsMs, memoryMb }) => stsMs === 0 && memoryMb);
  const order = ["ours", "ours-with-roots", "floor", "client-node", "go", "python"] as const;
  return chart({
    title: "load + first call",
    x: "memory of the function, MB",
    y: "milliseconds",
    series: order.map((id) => ({
      name: handler.variants.find((variant) => variant.id === id)?.title.split(":")[0] ?? id,
      points: columns.map((column) => ({
        x: column.memoryMb ?? 0,
        y: find(handler, id, column).loadAndFirstMs.median,
      })),
    })),
  });
}

function cliPart({ rows, tarballBytes }: Results["cli"]): readonly string[] {
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

const sandboxPart = ({ startMs, totalMs, rssKb }: Results["sandbox"]): readonly string[] => [
  "## The sandbox",
  table(
    ["", "start", "process start to ready", "resident"],
    [["`eks-lambda sandbox`, bundled as in the CLI", spreadOf(startMs), spreadOf(totalMs), bytes(rssKb.median * 1024)]],
  ),
];

function scalePart({ awsAuth, environments }: Results["scale"]): readonly string[] {
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

const awsAuthChart = ({ awsAuth }: Results["scale"]): string =>
  chart({
    title: "one edit of aws-auth",
    x: "entries",
    y: "milliseconds",
    series: [{ name: "putRole", points: awsAuth.rows.map(({ entries, ms }) => ({ x: entries, y: ms.median })) }],
  });

const loadChart = ({ environments }: Results["scale"]): string =>
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

function machinePart({ machine, date, commit }: Partial<Results>): readonly string[] {
  if (!machine) return [];
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    "## Where",
    `${date}, commit ${commit}, on ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}; ${versions.join(", ")}.`,
  ];
}
