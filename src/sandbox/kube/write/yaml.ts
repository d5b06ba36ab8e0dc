/** YAML as Go's parser reads it. Source: github.com/yaml/go-yaml, readerc.go and scannerc.go of version 2 */
import { Lexer, parse } from "yaml";
import { isPrintable, withBreaks } from "../../yaml.ts";
import type { Json } from "../object.ts";
import { badRequest } from "../status.ts";

/** The escape of a surrogate, of which JSON has two for a character above U+FFFF. */
const surrogate = /^"(?:[^\\]|\\[^u]|\\u(?!d[89a-f]))*\\ud[89a-f]/i;

/** Throws 400. */
export function parseYaml(body: string): Json {
  if (!isPrintable(body)) throw malformed("yaml: control characters are not allowed");
  if ([...new Lexer().lex(body)].some((token) => surrogate.test(token)))
    throw malformed("yaml: found invalid Unicode character escape code");
  try {
    return parse(withBreaks(body), { logLevel: "error" });
  } catch (error) {
    throw malformed((error as Error).message.split("\n")[0] ?? "");
  }
}

const malformed = (why: string): Error => badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`);
