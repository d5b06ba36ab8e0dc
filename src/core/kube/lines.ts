/** Splits a stream of text into lines. */
import { maxBodyBytes } from "./body.ts";

/** Also yields a last line without a line feed. Throws for a line with more characters than an answer may have bytes. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = piece.split("\n");
    // Splitting the whole line again with each piece would take time by its square.
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    if (rest.length > maxBodyBytes) throw new Error("a line is too long");
    yield* lines;
  }
  if (rest) yield rest;
}

/** Values that are requested when a loop over them begins. */
export interface Many<T> extends AsyncIterable<T> {
  toArray(): Promise<T[]>;
}

export const many = <T>(values: () => AsyncGenerator<T, void, undefined>): Many<T> => ({
  [Symbol.asyncIterator]: values,
  async toArray() {
    const all: T[] = [];
    for await (const value of values()) all.push(value);
    return all;
  },
});
