/** YAML as Go's parser reads it. Source: github.com/yaml/go-yaml, readerc.go and scannerc.go of version 2 */
import { isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { isPrintable, withBreaks } from "../../yaml.ts";
import type { Json } from "../object.ts";
import { badRequest } from "../status.ts";

/** The escape of a surrogate, of which JSON has two for a character above U+FFFF. */
const surrogate = /^"(?:[^\\]|\\[^u]|\\u(?!d[89a-f]))*\\ud[89a-f]/i;

interface Parsed {
  readonly value: Json;
  /** Fields that are sent twice, of which the last counts. */
  readonly strict: readonly string[];
}

/** Throws 400. */
export function parseYaml(body: string): Parsed {
  if (!isPrintable(body)) throw malformed("yaml: control characters are not allowed");
  if ([...new Lexer().lex(body)].some((token) => surrogate.test(token)))
    throw malformed("yaml: found invalid Unicode character escape code");
  const lineCounter = new LineCounter();
  const document = parseDocument(withBreaks(body), {
    ...{ version: "1.1", logLevel: "error", uniqueKeys: false, lineCounter },
    // Dates stay texts, as for Go.
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !/timestamp|binary/.test(tag.tag)),
  });
  const [error] = document.errors;
  if (error) throw malformed(error.message.split("\n")[0] ?? "");
  const duplicates: string[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const { line } = lineCounter.linePos(key.range?.[0] ?? 0);
        if (seen.has(key.value)) duplicates.push(`  line ${line}: key ${JSON.stringify(key.value)} already set in map`);
        seen.add(key.value);
      }
    },
  });
  const strict = duplicates.length > 0 ? [["yaml: unmarshal errors:", ...duplicates].join("\n")] : [];
  return { value: jsonOf(document), strict };
}

function jsonOf(document: ReturnType<typeof parseDocument>): Json {
  try {
    return document.toJS();
  } catch (error) {
    throw malformed((error as Error).message.split("\n")[0] ?? "");
  }
}

const malformed = (why: string): Error => badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`);
