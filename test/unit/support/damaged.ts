/** Damages texts at random. */
import fc from "fast-check";

/** Characters with a meaning in YAML, and characters that parsers refuse. */
const indicators = [
  "'",
  '"',
  "[",
  "]",
  "{",
  "}",
  ":",
  ": ",
  "- ",
  "-",
  "#",
  " #",
  "&a ",
  "*a",
  "!",
  "!!x",
  "|",
  ">",
  ",",
];
const others = ["\t", "\r", " ", "\n", "\n  ", "? ", "<<: ", "---\n", "%", "@", "`", "\u2028", "\0", "é"];
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "", ...indicators, ...others) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
);

export interface Damage {
  readonly minEdits?: number;
  /** Additional texts to insert. */
  readonly inserts?: readonly string[];
}

/** Texts in which up to three ranges were removed or replaced. */
export function damaged(
  texts: fc.Arbitrary<string>,
  { minEdits = 0, inserts = [] }: Damage = {},
): fc.Arbitrary<string> {
  const insert = inserts.length > 0 ? fc.oneof(piece, fc.constantFrom(...inserts)) : piece;
  const edit = fc.record({ at: fc.nat(), remove: fc.constantFrom(0, 0, 1, 2, 3, 12), insert });
  return fc.tuple(texts, fc.array(edit, { minLength: minEdits, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((result, { at, remove, insert }) => {
      const offset = at % (result.length + 1);
      return result.slice(0, offset) + insert + result.slice(offset + remove);
    }, text),
  );
}
