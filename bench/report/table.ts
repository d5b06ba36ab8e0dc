/** Markdown tables and the numbers in them. */
import type { Spread } from "../support/statistics.ts";

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");

/** Rounds to three significant digits. */
export function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `median (min–max)` */
export const spreadOf = ({ min, median, max }: Spread): string => `${number(median)} (${number(min)}–${number(max)})`;

export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 2 ** 20 ? `${number(value / 1024)} kB` : `${number(value / 2 ** 20)} MB`;
}
