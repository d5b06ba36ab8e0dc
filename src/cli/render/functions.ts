/** Renders the functions for a cluster. */
import type { ListedFunction } from "../../core/functions.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, type Text, text } from "./text.ts";

const columns: Readonly<Record<string, (one: ListedFunction) => string>> = {
  NAME: ({ name }) => name ?? "-",
  STACK: ({ stack, owner }) => stack ?? owner,
  NAMESPACE: ({ namespaces }) => namespaces.join(","),
  ACCESS: ({ access }) => access ?? "-",
  VERSION: ({ version }) => version ?? "-",
  STATE: ({ state }) => state,
  MAY: ({ may }) => may.join("; "),
};

export function renderFunctions(functions: readonly ListedFunction[]): Text {
  const table = Object.entries(columns).map(([title, cell]) => {
    const cells = functions.map(cell);
    const width = Math.max(title.length, ...cells.map(({ length }) => length));
    return [title, ...cells].map((one) => one.padEnd(width));
  });
  const rows = [...(table[0] ?? []).keys()].map((row) =>
    table
      .map((column) => column[row] ?? "")
      .join("  ")
      .trimEnd(),
  );
  return lines(rows.map((row, at) => (at === 0 ? colour.dim(row) : text`${row}`)));
}
