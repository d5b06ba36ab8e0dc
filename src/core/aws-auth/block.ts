/** Where the items of a block sequence (`- …`) are. */
import type { YAMLSeq } from "yaml";
import { contentEnd, isNode } from "./locate.ts";
import { isBlank, lineStart } from "./splice.ts";

export interface Dash {
  /** Where the `-` is. */
  readonly start: number;
  /** Where the item's last own character ends. */
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
