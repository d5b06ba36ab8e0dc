/**
 * Reads a role list, and edits one of its entries. `yaml` takes 200 ms to parse 5,000 entries, and an edit parses twice.
 * A block list is therefore read and edited entry by entry: no line inside an entry starts as far left as its dash
 * (`yaml` refuses quoted and flow text that does). Entries written in the ordinary way need no parser; `yaml` parses
 * others one by one. Any other text is read and edited as a whole.
 */
import { EksLambdaError } from "../errors.ts";
import { locate } from "../yaml.ts";
import { isSkipped, itemsOf, MAP_ROLES, sourceOf } from "./edit.ts";
import { isPlain } from "./yaml/scalar.ts";

export interface RoleList {
  readonly values: readonly unknown[];
  /**
   * Edits the part of the text with the entry at `index` and the one before it (-1: the last) if the result is
   * `right`, else the whole text. Throws what `change` throws for the whole text.
   */
  edit(index: number, change: (part: string) => string, right: (after: readonly unknown[]) => boolean): string;
}

/** Throws as `locate`; `what` names the key, `mapRoles` without it. */
export function roleList(text: string, what = MAP_ROLES.what): RoleList {
  const chunks = isSkipped(text) ? [] : chunksOf(text);
  return {
    values: chunks?.map(({ value }) => value) ?? itemsOf(locate(text, sourceOf(what))),
    edit(index, change, right) {
      const at = index === -1 ? (chunks?.length ?? 0) - 1 : index;
      const chunk = chunks?.[at];
      if (!chunk) return change(text);
      // At the end of a text without a final newline, a removal takes the newline of the entry before.
      const start = chunks[at - 1]?.start ?? 0;
      const part = attempt(() => change(text.slice(start, chunk.end)));
      const after = part === undefined ? undefined : text.slice(0, start) + part + text.slice(chunk.end);
      const isRight = after !== undefined && attempt(() => right(roleList(after).values));
      return isRight ? after : change(text);
    },
  };
}

/** Ignores the error of a part: an edit of the whole text reports the right line and column. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof EksLambdaError) return undefined;
    throw error;
  }
}

interface Chunk {
  /** The line of the dash. */
  readonly start: number;
  /** Where the next entry's line begins. */
  readonly end: number;
  readonly value: unknown;
}

// Document markers, directives, tabs, other line breaks, control characters, and references between entries.
const NOT_SURE =
  /^(?:---|\.\.\.|%|\ufeff)|(?![\n\r])\p{Cc}|[\u2028\u2029\ufffe\uffff]|\r(?!\n)|(?<=[\s,[{:-])[&*!]|<</mu;
const FIRST = /^(?:[ ]*(?:#[^\n]*)?\r?\n)*( *)-(?=[ \r\n])/;

/** The entries of a block list, if they can be read one by one. */
function chunksOf(text: string): readonly Chunk[] | undefined {
  const first = FIRST.exec(text);
  const indent = first?.[1];
  if (!first || indent === undefined || NOT_SURE.test(text)) return undefined;
  const starts = [first[0].length - 1 - indent.length];
  const dash = new RegExp(`\\n${indent}-(?=[ \\r\\n]|$)`, "g");
  dash.lastIndex = starts[0] ?? 0;
  for (let match = dash.exec(text); match; match = dash.exec(text)) starts.push(match.index + 1);

  const chunks: Chunk[] = [];
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? text.length;
    const value = chunkValue(text.slice(start, end), indent.length);
    if (value === undefined) return undefined;
    chunks.push({ start, end, value: value.entry });
  }
  return chunks;
}

function chunkValue(chunk: string, indent: number): { entry: unknown } | undefined {
  const entry = ordinaryEntry(chunk, indent);
  if (entry) return { entry };
  const items = attempt(() => itemsOf(locate(chunk, MAP_ROLES)));
  return items?.length === 1 ? { entry: items[0] } : undefined;
}

const LINE = /^( *)(- +)?(?:([A-Za-z]+):(?: +|$))?(?:"([^"\\]*)"|([A-Za-z][^\s#"',[\]]*))?(?: +#.*| *)$/;
const SKIPPED = /^ *(?:#.*)?$/;

/** Reads `- key: value` lines and lists of words below a key, plain or in double quotes. Anything else: `undefined`. */
function ordinaryEntry(chunk: string, indent: number): Record<string, string | string[]> | undefined {
  const entry: Record<string, string | string[]> = {};
  let column = -1;
  let list: { key: string; items: string[]; column: number } | undefined;
  for (const line of chunk.split(/\r?\n/)) {
    if (SKIPPED.test(line)) continue;
    const [, spaces = "", dash = "", key, inQuotes, plain] = LINE.exec(line) ?? [];
    const value = inQuotes ?? (plain !== undefined && isPlain(plain) ? plain : undefined);
    const at = spaces.length;
    if (column === -1) {
      if (at !== indent || dash === "" || key === undefined) return undefined;
      column = at + dash.length;
    } else if (key === undefined) {
      // An item of the list below the last key.
      if (dash === "" || value === undefined || !list || at < column) return undefined;
      if (list.column === -1) list.column = at;
      if (at !== list.column) return undefined;
      list.items.push(value);
      continue;
    } else if (at !== column || dash !== "") return undefined;
    if (list?.items.length === 0 || Object.hasOwn(entry, key) || !isPlain(key)) return undefined;
    list = undefined;
    if (value !== undefined) entry[key] = value;
    else if (plain === undefined) {
      list = { key, items: [], column: -1 };
      entry[key] = list.items;
    } else return undefined;
  }
  return column === -1 || list?.items.length === 0 ? undefined : entry;
}
