/** JSON as Go's parser reads it: with its messages, duplicate fields, and numbers as they were written. */
import { isList, isMap, type Json } from "../object.ts";

export type Entry = readonly [key: string, value: Json];

/** What JSON.parse loses: all entries of a map in which a field is duplicate, and numbers such as `1.0` as text. */
const duplicates = new WeakMap<object, readonly Entry[]>();
const literals = new WeakMap<object, Map<string, string>>();

/** The entries of a map, in order, with those that a later one replaces. */
export const entriesOf = (map: Readonly<Record<string, Json>>): readonly Entry[] =>
  duplicates.get(map) ?? Object.entries(map);

/** A number as it was written, at a key of a map or at an index of a list. */
export const literalAt = (container: object, key: string, value: Json): string =>
  literals.get(container)?.get(key) ?? `${value}`;

/** `duplicate field "spec.replicas"` */
export function duplicatesIn(value: Json, path = ""): readonly string[] {
  if (isList(value)) return value.flatMap((item, index) => duplicatesIn(item, `${path}[${index}]`));
  if (!isMap(value)) return [];
  const seen = new Set<string>();
  return entriesOf(value).flatMap(([key, inner]) => {
    const at = path === "" ? key : `${path}.${key}`;
    const own = seen.has(key) ? [`duplicate field ${JSON.stringify(at)}`] : [];
    seen.add(key);
    return [...own, ...duplicatesIn(inner, at)];
  });
}

class SyntaxProblem extends Error {}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
/** What a text does not contain as it is. */
const special = /["\\\p{Cc}]/u;
const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const shown = (char: string): string => (char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${char}'`);

/** Throws an error with Go's message. */
export function parseSource(text: string): Json {
  let at = 0;

  function fail(where: string): never {
    const char = text[at];
    throw new SyntaxProblem(
      char === undefined ? "unexpected end of JSON input" : `invalid character ${shown(char)} ${where}`,
    );
  }
  function space(): void {
    for (let code = text.charCodeAt(at); isSpace(code); code = text.charCodeAt(at)) at++;
  }
  function string(): string {
    const start = at;
    const end = text.indexOf('"', start + 1);
    const plain = text.slice(start + 1, end);
    if (end > 0 && !special.test(plain)) {
      at = end + 1;
      return plain;
    }
    for (at++; ; ) {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code) || code < 0x20) fail("in string literal");
      if (code === 0x22) break;
      if (code !== 0x5c) at++;
      else if (!/^["\\/bfnrtu]$/.test(text[++at] ?? "")) fail("in string escape code");
      else if (text[at++] === "u")
        for (const last = at + 4; at < last; at++)
          if (!/^[0-9a-fA-F]$/.test(text[at] ?? "")) fail("in \\u hexadecimal character escape");
    }
    at++;
    return JSON.parse(text.slice(start, at));
  }
  function word(value: Json): Json {
    const whole = `${value}`;
    for (const [index, char] of [...whole].entries()) {
      if (text[at] !== char) fail(`in literal ${whole} (expecting ${shown(whole[index] ?? "")})`);
      at++;
    }
    return value;
  }
  function number(container: object, key: string): number {
    numeral.lastIndex = at;
    const literal = numeral.exec(text)?.[0] ?? "";
    at += literal.length;
    if (literal === "" && text[at] === "-") at++;
    if (literal === "") fail("in numeric literal");
    if (/^(\.|[eE])$/.test(text[at] ?? "")) {
      const isPoint = text[at++] === ".";
      if (!isPoint && /^[-+]$/.test(text[at] ?? "")) at++;
      fail(isPoint ? "after decimal point in numeric literal" : "in exponent of numeric literal");
    }
    const value = Number(literal);
    if (`${value}` !== literal) literals.set(container, (literals.get(container) ?? new Map()).set(key, literal));
    return value;
  }
  function value(container: object, key: string): Json {
    space();
    const char = text[at] ?? "";
    if (char === "{") return map();
    if (char === "[") return list();
    if (char === '"') return string();
    if (char === "t") return word(true);
    if (char === "f") return word(false);
    if (char === "n") return word(null);
    return /^[-\d]$/.test(char) ? number(container, key) : fail("looking for beginning of value");
  }
  function map(): Json {
    const result: Record<string, Json> = {};
    const entries: Entry[] = [];
    at++;
    space();
    for (let isFirst = true; isFirst ? text[at] !== "}" : true; isFirst = false) {
      space();
      if (text[at] !== '"') fail("looking for beginning of object key string");
      const key = string();
      space();
      if (text[at] !== ":") fail("after object key");
      at++;
      const inner = value(result, key);
      entries.push([key, inner]);
      if (key === "__proto__")
        Object.defineProperty(result, key, { value: inner, enumerable: true, configurable: true });
      else result[key] = inner;
      space();
      if (text[at] === "}") break;
      if (text[at] !== ",") fail("after object key:value pair");
      at++;
    }
    at++;
    if (Object.keys(result).length < entries.length) duplicates.set(result, entries);
    return result;
  }
  function list(): Json {
    const result: Json[] = [];
    at++;
    space();
    while (text[at] !== "]" || result.length > 0) {
      result.push(value(result, `${result.length}`));
      space();
      if (text[at] === "]") break;
      if (text[at] !== ",") fail("after array element");
      at++;
    }
    at++;
    return result;
  }

  const whole = value({}, "");
  space();
  if (at < text.length) fail("after top-level value");
  return whole;
}
