/** Adds to and removes from a list, by splices: nothing else is printed again. */
import { isMap, isScalar, type YAMLSeq } from "yaml";
import { dashesOf, isStripped, linesOut } from "./block.ts";
import { CannotEdit } from "./fields.ts";
import { appendFlow, type FlowStyle, flowStyleOf, JSON_STYLE, removeFlow, YAML_STYLE } from "./flow.ts";
import { lastBlockScalar } from "./nodes.ts";
import { insertAt, isBlank, lineEnd, lineStart, newlineOf, nextLine, type Splice } from "./splice.ts";

/** An item as the lines of a block mapping (without indentation), and in flow style. */
export interface Printed {
  readonly lines: readonly string[];
  flow(style: FlowStyle): string;
}

/** A flow mapping in the style of its neighbours. */
export const flowMapping = (pairs: readonly string[], { open, between, close }: FlowStyle): string =>
  `{${open}${pairs.join(`,${between}`)}${close}}`;

/** The length without trailing white space; U+00A0 and the like are text. */
const contentLength = (text: string): number => /[ \t\r\n]*$/.exec(text)?.index ?? 0;

/** Adds whole lines at the end of the content before `limit`: after comments, before empty lines. */
export function appendLines(text: string, limit: number, lines: readonly string[]): Splice {
  const content = contentLength(text.slice(0, limit));
  return linesAfter(text, content === 0 ? limit : content, lines);
}

/** Adds whole lines after the line that holds `offset`. A text without a final newline stays without. */
function linesAfter(text: string, offset: number, lines: readonly string[]): Splice {
  const newline = newlineOf(text);
  const block = lines.join(newline);
  if (offset === lineStart(text, offset) && isBlank(text.slice(0, offset)))
    return insertAt(offset, text === "" ? block : `${block}${newline}`);
  const eol = lineEnd(text, offset);
  const next = nextLine(text, eol);
  return next > eol ? insertAt(next, `${block}${newline}`) : insertAt(eol, `${newline}${block}`);
}

interface NewItem {
  readonly item: Printed;
  /** The end of the document. */
  readonly limit: number;
}

/**
 * Ways to add an item, the best first. The caller parses the result and tries the next one if the list is wrong.
 * After all content, comments included; right after the last item; before the first item, because the value of a block
 * scalar at the end reaches to the end of the text.
 */
export function additions(text: string, seq: YAMLSeq, { item, limit }: NewItem): readonly (readonly Splice[])[] {
  const last = seq.items.at(-1);
  if (seq.flow) {
    const style = isMap(last) && last.flow ? flowStyleOf(text, last) : JSON_STYLE;
    const splices = appendFlow(text, seq, { item: item.flow(style), gap: style.colon === ":" ? "" : " " });
    return splices ? [splices] : [];
  }
  const dashes = dashesOf(text, seq);
  const [first, dash] = [dashes?.[0], dashes?.at(-1)];
  if (!first || !dash) return [];
  const lines = linesLike(text, { last, dash: dash.start }, item);
  const before = [insertAt(lineStart(text, first.start), lines.map((line) => line + newlineOf(text)).join(""))];
  if (isOpenEnded(text, last)) return [before];
  return [[appendLines(text, limit, lines)], [linesAfter(text, dash.end - 1, lines)], before];
}

/** An item's lines, in the column of the last item and with its gap after the dash. */
function linesLike(text: string, { last, dash }: { last: unknown; dash: number }, item: Printed): readonly string[] {
  const column = " ".repeat(dash - lineStart(text, dash));
  if (isMap(last) && last.flow && last.items.length > 0) {
    const style = flowStyleOf(text, last);
    const oneLine = !`${style.open}${style.between}${style.close}`.includes("\n");
    return [`${column}- ${item.flow(oneLine ? style : YAML_STYLE)}`];
  }
  const gap = (isMap(last) && /^ {1,8}(?=[^\s#])/.exec(text.slice(dash + 1))?.[0]) || " ";
  return item.lines.map((line, index) => `${column}${index === 0 ? "-" : " "}${gap}${line}`);
}

/** Go's parser gives a block scalar its last newline only if the text has it: adding one would change the value. */
function isOpenEnded(text: string, item: unknown): boolean {
  const scalar = lastBlockScalar(item);
  return scalar?.range?.[1] === text.length && !text.endsWith("\n") && !isStripped(text, scalar);
}

/**
 * Ways to remove an item, the best first, to be tried like `additions`. In block style its lines go, with the comments
 * on them. Comments before and after it stay, except those that would become text of a block scalar before it.
 */
export function removals(text: string, seq: YAMLSeq, index: number): readonly (readonly Splice[])[] {
  const offset = seq.range?.[0] ?? 0;
  if (seq.flow) {
    const splices = removeFlow(text, seq, index);
    if (!splices) throw new CannotEdit(offset, "its parts cannot be told apart");
    return [splices];
  }
  const dashes = dashesOf(text, seq);
  const dash = dashes?.[index];
  if (!dash) throw new CannotEdit(offset, "an entry shares its line with what is before it");
  const ways = linesOut(text, { start: dash.start, last: dash.end - 1 }, seq.items[index - 1]).map((lines) => [lines]);
  // A document that ends in `...` must not be empty: an empty list keeps the place.
  const emptied = { start: dash.start, end: lineEnd(text, dash.end - 1), insert: "[]" };
  return seq.items.length === 1 ? [...ways, [emptied]] : ways;
}

/** The place of a root that is `null`. */
export function emptyRoot(root: unknown): { readonly start: number; readonly end: number } | undefined {
  if (!isScalar(root) || root.tag || root.anchor || !root.range) return undefined;
  return root.value === null ? { start: root.range[0], end: root.range[1] } : undefined;
}
