/** Edits of text at offsets, so that every byte outside of them stays what it was. */

/** Replaces `text.slice(start, end)` by `insert`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

export const insertAt = (at: number, insert: string): Splice => ({ start: at, end: at, insert });
export const cut = (start: number, end: number): Splice => ({ start, end, insert: "" });

/** Applies edits that do not overlap; what is inserted at the same place keeps the edits' order. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toReversed()
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert }) => result.slice(0, start) + insert + result.slice(end), text);
}

/** Where the line that holds `offset` begins. */
export const lineStart = (text: string, offset: number): number =>
  offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;

/** Where the line that holds `offset` ends, before its LF or CRLF. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  if (at === -1) return text.length;
  return at > offset && text[at - 1] === "\r" ? at - 1 : at;
}

/** Where the next line begins, or the text ends. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

/** The whole lines from `start`'s to the one with `last`; at the end of a text without a final newline, the newline before them goes instead. */
export function cutLines(text: string, start: number, last: number): Splice {
  const from = lineStart(text, start);
  const to = nextLine(text, last);
  if (to < text.length || text.endsWith("\n")) return cut(from, to);
  return cut(text.startsWith("\r\n", from - 2) ? from - 2 : Math.max(0, from - 1), to);
}

/** A cut of lines with the empty lines and the comments right of `column` behind it, which a block scalar before it would swallow. */
export function withTrailing(text: string, { start, end, insert }: Splice, column: number): Splice {
  const trailing = new RegExp(`(?: *\\r?\\n| {${column + 1},}#[^\\n]*(?:\\n|$))*`, "y");
  trailing.lastIndex = end;
  const found = end === lineStart(text, end) ? (trailing.exec(text)?.[0] ?? "") : "";
  return { start, end: end + found.length, insert };
}

/** The line ending that the text uses first; LF when it has one line. */
export const newlineOf = (text: string): string => (/\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n");

export const isBlank = (text: string): boolean => text.trim() === "";
