/** Adds to and removes from `[…]` and `{…}`, by splices that undo each other. */
import type { CST, Node, YAMLMap, YAMLSeq } from "yaml";
import { cut, insertAt, isBlank, lineEnd, lineStart, nextLine, type Splice } from "./splice.ts";

interface Part {
  readonly start: number;
  readonly end: number;
  /** The offset of the comma after it. */
  readonly comma: number | undefined;
}

/** How members of a flow collection are written, copied from an existing one. */
export interface FlowStyle {
  /** The white space between `{` and the first key, after the comma between members, and before `}`. */
  readonly open: string;
  readonly between: string;
  readonly close: string;
  readonly colon: ": " | ":";
  readonly quotedKeys: boolean;
}

/** JSON that YAML also reads: for an empty list. */
export const JSON_STYLE: FlowStyle = { open: "", between: " ", close: "", colon: ": ", quotedKeys: true };
export const YAML_STYLE: FlowStyle = { ...JSON_STYLE, quotedKeys: false };

const PROPS = new Set(["anchor", "tag", "explicit-key-ind"]);

/** The members of a flow collection with their offsets; `undefined` where they cannot be told apart. */
function partsOf(node: YAMLSeq | YAMLMap): readonly Part[] | undefined {
  const token = node.srcToken;
  if (token?.type !== "flow-collection") return undefined;
  const parts: { start: number; end: number; comma: number | undefined }[] = [];
  for (const { start, key, sep, value } of token.items) {
    const comma = start.find(({ type }) => type === "comma");
    const last = parts.at(-1);
    if (comma && last) last.comma = comma.offset;
    const first = start.find(({ type }) => PROPS.has(type)) ?? key ?? sep?.[0] ?? value;
    if (!first) continue;
    const member: unknown = node.items[parts.length];
    parts.push({ start: first.offset, end: endOf(member) ?? first.offset, comma: undefined });
  }
  return parts.length === node.items.length ? parts : undefined;
}

function endOf(member: unknown): number | undefined {
  const { range, value, key } = member as Partial<Node> & { value?: unknown; key?: unknown };
  if (range) return range[1];
  return value ? endOf(value) : key ? endOf(key) : undefined;
}

interface NewMember {
  readonly item: string;
  /** The space after a comma, where no other member shows it. */
  readonly gap: "" | " ";
}

/** Adds a member after the last one, or after the bracket of an empty collection. */
export function appendFlow(
  text: string,
  node: YAMLSeq,
  { item, gap: usual }: NewMember,
): readonly Splice[] | undefined {
  const parts = partsOf(node);
  if (!parts || !node.range) return undefined;
  const last = parts.at(-1);
  if (!last) return [insertAt(node.range[0] + 1, item)];
  const after = last.comma === undefined ? last.end : last.comma + 1;
  const [before, behind] = last.comma === undefined ? [",", ""] : ["", ","];
  const indent = text.slice(lineStart(text, last.start), last.start);
  if (!isBlank(indent) && indent !== "") {
    const gap = gapBefore(text, parts) ?? usual;
    return [insertAt(after, `${before}${gap}${item}${behind}`)];
  }
  const eol = lineEnd(text, after);
  const newline = text.slice(eol, nextLine(text, eol)) || "\n";
  const line = `${newline}${indent}${item}${behind}`;
  // A comment after the last member stays after it; a bracket there stays after the new member.
  return /^[ \t]*(?:#|$)/.test(text.slice(after, eol)) && eol < (node.range[1] ?? 0)
    ? [insertAt(after, before), insertAt(eol, line)]
    : [insertAt(after, `${before}${line}`)];
}

/** The white space between the last comma and the member after it. */
function gapBefore(text: string, parts: readonly Part[]): string | undefined {
  const [before, last] = [parts.at(-2), parts.at(-1)];
  if (before?.comma === undefined || !last) return undefined;
  const gap = text.slice(before.comma + 1, last.start);
  return isBlank(gap) ? gap : undefined;
}

/** Removes a member with its comma: the one after it, else the one before. */
export function removeFlow(text: string, node: YAMLSeq | YAMLMap, index: number): readonly Splice[] | undefined {
  const parts = partsOf(node);
  const part = parts?.[index];
  if (!parts || !part) return undefined;
  const { start, end, comma } = part;
  const before = parts[index - 1]?.comma;
  const behind = comma === undefined ? end : comma + 1;
  const alone =
    isBlank(text.slice(lineStart(text, start), start)) &&
    isBlank(text.slice(behind, lineEnd(text, behind))) &&
    isBlank(text.slice(end, behind).replace(",", ""));
  if (comma !== undefined || before === undefined) {
    if (alone && lineStart(text, start) > 0) return [cut(lineStart(text, start), nextLine(text, behind))];
    if (comma === undefined) return [cut(start, end)];
    if (!isBlank(text.slice(end, comma))) return [cut(start, end), cut(comma, comma + 1)];
    const isLast = index === parts.length - 1;
    const from = isLast && before !== undefined ? blankBefore(text, start) : start;
    return [cut(from, isLast ? behind : behind + blankFrom(text, behind))];
  }
  if (isBlank(text.slice(before + 1, start))) return [cut(before, end)];
  const line = lineStart(text, start);
  const newline = text.startsWith("\r\n", line - 2) ? 2 : 1;
  return [cut(before, before + 1), cut(isBlank(text.slice(line, start)) ? line - newline : start, end)];
}

const blankBefore = (text: string, offset: number): number => text.slice(0, offset).trimEnd().length;
const blankFrom = (text: string, offset: number): number => /^[ \t]*/.exec(text.slice(offset))?.[0].length ?? 0;

/** How a flow mapping is written. */
export function flowStyleOf(text: string, map: YAMLMap): FlowStyle {
  const parts = partsOf(map);
  const token = map.srcToken;
  const first = parts?.[0];
  const last = parts?.at(-1);
  if (!first || !last || !map.range || token?.type !== "flow-collection") return JSON_STYLE;
  const whiteSpace = (start: number, end: number, otherwise: string): string => {
    const found = text.slice(start, end);
    return isBlank(found) ? found : otherwise;
  };
  const second = parts?.[1];
  const sep: readonly CST.SourceToken[] = token.items[0]?.sep ?? [];
  return {
    open: whiteSpace(map.range[0] + 1, first.start, ""),
    between: second && first.comma !== undefined ? whiteSpace(first.comma + 1, second.start, " ") : " ",
    close: whiteSpace(last.end, map.range[1] - 1, ""),
    colon: sep.length === 1 && text[first.start] === '"' ? ":" : ": ",
    quotedKeys: text[first.start] === '"' || text[first.start] === "'",
  };
}
