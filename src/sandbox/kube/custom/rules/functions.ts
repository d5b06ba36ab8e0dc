/**
 * Functions of cel-go and Kubernetes by their signatures. Source: https://github.com/google/cel-go/tree/master/ext,
 * k8s.io/apiserver/pkg/cel/library
 */
import { Optional } from "@marcbachmann/cel-js";
import { type Pattern, patternOf } from "../re2/match.ts";
import { spend } from "./meter.ts";
import { has, isMap, same } from "./same.ts";

/** Called only with values of the types in its signature. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;
type List = readonly unknown[];
type Ordered = bigint | number | string;

const chars = (text: string): readonly string[] => [...text];
const count = (text: string): bigint => BigInt(chars(text).length);
const outOfRange = (at: bigint): Error => new Error(`index out of range: ${at}`);

/** JavaScript may compare the part at each place of the text. */
function spendSearch(text: string, part: string): void {
  spend((text.length * part.length) / 100);
}
function contains(text: string, part: string): boolean {
  spendSearch(text, part);
  return text.includes(part);
}

/** Where a text is in another one, in characters. */
const found =
  (isLast: boolean) =>
  (text: string, wanted: string, from?: bigint): bigint => {
    spendSearch(text, wanted);
    const all = chars(text);
    const start = from ?? (isLast ? BigInt(all.length) : 0n);
    if (start < 0n || start > BigInt(all.length)) throw outOfRange(start);
    if (wanted === "") return start;
    const units = all.slice(0, Number(start)).join("").length;
    const at = isLast ? text.lastIndexOf(wanted, units) : text.indexOf(wanted, units);
    return at < 0 ? -1n : count(text.slice(0, at));
  };

function substring(text: string, start: bigint, to?: bigint): string {
  const all = chars(text);
  const end = to ?? BigInt(all.length);
  if (to !== undefined && start > end) throw new Error(`invalid substring range. start: ${start}, end: ${end}`);
  for (const at of [start, end]) if (at < 0n || at > BigInt(all.length)) throw outOfRange(at);
  return all.slice(Number(start), Number(end)).join("");
}

function split(text: string, by: string, limit = -1n): List {
  if (limit === 0n) return [];
  spendSearch(text, by);
  const parts = by === "" ? chars(text) : text.split(by);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const first = parts.slice(0, Number(limit) - 1);
  return [...first, parts.slice(first.length).join(by)];
}

function join(list: List, by = ""): string {
  const texts = list.map((item) => {
    if (typeof item !== "string") throw new Error(`join: invalid input: ${item}`);
    return item;
  });
  spend(texts.reduce((all, text) => all + text.length + by.length, 0) / 10);
  return texts.join(by);
}

function replace(...[text, wanted, by, limit = -1n]: [string, string, string, bigint?]): string {
  spendSearch(text, wanted);
  const parts = wanted === "" ? ["", ...chars(text), ""] : text.split(wanted);
  const times = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  const rest = parts.slice(times).join(wanted);
  return join([...parts.slice(0, times), rest], by);
}

/** A search may look at each step of the pattern for each character. */
function searched(text: string, expression: string): Pattern {
  spend(expression.length / 10);
  const pattern = patternOf(expression);
  spend(((text.length + 1) * pattern.size) / 10);
  return pattern;
}
function findAll(text: string, expression: string, limit = -1n): List {
  const all: string[] = [];
  const pattern = searched(text, expression);
  if (limit !== 0n)
    for (const one of pattern.all(text)) {
      if (all.push(one) === Number(limit)) break;
      // It looks at the rest again.
      searched(text, expression);
    }
  return all;
}
const matches = (text: string, expression: string): boolean => searched(text, expression).test(text);

const isOrdered = (left: unknown, right: unknown): boolean => (left as Ordered) <= (right as Ordered);
function extreme(list: List, isBetter: (one: unknown, best: unknown) => boolean, name: string): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (isBetter(item, best) ? item : best));
}
function sum(list: List): unknown {
  const first = list[0] ?? 0n;
  if (typeof first !== "bigint" && typeof first !== "number") throw new Error("no such overload");
  const total = (list.slice(1) as number[]).reduce((all, one) => all + one, first as number) as unknown;
  if (typeof total === "bigint" && BigInt.asIntN(64, total) !== total) throw new Error("integer overflow");
  return total;
}
const isZero = (value: unknown): boolean =>
  !value || (Array.isArray(value) && value.length === 0) || (isMap(value) && value.size === 0);
const isWithin = (list: List, of: List): boolean => of.every((item) => has(list, item));
const time = "google.protobuf.Timestamp";
const span = "google.protobuf.Duration";

/** In place of the library's, which read JavaScript's regular expressions and UTF-16, and those that it does not have. */
export const functions: Functions = {
  "string.matches(string): bool": matches,
  "matches(string, string): bool": matches,
  "string.find(string): string": (text: string, expression: string) => findAll(text, expression, 1n)[0] ?? "",
  "string.findAll(string): list<string>": findAll,
  "string.findAll(string, int): list<string>": findAll,
  "sets.contains(list<A>, list<A>): bool": (_: unknown, list: List, of: List) => isWithin(list, of),
  "string.contains(string): bool": contains,
  "string.charAt(int): string": (text: string, at: bigint) => {
    if (at < 0n || at > count(text)) throw outOfRange(at);
    return chars(text)[Number(at)] ?? "";
  },
  "string.indexOf(string): int": found(false),
  "string.indexOf(string, int): int": found(false),
  "string.lastIndexOf(string): int": found(true),
  "string.lastIndexOf(string, int): int": found(true),
  "string.lowerAscii(): string": (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  "string.upperAscii(): string": (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  "string.replace(string, string): string": replace,
  "string.replace(string, string, int): string": replace,
  "string.split(string): list<string>": split,
  "string.split(string, int): list<string>": split,
  "string.substring(int): string": substring,
  "string.substring(int, int): string": substring,
  "list<string>.join(): string": join,
  "list<string>.join(string): string": join,

  "list<A>.isSorted(): bool": (list: List) => list.every((item, at) => at === 0 || isOrdered(list[at - 1], item)),
  "list<A>.sum(): A": sum,
  "list<A>.min(): A": (list: List) => extreme(list, (one, best) => !isOrdered(best, one), "min"),
  "list<A>.max(): A": (list: List) => extreme(list, (one, best) => !isOrdered(one, best), "max"),
  "list<A>.indexOf(A): int": (list: List, item: unknown) => BigInt(list.findIndex((one) => same(one, item))),
  "list<A>.lastIndexOf(A): int": (list: List, item: unknown) => BigInt(list.findLastIndex((one) => same(one, item))),
  "list<A>.distinct(): list<A>": (list: List) =>
    list.filter((item, at) => list.findIndex((one) => same(one, item)) === at),
};

/** Besides the library's. */
export const overloads: Functions = {
  "sets.equivalent(list<A>, list<A>): bool": (_: unknown, one: List, other: List) =>
    isWithin(one, other) && isWithin(other, one),
  "sets.intersects(list<A>, list<A>): bool": (_: unknown, one: List, other: List) =>
    one.some((item) => has(other, item)),
  "OptionalNamespace.ofNonZeroValue(A): optional<A>": (_: unknown, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  [`timestamp(${time}): ${time}`]: (value: Date) => value,
  [`duration(${span}): ${span}`]: (value: object) => value,
  [`string(${time}): string`]: (value: Date) => value.toISOString().replace(/\.?0*Z$/, "Z"),
  [`string(${span}): string`]: String,
  [`int(${time}): int`]: (value: Date) => BigInt(Math.floor(value.getTime() / 1000)),
};
