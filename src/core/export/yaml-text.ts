/** Writes files as their parsers read them, whatever is in the values: kubectl and SAM read YAML 1.1. */
import { Document, visit } from "yaml";
import { type Hint, partsOf } from "../command.ts";
import { isPlain } from "../mapping/aws-auth/yaml/scalar.ts";
import { escaped } from "../text.ts";

/** Comments in YAML and TOML, a line for each. */
export const commented = (about: readonly Hint[]): readonly string[] =>
  about.map((line) => `# ${escaped(partsOf(line).join(""))}`.trim());

/** A document in block style. Strings have quotes where another YAML would read more than the string. */
export function yamlText(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string") scalar.type = isPlain(scalar.value) ? "PLAIN" : "QUOTE_DOUBLE";
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
  // What is left to escape is in double quotes.
  return text.split("\n").map(escaped).join("\n");
}
