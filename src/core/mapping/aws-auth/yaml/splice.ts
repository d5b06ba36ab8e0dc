/** Edits a text at offsets; every byte outside of the edits stays the same. */

/** Replaces `text.slice(start, end)` by `insert`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

export const insertAt = (at: number, insert: string): Splice => ({ start: at, end: at, insert });
export const cut = (start: number, end: number): Splice => ({ start, end, insert: "" });

/** Applies edits that do not overlap. Texts inserted at the same place keep the order of the edits. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toReversed()
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert }) => result.slice(0, start) + insert + result.slice(end), text);
}

/** The start of the line that holds `offset`. */
export const lineStart = (text: string, offset: number): number =>
  offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;

/** The end of the line that holds `offset`, before its LF or CRLF. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  if (at === -1) return text.length;
  return at > offset && text[at - 1] === "\r" ? at - 1 : at;
}

/** The start of the next line, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

/** Cuts the lines from `start` to `last`. At the end of a text without a final newline, cuts the newline before them. */
export function cutLines(text: string, start: number, last: number): Splice {
  const from = lineStart(text, start);
  const to = nextLine(text, last);
  if (to < text.length || text.endsWith("\n")) return cut(from, to);
  return cut(text.startsWith("\r\n", from - 2) ? from - 2 : Math.max(0, from - 1), to);
}

/** Extends a cut by the empty lines and the comments right of `column` after it, which a block scalar above would include. */
export function withTrailing(text: string, { start, end, insert }: Splice, column: number): Splice {
  const trailing = new RegExp(`(?: *\\r?\\n| {${column + 1},}#[^\\n]*(?:\\n|$))*`, "y");
  trailing.lastIndex = end;
  const found = end === lineStart(text, end) ? (trailing.exec(text)?.[0] ?? "") : "";
  return { start, end: end + found.length, insert };
}

/** The first line ending of the text; LF if it has one line. */
export const newlineOf = (text: string): string => (/\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n");

export const isBlank = (text: string): boolean => text.trim() === "";
