/** Changes one mapping in place: sets and removes keys, and leaves the rest. */
import { isCollection, isScalar, type Node, type Pair, Scalar, type YAMLMap } from "yaml";
import { linesOut } from "./block.ts";
import { removeFlow } from "./flow.ts";
import { contentEnd, isNode } from "./nodes.ts";
import { quoted, scalar } from "./scalar.ts";
import { cut, insertAt, isBlank, lineEnd, lineStart, newlineOf, nextLine, type Splice } from "./splice.ts";

/** An edit is not possible: the reason, and the offset in the text. */
export class CannotEdit extends Error {
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** A key of a mapping, and its place in the text. */
export interface Field {
  readonly index: number;
  readonly key: Node;
  readonly value: Node | undefined;
  /** The start of the key, including its anchor or tag. */
  readonly start: number;
  /** The end of the value's last own character. */
  readonly end: number;
}

/** A mapping and the text that it was read from. */
export interface Mapping {
  readonly text: string;
  readonly map: YAMLMap;
}

/** The field with that name in any letter case, as Go's `encoding/json` matches it. */
export function fieldOf(map: YAMLMap, name: string): Field | undefined {
  const found = map.items.flatMap((pair, index) => (nameOf(pair) === name.toLowerCase() ? [fieldAt(map, index)] : []));
  const second = found[1];
  if (second) throw new CannotEdit(second.start, `"${name}" is there twice; remove one`);
  return found[0];
}

const nameOf = ({ key }: Pair): string | undefined =>
  isScalar(key) && typeof key.value === "string" ? key.value.toLowerCase() : undefined;

function fieldAt(map: YAMLMap, index: number): Field {
  const pair = map.items[index];
  const key = pair?.key;
  const tokens = pair?.srcToken?.start ?? [];
  if (!isNode(key) || !key.range) throw new CannotEdit(map.range?.[0] ?? 0, "a key without a place");
  const explicit = tokens.find(({ type }) => type === "explicit-key-ind");
  if (explicit) throw new CannotEdit(explicit.offset, "a key written with `?`; write it as `key: value`");
  const start = tokens.find(({ type }) => type === "anchor" || type === "tag")?.offset ?? key.range[0];
  const value = isNode(pair?.value) ? pair.value : undefined;
  const colon = pair?.srcToken?.sep?.find(({ type }) => type === "map-value-ind");
  const end = Math.max(value ? contentEnd(value, key.range[1]) : 0, colon ? colon.offset + 1 : key.range[1]);
  return { index, key, value, start, end };
}

/** Replaces a field's value and keeps its quotes. */
export function setValue({ text, map }: Mapping, { value, end }: Field, wanted: string): Splice {
  if (isCollection(value) && !value.flow) throw new CannotEdit(value.range?.[0] ?? end, "a text is expected here");
  const written = map.flow ? quoted(wanted) : scalar(wanted);
  const [from, to] = value?.range ?? [end, end];
  if (from === to) {
    const [before, behind] = [text[from - 1] === ":" ? " " : "", text[from] === "#" ? " " : ""];
    return insertAt(from, `${before}${written}${behind}`);
  }
  const source = text.slice(from, to);
  return { start: from, end: to, insert: isScalar(value) ? inStyleOf(value, source, { written, wanted }) : written };
}

interface NewValue {
  /** Plain, or in double quotes. */
  readonly written: string;
  readonly wanted: string;
}

function inStyleOf(value: Scalar, source: string, { written, wanted }: NewValue): string {
  switch (value.type) {
    case Scalar.QUOTE_DOUBLE:
      return quoted(wanted);
    case Scalar.QUOTE_SINGLE:
      return /[^\x20-\x7e]/.test(wanted) ? quoted(wanted) : `'${wanted.replaceAll("'", "''")}'`;
    case Scalar.BLOCK_FOLDED:
    case Scalar.BLOCK_LITERAL: {
      const comment = /^[^\r\n]*?([ \t]+#[^\r\n]*)/.exec(source)?.[1] ?? "";
      return `${written}${comment}${/(?:\r?\n[ \r\n]*)?$/.exec(source)?.[0] ?? ""}`;
    }
    default:
      return written;
  }
}

/** Adds a key after another. */
export function addField(
  { text, map }: Mapping,
  after: Field,
  { key, value }: Readonly<Record<"key" | "value", string>>,
): Splice {
  if (map.flow) {
    const quote = /^["']/.exec(text.slice(after.start))?.[0] ?? "";
    return insertAt(after.end, `, ${quote}${key}${quote}: ${quoted(value)}`);
  }
  const first = fieldAt(map, 0);
  const column = first.start - lineStart(text, first.start);
  return insertAt(lineEnd(text, after.end - 1), `${newlineOf(text)}${" ".repeat(column)}${key}: ${scalar(value)}`);
}

/** What happens to comments on the lines after a field, which a block scalar above could take for its text. */
export type Trailing = "keep" | "remove";

/** Removes a field with the comments on its own lines. Comments on the lines before it stay. */
export function removeField({ text, map }: Mapping, field: Field, trailing: Trailing): readonly Splice[] {
  if (map.flow) {
    const splices = removeFlow(text, map, field.index);
    if (!splices) throw new CannotEdit(field.start, "its parts cannot be told apart");
    return splices;
  }
  const last = field.end - 1;
  if (isBlank(text.slice(lineStart(text, field.start), field.start))) {
    const [lines, withRest] = linesOut(text, { start: field.start, last }, map.items[field.index - 1]?.value);
    return [trailing === "remove" ? withRest : lines];
  }
  // The first key follows the dash. The next key takes its place, or the dash stays alone above a comment.
  const next = map.items.length > 1 ? fieldAt(map, 1) : undefined;
  if (!next) throw new CannotEdit(field.start, "the only key of its entry");
  if (isBlank(text.slice(nextLine(text, last), next.start))) return [cut(field.start, next.start)];
  const head = text.slice(lineStart(text, field.start), field.start).trimEnd();
  return [cut(lineStart(text, field.start) + head.length, lineEnd(text, last))];
}
