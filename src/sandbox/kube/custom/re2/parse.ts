/** Parses a regular expression as Go does, with its messages. Source: https://github.com/google/re2/wiki/Syntax */

/** True for a code point. */
type Test = (code: number) => boolean;
/** `start` and `end` of the text, of a line, and borders of words. */
export type Border = "start" | "end" | "lineStart" | "lineEnd" | "word" | "noWord";
export type Node =
  | { readonly is: "char"; readonly test: Test }
  | { readonly is: "border"; readonly at: Border }
  | { readonly is: "all"; readonly parts: readonly Node[] }
  | { readonly is: "any"; readonly parts: readonly Node[] }
  | Repeated;
interface Repeated {
  readonly is: "repeat";
  readonly part: Node;
  readonly least: number;
  /** Infinity for no limit. */
  readonly most: number;
  readonly isLazy: boolean;
}

export class PatternProblem extends Error {
  constructor(what: string, where: string) {
    super(`error parsing regexp: ${what}: \`${where}\``);
  }
}

interface Flags {
  /** Ignores case. */
  readonly i: boolean;
  /** `^` and `$` match at lines. */
  readonly m: boolean;
  /** `.` matches a newline. */
  readonly s: boolean;
  /** Swaps `x*` and `x*?`. */
  readonly U: boolean;
}

/** As in Go: a repetition has at most 1,000 parts, and groups are 1,000 deep. */
const most = 1000;

const nothing: Node = { is: "all", parts: [] };
const char = (test: Test): Node => ({ is: "char", test });
const between =
  (first: number, last: number): Test =>
  (code) =>
    code >= first && code <= last;
const not =
  (test: Test): Test =>
  (code) =>
    !test(code);
const anyOf =
  (tests: readonly Test[]): Test =>
  (code) =>
    tests.some((test) => test(code));
const oneOf = (...tests: readonly Test[]): Test => anyOf(tests);
const codeOf = (text: string): number => text.codePointAt(0) ?? 0;
const is = (text: string): Test => {
  const codes = [...text].map(codeOf);
  return (code) => codes.includes(code);
};
const digit = between(0x30, 0x39);
const [upper, lower] = [between(0x41, 0x5a), between(0x61, 0x7a)];
const letter = oneOf(upper, lower);
export const isWord = oneOf(digit, letter, is("_"));
const space = is("\t\n\f\r ");

const perl: Readonly<Record<string, Test>> = { d: digit, s: space, w: isWord };
const posix: Readonly<Record<string, Test>> = {
  alnum: oneOf(digit, letter),
  alpha: letter,
  ascii: between(0, 0x7f),
  blank: is("\t "),
  cntrl: oneOf(between(0, 0x1f), is("\x7f")),
  digit,
  graph: between(0x21, 0x7e),
  lower,
  print: between(0x20, 0x7e),
  punct: oneOf(between(0x21, 0x2f), between(0x3a, 0x40), between(0x5b, 0x60), between(0x7b, 0x7e)),
  space: oneOf(space, is("\v")),
  upper,
  word: isWord,
  xdigit: oneOf(digit, between(0x41, 0x46), between(0x61, 0x66)),
};
const escapes: Readonly<Record<string, string>> = { a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const borders: Readonly<Record<string, Border>> = { A: "start", z: "end", b: "word", B: "noWord" };

/** Also of the same letter in the other case. */
function folded(test: Test): Test {
  return (code) => {
    const text = String.fromCodePoint(code);
    return test(code) || test(codeOf(text.toLowerCase())) || test(codeOf(text.toUpperCase()));
  };
}

/** `\pL`, `\p{Greek}`, `\p{^Greek}`. Undefined for a name that Unicode does not have. */
function unicode(name: string): Test | undefined {
  if (name === "Any") return () => true;
  const property = name.length > 2 ? `Script=${name}` : name;
  try {
    const one = new RegExp(`^\\p{${property}}$`, "u");
    return (code) => one.test(String.fromCodePoint(code));
  } catch {
    return undefined;
  }
}

/** Throws a `PatternProblem`. */
export function parsePattern(pattern: string): Node {
  let at = 0;
  let depth = 0;
  let flags: Flags = { i: false, m: false, s: false, U: false };

  const rest = (): string => pattern.slice(at);
  const sees = (text: string): boolean => pattern.startsWith(text, at);
  const take = (expression: RegExp): RegExpExecArray | null => {
    const found = expression.exec(rest());
    if (found) at += found[0].length;
    return found;
  };
  const fail = (what: string, where: string): never => {
    throw new PatternProblem(what, where);
  };
  const next = (): string => {
    const text = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    at += text.length;
    return text;
  };
  const cased = (test: Test): Test => (flags.i ? folded(test) : test);

  function alternatives(): Node {
    const parts = [sequence()];
    while (sees("|")) {
      at++;
      parts.push(sequence());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { is: "any", parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < pattern.length && !sees("|") && !sees(")")) {
      if (take(/^\\Q/)) {
        const end = pattern.indexOf("\\E", at);
        for (const one of pattern.slice(at, end < 0 ? undefined : end)) parts.push(char(cased(is(one))));
        at = end < 0 ? pattern.length : end + 2;
        continue;
      }
      parts.push(repeated(single(), at));
    }
    return { is: "all", parts };
  }

  function single(): Node {
    const start = at;
    const text = next();
    if (text === "(") return group(start);
    if (text === "[") return char(cased(set(start)));
    if (text === ".") return char(flags.s ? () => true : not(is("\n")));
    if (text === "^") return { is: "border", at: flags.m ? "lineStart" : "start" };
    if (text === "$") return { is: "border", at: flags.m ? "lineEnd" : "end" };
    if (/^[*+?]$/.test(text)) return fail("missing argument to repetition operator", text);
    if (text !== "\\") return char(cased(is(text)));
    const border = borders[pattern[at] ?? ""];
    if (border === undefined) return char(cased(escaped(start)));
    at++;
    return { is: "border", at: border };
  }

  function group(start: number): Node {
    if (++depth > most) fail("expression nests too deeply", pattern);
    const before = flags;
    if (sees("?")) {
      const named = take(/^\?P?<([^>]*)>/);
      if (named && !/^\w+$/.test(named[1] ?? "")) fail("invalid named capture", `(${named[0]}`);
      if (!named && /^\?P?</.test(rest())) fail("invalid named capture", pattern.slice(start));
      const set = named ? undefined : take(/^\?([imsU]*)(?:-([imsU]+))?([:)])/);
      if (!named && !set) fail("invalid or unsupported Perl syntax", `(${/^\?(?:<?.)?/.exec(rest())?.[0] ?? "?"}`);
      if (set) {
        const [, on = "", off = "", end] = set;
        const given = (names: string, value: boolean) => Object.fromEntries([...names].map((one) => [one, value]));
        flags = { ...flags, ...given(on, true), ...given(off, false) };
        // `(?i)` is for the rest of the group around it.
        if (end === ")") {
          depth--;
          return nothing;
        }
      }
    }
    const inner = alternatives();
    if (!sees(")")) fail("missing closing )", pattern);
    at++;
    depth--;
    flags = before;
    return inner;
  }

  function repeated(part: Node, start: number): Node {
    const found = take(/^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/);
    if (!found) return part;
    const [text, first, comma, second] = found;
    const least = first === undefined ? (text === "+" ? 1 : 0) : Number(first);
    const largest = comma ? (second ? Number(second) : Number.POSITIVE_INFINITY) : Number(first);
    const last = first === undefined ? (text === "?" ? 1 : Number.POSITIVE_INFINITY) : largest;
    const hasEnd = last !== Number.POSITIVE_INFINITY;
    if (least > most || (hasEnd && (last > most || last < least))) fail("invalid repeat count", text);
    const isLazy = Boolean(take(/^\?/)) !== flags.U;
    const again = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest());
    if (again) fail("invalid nested repetition operator", pattern.slice(start, at + again[0].length));
    const result: Repeated = { is: "repeat", part, least, most: last, isLazy };
    if (first !== undefined && sizeOf(result) > most) fail("invalid repeat count", text);
    return result;
  }

  function escaped(start: number): Test {
    if (at >= pattern.length) fail("trailing backslash at end of expression", "");
    const property = take(/^([pP])(?:\{(\^?)([^}]*)\}|([^{]))/u);
    if (property) {
      const [, letterOf, isInverse, long, short] = property;
      const found = unicode(long ?? short ?? "");
      if (!found) return fail("invalid character class range", pattern.slice(start, at));
      return (letterOf === "P") !== Boolean(isInverse) ? not(found) : found;
    }
    const octal = take(/^(0[0-7]{0,2}|[1-7][0-7]{1,2})/);
    if (octal) return is(String.fromCodePoint(Number.parseInt(octal[0], 8)));
    const hex = take(/^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/);
    const code = hex && Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
    if (code && code > 0x10ffff) fail("invalid escape sequence", pattern.slice(start, at));
    if (code !== null) return is(String.fromCodePoint(code));
    const text = next();
    const known = perl[text.toLowerCase()];
    if (known) return text === text.toLowerCase() ? known : not(known);
    const control = escapes[text];
    if (control) return is(control);
    if (/^\p{ASCII}$/u.test(text) && !/^\w$/.test(text)) return is(text);
    return fail("invalid escape sequence", pattern.slice(start, at));
  }

  /** One code point of a set, or a class of them. */
  function member(): { readonly code?: number; readonly test: Test } {
    const from = at;
    if (!sees("\\")) {
      const text = next();
      return { code: codeOf(text), test: is(text) };
    }
    at++;
    const test = escaped(from);
    const text = pattern.slice(from + 1, at);
    if (/^[pPdDsSwW]/.test(text)) return { test };
    // An escape that is one code point.
    const exact = escapes[text] ?? (/^[0-7]+$/.test(text) ? String.fromCodePoint(Number.parseInt(text, 8)) : undefined);
    const hex = /^x\{?([0-9a-fA-F]+)\}?$/.exec(text)?.[1];
    return { code: exact ? codeOf(exact) : hex ? Number.parseInt(hex, 16) : codeOf(text), test };
  }

  function set(start: number): Test {
    const isInverse = Boolean(take(/^\^/));
    const tests: Test[] = [];
    for (let isFirst = true; isFirst || !sees("]"); isFirst = false) {
      if (at >= pattern.length) fail("missing closing ]", pattern.slice(start));
      const named = take(/^\[:(\^?)(\w*):\]/);
      if (named) {
        const found = posix[named[2] ?? ""];
        if (!found) fail("invalid character class range", named[0]);
        else tests.push(named[1] ? not(found) : found);
        continue;
      }
      const from = at;
      const { code: first, test } = member();
      if (first === undefined || !/^-[^\]]/u.test(rest())) {
        tests.push(test);
        continue;
      }
      at++;
      const { code: last } = member();
      if (last === undefined || last < first) return fail("invalid character class range", pattern.slice(from, at));
      tests.push(between(first, last));
    }
    at++;
    const all = anyOf(tests);
    // Case is ignored before a set is inverted.
    return isInverse ? not(flags.i ? folded(all) : all) : all;
  }

  const whole = alternatives();
  if (sees(")")) fail("unexpected )", pattern);
  return whole;
}

/** How many times a counted repetition repeats its innermost part. */
function sizeOf(node: Node): number {
  if (node.is === "repeat") {
    const times = node.most === Number.POSITIVE_INFINITY ? Math.max(node.least, 1) : Math.max(node.most, 1);
    return times * sizeOf(node.part);
  }
  return node.is === "all" || node.is === "any"
    ? node.parts.reduce((most, part) => Math.max(most, sizeOf(part)), 1)
    : 1;
}
