/** Renders the functions for a cluster. */
import { type Command, command } from "../../core/command.ts";
import { isNewer } from "../../core/semver.ts";
import type { ListedFunction } from "../../core/stack/functions.ts";
import type { Workload } from "../../core/workloads.ts";
import { columnsOf, hanging, widest } from "./layout.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, type Shown, type Text, text } from "./text.ts";

const columns: Readonly<Record<string, (one: ListedFunction) => string>> = {
  NAME: ({ name }) => name ?? "-",
  STACK: ({ stack, owner }) => stack ?? owner,
  NAMESPACE: ({ namespaces }) => namespaces.join(","),
  ACCESS: ({ access }) => access ?? "-",
  VERSION: ({ version }) => version ?? "-",
  STATE: ({ state }) => state,
  MAY: ({ may }) => may.join("; "),
};

/** A table, or a block for each if that is too wide for the terminal. */
export function renderFunctions(functions: readonly ListedFunction[]): Text {
  const table = asTable(functions);
  const terminal = columnsOf(process.stdout);
  if (terminal === undefined || table.every((row) => row.length <= terminal))
    return lines(table.map((row, at) => (at === 0 ? colour.dim(row) : text`${row}`)));
  const width = widest(Object.keys(columns));
  const block = (one: ListedFunction) =>
    Object.entries(columns).map(([title, cell]) =>
      hanging(colour.dim(`${title.padEnd(width)}  `), cell(one), terminal),
    );
  return lines(functions.flatMap((one, at) => [...(at > 0 ? [""] : []), ...block(one)]));
}

function asTable(functions: readonly ListedFunction[]): readonly string[] {
  const table = Object.entries(columns).map(([title, cell]) => {
    const cells = [title, ...functions.map(cell)];
    const width = widest(cells);
    return cells.map((one) => one.padEnd(width));
  });
  return [...(table[0] ?? []).keys()].map((row) =>
    table
      .map((column) => column[row] ?? "")
      .join("  ")
      .trimEnd(),
  );
}

export interface DetailedFunction extends ListedFunction {
  readonly deployments: readonly Workload[];
}

/** One function, on one screen. `completed` adds to a command what it needs. */
export function renderFunction(one: DetailedFunction, completed: (command: Command) => Shown): Text {
  const columns = columnsOf(process.stdout);
  const { functionName, owner, state, stack, access, users, may, images, exportName, deployments } = one;
  const rows: readonly (readonly [title: string, shown: Shown])[] = [
    ["stack", stack ?? `none: ${owner}`],
    ["version", versionOf(one, completed)],
    ["mapping", `${access ?? "unknown"}: ${users.length > 0 ? users.join(", ") : "no user"}`],
    ...(exportName !== undefined ? [["export", exportName] as const] : []),
    ["rights", may.length > 0 ? lines(may) : "none"],
    ...(images.length > 0 ? [["images", lines(images)] as const] : []),
    ["created", deployments.length > 0 ? lines(deployments.map(workload)) : "no Deployments"],
  ];
  const title = text`${colour.bold(functionName ?? owner)} · ${state}`;
  return lines([
    hanging("", title, columns),
    ...rows.map(([name, shown]) => hanging(text`  ${colour.dim(name.padEnd(9))}`, shown, columns)),
  ]);
}

const workload = ({ name, ready, replicas }: Workload): string => `${name}  ${ready}/${replicas} ready`;

function versionOf({ version, state }: ListedFunction, completed: (command: Command) => Shown): Shown {
  if (state === "granted") return "by grant";
  if (version === VERSION) return `${version}, the same as this package`;
  if (version !== undefined && isNewer(version, VERSION)) return `${version}, newer than this package (${VERSION})`;
  return text`${version ?? "unknown"}; this package is ${VERSION}: ${completed(command`eks-lambda setup`)} updates it`;
}
