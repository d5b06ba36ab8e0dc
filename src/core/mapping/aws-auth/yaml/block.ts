/** Locates the items of a block sequence (`- …`) and cuts their lines. */
import type { Node, YAMLSeq } from "yaml";
import { contentEnd, isNode, lastBlockScalar } from "./nodes.ts";
import { cut, cutLines, isBlank, lineStart, nextLine, type Splice, withTrailing } from "./splice.ts";

export interface Dash {
  /** Where the `-` is. */
  readonly start: number;
  /** The end of the item's last own character. */
  readonly end: number;
}

/** The dashes of a block sequence; `undefined` if one shares its line with something before it. */
export function dashesOf(text: string, seq: YAMLSeq): readonly Dash[] | undefined {
  const token = seq.srcToken;
  if (token?.type !== "block-seq") return undefined;
  const dashes: Dash[] = [];
  for (const { start } of token.items) {
    const dash = start.find(({ type }) => type === "seq-item-ind");
    if (!dash) continue;
    const item: unknown = seq.items[dashes.length];
    const end = isNode(item) ? contentEnd(item, dash.offset + 1) : dash.offset + 1;
    dashes.push({ start: dash.offset, end: Math.max(end, dash.offset + 1) });
  }
  const alone = dashes.every(({ start }) => isBlank(text.slice(lineStart(text, start), start)));
  return alone && dashes.length === seq.items.length ? dashes : undefined;
}

/** True if a block scalar's value excludes its last newline: `|-`, `>-`. */
export const isStripped = (text: string, scalar: Node): boolean =>
  /^[|>]\d?-/.test(text.slice(scalar.range?.[0] ?? 0, (scalar.range?.[0] ?? 0) + 3));

/** From one character to another, both included. */
export interface Extent {
  readonly start: number;
  readonly last: number;
}

/**
 * Two ways to cut whole lines, the better one first. The second keeps the newline before them, and also cuts what
 * follows if it would become text of a block scalar above. `before` is the node above.
 */
export function linesOut(text: string, { start, last }: Extent, before: unknown): readonly [Splice, Splice] {
  const from = lineStart(text, start);
  const whole = cut(from, nextLine(text, last));
  const scalar = lastBlockScalar(before);
  // Go's parser gives a block scalar its last newline only if the text has it; `yaml` always does.
  const needsNewline = scalar?.range?.[1] === from && !isStripped(text, scalar);
  return [needsNewline ? whole : cutLines(text, start, last), withTrailing(text, whole, start - from)];
}
