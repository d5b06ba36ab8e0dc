/**
 * Matches as Go does, in a time that grows only with the text: JavaScript's own expressions try every way to match, and
 * `(a+)+$` has more ways than there is time. Source: https://swtch.com/~rsc/regexp/regexp2.html
 */
import { type Border, isWord, type Node, PatternProblem, parsePattern } from "./parse.ts";

type Step =
  | { readonly is: "char"; readonly test: (code: number) => boolean }
  | { readonly is: "border"; readonly at: Border }
  /** Continues at each of the places, the first one preferred. */
  | { is: "to"; places: number[] }
  | { readonly is: "match" };

export interface Pattern {
  readonly test: (text: string) => boolean;
  /** The matches that do not overlap. */
  readonly all: (text: string) => Iterable<string>;
  /** How many steps each character can take. */
  readonly size: number;
}

/** Larger expressions are refused, as Go refuses those that take too much memory. */
const largest = 100_000;
/** Of one schema after another, until they have too many steps. */
const known = new Map<string, Pattern>();
const remembered = 200_000;
let kept = 0;

/** Throws a `PatternProblem`. */
export function patternOf(text: string): Pattern {
  const found = known.get(text);
  if (found) return found;
  const steps: Step[] = [];
  write(parsePattern(text), steps, text);
  steps.push({ is: "match" });
  const pattern: Pattern = {
    test: (given) => search({ steps, codes: [...given].map(code), from: 0, isAny: true }) !== undefined,
    all: (given) => allOf(steps, given),
    size: steps.length,
  };
  kept += steps.length;
  if (kept > remembered) {
    known.clear();
    kept = steps.length;
  }
  known.set(text, pattern);
  return pattern;
}

const code = (text: string): number => text.codePointAt(0) ?? 0;

function write(node: Node, steps: Step[], text: string): void {
  if (steps.length > largest) throw new PatternProblem("expression too large", text);
  if (node.is === "char" || node.is === "border") steps.push(node);
  else if (node.is === "all") for (const part of node.parts) write(part, steps, text);
  else if (node.is === "any") writeAny(node.parts, steps, text);
  else {
    const { part, least, most, isLazy } = node;
    for (let count = 0; count < least; count++) write(part, steps, text);
    const order = (go: number, leave: number) => (isLazy ? [leave, go] : [go, leave]);
    if (most === Number.POSITIVE_INFINITY) {
      const fork: Step = { is: "to", places: [] };
      const at = steps.push(fork) - 1;
      write(part, steps, text);
      steps.push({ is: "to", places: [at] });
      fork.places = order(at + 1, steps.length);
      return;
    }
    const forks: { fork: { places: number[] }; at: number }[] = [];
    for (let count = least; count < most; count++) {
      const fork: Step = { is: "to", places: [] };
      forks.push({ fork, at: steps.push(fork) });
      write(part, steps, text);
    }
    for (const { fork, at } of forks) fork.places = order(at, steps.length);
  }
}

function writeAny(parts: readonly Node[], steps: Step[], text: string): void {
  const fork: Step = { is: "to", places: [] };
  steps.push(fork);
  const ends = parts.map((part) => {
    fork.places.push(steps.length);
    write(part, steps, text);
    const end: Step = { is: "to", places: [] };
    steps.push(end);
    return end;
  });
  for (const end of ends) end.places.push(steps.length);
}

interface Thread {
  readonly step: number;
  readonly start: number;
}
interface Match {
  readonly start: number;
  readonly end: number;
}

const newline = 0x0a;

function isAt(border: Border, codes: readonly number[], at: number): boolean {
  const [before, after] = [codes[at - 1], codes[at]];
  if (border === "start") return at === 0;
  if (border === "end") return at === codes.length;
  if (border === "lineStart") return at === 0 || before === newline;
  if (border === "lineEnd") return at === codes.length || after === newline;
  const isInWord = (one: number | undefined) => one !== undefined && isWord(one);
  return (isInWord(before) !== isInWord(after)) === (border === "word");
}

interface Search {
  readonly steps: readonly Step[];
  readonly codes: readonly number[];
  readonly from: number;
  /** Any match will do. */
  readonly isAny: boolean;
}

/** The leftmost match, preferring as the expression does. */
function search({ steps, codes, from, isAny }: Search): Match | undefined {
  let threads: Thread[] = [];
  let found: Match | undefined;
  for (let at = from; at <= codes.length; at++) {
    const reached: Thread[] = [];
    const seen = new Uint8Array(steps.length);
    /** Follows the steps that take no character, without a call for each: an expression can have thousands of them. */
    const follow = ({ step: first, start }: Thread): void => {
      const open = [first];
      for (let step = open.pop(); step !== undefined; step = open.pop()) {
        if (seen[step]) continue;
        seen[step] = 1;
        const own = steps[step];
        if (own?.is === "to") for (const place of own.places.toReversed()) open.push(place);
        else if (own?.is !== "border") reached.push({ step, start });
        else if (isAt(own.at, codes, at)) open.push(step + 1);
      }
    };
    for (const thread of threads) follow(thread);
    if (!found) follow({ step: 0, start: at });
    threads = [];
    const one = codes[at];
    for (const { step, start } of reached) {
      const own = steps[step];
      if (own?.is === "match") {
        if (!found || start <= found.start) found = { start, end: at };
        if (isAny) return found;
        // What comes later is not preferred.
        break;
      }
      if (own?.is === "char" && one !== undefined && own.test(one)) threads.push({ step: step + 1, start });
    }
    if (found && threads.length === 0) return found;
  }
  return found;
}

function* allOf(steps: readonly Step[], text: string): Iterable<string> {
  const chars = [...text];
  const codes = chars.map(code);
  let last = -1;
  for (let at = 0; at <= codes.length; ) {
    const match = search({ steps, codes, from: at, isAny: false });
    if (!match) break;
    const isEmpty = match.start === match.end;
    // An empty match right after another one does not count.
    if (!isEmpty || match.start !== last) yield chars.slice(match.start, match.end).join("");
    last = match.end;
    at = isEmpty ? match.end + 1 : match.end;
  }
}
