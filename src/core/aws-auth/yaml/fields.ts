/** Changing one mapping in place: setting and removing keys, and nothing else of it. */
import { isCollection, isScalar, type Node, type Pair, Scalar, type YAMLMap } from "yaml";
import { linesOut } from "./block.ts";
import { removeFlow } from "./flow.ts";
import { contentEnd, isNode } from "./nodes.ts";
import { quoted, scalar } from "./scalar.ts";
import { cut, insertAt, isBlank, lineEnd, lineStart, nextLine, type Splice } from "./splice.ts";

/** Why an edit is not possible, and where. */
export class CannotEdit extends Error {
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** A key of a mapping that was read, and where. */
export interface Field {
  readonly index: number;
  readonly key: Node;
  readonly value: Node | undefined;
  /** Where the key begins, with its anchor or tag. */
  readonly start: number;
  /** Where the value's last own character ends. */
  readonly end: number;
}

/** The field of that name in any letter case, as Go's `encoding/json` matches it. */
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

/** Another text in the place of a field's value, in its own quotes. */
export function setValue(text: string, map: YAMLMap, { value, end }: Field, wanted: string): Splice {
  if (isCollection(value) && !value.flow) throw new CannotEdit(value.range?.[0] ?? end, "a text should stand here");
  const written = map.flow ? quoted(wanted) : scalar(wanted);
  const [from, to] = value?.range ?? [end, end];
  if (from === to) {
    const [before, behind] = [text[from - 1] === ":" ? " " : "", text[from] === "#" ? " " : ""];
    return insertAt(from, `${before}${written}${behind}`);
  }
  const source = text.slice(from, to);
  return { start: from, end: to, insert: isScalar(value) ? inStyleOf(value, source, written, wanted) : written };
}

function inStyleOf(value: Scalar, source: string, written: string, wanted: string): string {
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

/** A new key behind another. */
export function addField(
  text: string,
  map: YAMLMap,
  after: Field,
  key: string,
  value: string,
  newline: string,
): Splice {
  if (map.flow) {
    const quote = /^["']/.exec(text.slice(after.start))?.[0] ?? "";
    return insertAt(after.end, `, ${quote}${key}${quote}: ${quoted(value)}`);
  }
  const first = fieldAt(map, 0);
  const column = first.start - lineStart(text, first.start);
  return insertAt(lineEnd(text, after.end - 1), `${newline}${" ".repeat(column)}${key}: ${scalar(value)}`);
}

/**
 * A field goes with the comments on its own lines; comments on lines before and after it stay, unless they are to go
 * as `trailing`.
 */
export function removeField(text: string, map: YAMLMap, field: Field, trailing: boolean): readonly Splice[] {
  if (map.flow) {
    const splices = removeFlow(text, map, field.index);
    if (!splices) throw new CannotEdit(field.start, "its parts cannot be told apart");
    return splices;
  }
  const last = field.end - 1;
  if (isBlank(text.slice(lineStart(text, field.start), field.start))) {
    const [lines, withRest] = linesOut(text, field.start, last, map.items[field.index - 1]?.value);
    return [trailing ? withRest : lines];
  }
  // The first key stands behind the dash: the next one takes its place, or the dash stays alone above a comment.
  const next = map.items.length > 1 ? fieldAt(map, 1) : undefined;
  if (!next) throw new CannotEdit(field.start, "the only key of its entry");
  if (isBlank(text.slice(nextLine(text, last), next.start))) return [cut(field.start, next.start)];
  const head = text.slice(lineStart(text, field.start), field.start).trimEnd();
  return [cut(lineStart(text, field.start) + head.length, lineEnd(text, last))];
}
