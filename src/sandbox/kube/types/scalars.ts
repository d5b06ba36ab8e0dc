/** Values that decode themselves: quantities, times, and what is a number or a text. */
import { isMap, type Json } from "../object.ts";
import { Mistyped, Refused } from "./errors.ts";

/** What a value is, in Go's messages. */
export function describe(value: Json, literal?: string): string {
  if (typeof value === "number") return literal === undefined ? "number" : `number ${literal}`;
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return isMap(value) ? "object" : "array";
}

const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};

/** `finest`: what is smaller than 10^-finest is rounded up. Source: k8s.io/apimachinery/pkg/api/resource/quantity.go */
export function quantity(value: Json, literal: string, finest = 9): Json {
  if (value === null || value === undefined) return "0";
  const text = typeof value === "string" ? value.trim() : literal;
  if (typeof value !== "string" && typeof value !== "number") throw new Refused(form);
  const [, sign = "", digits = "", suffix = ""] = /^([+-]?)([0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text) ?? [];
  if (digits === "" || digits.split(".").length > 2 || digits === ".") throw new Refused(form);
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)?.[1];
  const isBinary = binary.includes(suffix);
  if (exponent === undefined && !isBinary && decimal[suffix] === undefined)
    throw new Refused("unable to parse quantity's suffix");
  const parts = { sign, digits, suffix, exponent, finest };
  return isCanonical(parts) ? text : canonical(parts);
}

interface Parts {
  readonly sign: string;
  readonly digits: string;
  readonly suffix: string;
  readonly exponent: string | undefined;
  readonly finest: number;
}

/** True for a text that Go keeps, because it is short and looks canonical. */
function isCanonical({ digits, suffix, exponent, finest }: Parts): boolean {
  const [whole = "", fraction = ""] = digits.split(".");
  const shown = whole.replace(/^0+(?=.)/, "") + fraction;
  if (shown.length > 15 || shown.startsWith("0") || shown === "") return false;
  if (binary.includes(suffix)) return fraction === "" && Number(shown) % 8 !== 0 && shown.length < 5;
  const scale = (exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent)) - fraction.length;
  return scale % 3 === 0 && scale >= -finest && !shown.endsWith("000");
}

/** `1000m` is `1`, `0.5` is `500m`; what has a binary suffix keeps one. */
function canonical({ sign, digits, suffix, exponent, finest }: Parts): string {
  const [whole = "", fraction = ""] = digits.split(".");
  const power = binary.indexOf(suffix) + 1;
  // In units of 10^-scale.
  let scale = fraction.length - (exponent === undefined ? (power ? 0 : (decimal[suffix] ?? 0)) : Number(exponent));
  let units = BigInt(whole + fraction || "0");
  const largest = 2n ** 63n - 1n;
  if (units === 0n) return "0";
  const minus = sign === "-" ? "-" : "";
  if (power > 0) {
    const bytes = (units << BigInt(10 * power)) / 10n ** BigInt(fraction.length);
    if (bytes > largest) return minus + largest;
    if ((units << BigInt(10 * power)) % 10n ** BigInt(fraction.length) === 0n && bytes >= 1024n)
      return minus + inBinary(bytes);
    units <<= BigInt(10 * power);
  }
  for (; scale > finest; scale--) units = units / 10n + (units % 10n === 0n ? 0n : 1n);
  for (; units % 10n === 0n; scale--) units /= 10n;
  while (scale % 3 !== 0 || scale < -18) {
    units *= 10n;
    scale++;
  }
  if (exponent !== undefined) return `${minus}${units}${scale === 0 ? "" : `e${-scale}`}`;
  const name = Object.entries(decimal).find(([, one]) => one === -scale)?.[0] ?? "";
  return `${minus}${units}${name}`;
}

function inBinary(bytes: bigint): string {
  let [rest, power] = [bytes, 0];
  while (rest % 1024n === 0n && power < binary.length) [rest, power] = [rest / 1024n, power + 1];
  return `${rest}${power > 0 ? binary[power - 1] : ""}`;
}

const layouts = { Time: "2006-01-02T15:04:05Z07:00", MicroTime: "2006-01-02T15:04:05.000000Z07:00" } as const;
const pieces: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d\d/, "01"],
  [/^-/, "-"],
  [/^\d\d/, "02"],
  [/^T/, "T"],
  [/^\d\d/, "15"],
  [/^:/, ":"],
  [/^\d\d/, "04"],
  [/^:/, ":"],
  [/^\d\d/, "05"],
];

/** Source: package time of Go, format.go */
const time =
  (layout: (typeof layouts)[keyof typeof layouts]) =>
  (value: Json): Json => {
    if (value === null || value === undefined) return null;
    if (typeof value !== "string") throw new Mistyped(describe(value), "string");
    const fail = (why: string): never => {
      throw new Refused(`parsing time ${JSON.stringify(value)}${why}`);
    };
    let rest = value;
    const cannot = (element: string): never =>
      fail(` as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`);
    for (const [piece, element] of pieces) {
      const found = piece.exec(rest)?.[0];
      if (found === undefined) cannot(element);
      rest = rest.slice(found?.length);
    }
    const isMicro = layout === layouts.MicroTime;
    const fraction = (isMicro ? /^\.\d{6}/ : /^[.,]\d+/).exec(rest)?.[0] ?? "";
    if (isMicro && fraction === "") cannot(".000000");
    rest = rest.slice(fraction.length);
    const zone = /^(Z|[-+]\d\d:\d\d)/.exec(rest)?.[0] ?? "";
    if (zone === "") cannot("Z07:00");
    if (rest.length > zone.length) fail(`: extra text: ${JSON.stringify(rest.slice(zone.length))}`);
    const field = outOfRange(value);
    if (field) fail(`: ${field} out of range`);
    const seconds = new Date(`${value.slice(0, 19)}${zone}`).toISOString().slice(0, 19);
    return `${seconds}${isMicro ? fraction : ""}Z`;
  };

function outOfRange(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T:.,Z+]/).map(Number);
  if (month < 1 || month > 12) return "month";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  if (second > 59) return "second";
  return day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate() ? "day" : undefined;
}

const isInt32 = (literal: string): boolean => /^-?\d+$/.test(literal) && Math.abs(Number(literal) + 0.5) <= 2 ** 31;

function intOrString(value: Json, literal: string): Json {
  if (value === null || value === undefined) return 0;
  if (typeof value === "string") return value;
  if (typeof value !== "number") throw new Mistyped(describe(value), "int32");
  if (!isInt32(literal)) throw new Mistyped(describe(value, literal), "int32");
  return value;
}

/** Returns the value as Go writes it. `literal` is a number as it was written. */
type Decode = (value: Json, literal: string) => Json;
/** By the type's name in Go. Others take any JSON. */
export const decoders: Readonly<Record<string, Decode>> = {
  "resource.Quantity": (value, literal) => quantity(value, literal),
  "intstr.IntOrString": intOrString,
  "v1.Time": time(layouts.Time),
  "v1.MicroTime": time(layouts.MicroTime),
};

/** Throws a `Mistyped` for what is not an integer of so many bits. */
export function integer(value: number, literal: string, type: "int32" | "int64"): number {
  const isWhole = /^-?\d+$/.test(literal);
  const fits = type === "int32" ? isInt32(literal) : isWhole && BigInt.asIntN(64, BigInt(literal)) === BigInt(literal);
  if (!isWhole || !fits) throw new Mistyped(describe(value, literal), type);
  return value;
}
