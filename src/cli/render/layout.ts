/** Fits text to the terminal: a line that is too long continues under its own column, and no word is broken. */

import { stripVTControlCharacters } from "node:util";
import { wrapAnsi } from "fast-wrap-ansi";
import type { Command } from "../../core/command.ts";
import { type Shown, Text, text } from "./text.ts";

/** `undefined` where nobody looks: a file or a pipe gets whole lines. */
export type Columns = number | undefined;

/** Leaves the last column free: some terminals begin a new line after it. */
export const columnsOf = ({ isTTY, columns }: NodeJS.WriteStream): Columns => (isTTY ? columns - 1 : undefined);

const widthOf = (shown: string): number => stripVTControlCharacters(shown).length;

/** The width of a column. */
export const widest = (cells: readonly string[]): number =>
  cells.reduce((width, { length }) => Math.max(width, length), 0);

/** Narrower than this, text is left to the terminal. */
const least = 16;

/** `body` behind `head`, its further lines under its first. */
export function hanging(head: Shown, body: Shown, columns: Columns): Text {
  const start = Text.of(head);
  const indent = widthOf(start.shown);
  const width = (columns ?? 0) - indent;
  const fitted = (shown: string) => (width < least ? shown : wrapAnsi(parted(shown, width), width, { hard: true }));
  return text`${start}${Text.of(body).styled((shown) => fitted(shown).replaceAll("\n", `\n${" ".repeat(indent)}`))}`;
}

/** Breaks names that are longer than a line behind one of their separators. */
function parted(shown: string, width: number): string {
  if (shown.includes("\u001b]")) return shown; // Links.
  return shown.replace(/\S+/g, (name) => {
    const rows: string[] = [];
    let rest = name;
    while (widthOf(rest) > width) {
      const cut = rest.slice(0, width).search(/[/:.,_-][^/:.,_-]*$/) + 1 || width;
      rows.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    return [...rows, rest].join("\n");
  });
}

/** A command behind `head`. Where it is too long, it is broken as a shell reads it, so that it can be copied. */
export function commandLine(head: Shown, { words }: Command, columns: Columns): Text {
  const start = Text.of(head);
  const indent = widthOf(start.shown);
  const rows: string[] = [];
  for (const word of withValues(words.map(String))) {
    const longer = rows.length === 0 ? word : `${rows.at(-1)} ${word}`;
    if (rows.length === 0 || indent + longer.length + 2 > (columns ?? Number.POSITIVE_INFINITY)) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  return text`${start}${Text.join(rows, ` \\\n${" ".repeat(indent)}`)}`;
}

/** A flag and its value stay together. */
function withValues(words: readonly string[]): readonly string[] {
  const all: string[] = [];
  for (const word of words) {
    const isValue = /^--?\w[\w-]*$/.test(all.at(-1) ?? "") && !word.startsWith("-");
    all.push(isValue ? `${all.pop()} ${word}` : word);
  }
  return all;
}
