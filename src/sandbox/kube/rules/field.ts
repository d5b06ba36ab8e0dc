/** Rules of fields, by their paths. */
import { isDeepStrictEqual } from "node:util";
import { type Json, type JsonMap, lengthOf, listOf, mapOf } from "../object.ts";
import { duplicate, type Problem, unsupported, wrong } from "../status.ts";

/** The problem with a field, or with one at a path inside it: `.name`, `[0]`. */
type One = string | { readonly at: string; readonly why: What };
export type What = One | readonly What[] | false | undefined;
export interface Place {
  readonly object: JsonMap;
  /** The value before the change. */
  readonly old: Json;
  /** There was an object before. */
  readonly isUpdate: boolean;
  /** The object before the change. */
  readonly before: Json;
  /** Of an item of a list, and of its fields: the items before it. */
  readonly earlier: readonly Json[];
  /** What has the field. */
  readonly parent: JsonMap;
}
export type Rule = (value: Json, place: Place) => What;
/**
 * By path. `[]` goes through each item of a list; a field with `?` that is missing has no fields inside.
 * `spec.containers[].lifecycle?.preStop`
 */
export type Fields = Readonly<Record<string, Rule>>;

interface Found {
  readonly path: string;
  readonly value: Json;
  readonly place: Omit<Place, "object" | "isUpdate" | "before">;
}

interface Segment {
  readonly name: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
}

/** The paths are those of the rules in this folder, and are asked for with each object. */
const parsed = new Map<string, readonly Segment[]>();

function segmentsOf(path: string): readonly Segment[] {
  const known = parsed.get(path);
  if (known) return known;
  const segments = (path ? path.split(".") : []).map((segment) => ({
    name: segment.replace(/\[\]$|\?$/, ""),
    isList: segment.endsWith("[]"),
    isOptional: segment.endsWith("?"),
  }));
  parsed.set(path, segments);
  return segments;
}

function placesOf(from: Found, segments: readonly Segment[], next = 0): readonly Found[] {
  const segment = segments[next];
  if (segment === undefined) return [from];
  const { name, isList, isOptional } = segment;
  const parent = mapOf(from.value);
  const path = from.path ? `${from.path}.${name}` : name;
  const [value, old] = [parent[name], mapOf(from.place.old)[name]];
  if (isOptional && (value === undefined || value === null)) return [];
  if (!isList) return placesOf({ path, value, place: { ...from.place, old, parent } }, segments, next + 1);
  return listOf(value).flatMap((item, index, all) => {
    const place = { old: listOf(old)[index], earlier: all.slice(0, index), parent };
    return placesOf({ path: `${path}[${index}]`, value: item, place }, segments, next + 1);
  });
}

function told(what: What, path: string): readonly Problem[] {
  if (!what) return [];
  if (typeof what === "string") return [[path, what]];
  return "why" in what ? told(what.why, path + what.at) : what.flatMap((one) => told(one, path));
}

export function problemsIn(fields: Fields, object: JsonMap, old: Json): readonly Problem[] {
  const whole: Found = { path: "", value: object, place: { old, earlier: [], parent: {} } };
  return Object.entries(fields).flatMap(([path, rule]) =>
    placesOf(whole, segmentsOf(path)).flatMap(({ path: at, value, place }) =>
      told(rule(value, { ...place, object, isUpdate: old !== undefined, before: old }), at),
    ),
  );
}

/** The same rules for fields under another path. */
export const under = (path: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([field, rule]) => [field ? `${path}.${field}` : path, rule]));

export const isGiven = (value: Json): boolean => value !== undefined && value !== null;
/** Undefined, null, `""` and 0, which Go does not tell apart. */
export const isZero = (value: Json): boolean => !value;

/** The first rule that finds a problem. */
export const first =
  (...rules: readonly Rule[]): Rule =>
  (value, place) =>
    rules.map((rule) => rule(value, place)).find((what) => what && (!Array.isArray(what) || what.length > 0));

export const required: Rule = (value) => !lengthOf(value) && "Required value";
/** Of a number, or of text. */
export const nonZero: Rule = (value) => isZero(value) && "Required value";
export const because =
  (why: string): Rule =>
  (value) =>
    !lengthOf(value) && `Required value: ${why}`;

export const differs = (value: Json, { old, isUpdate }: Place): boolean =>
  isUpdate && !isDeepStrictEqual(value ?? null, old ?? null);
export const immutable: Rule = (value, place) => differs(value, place) && wrong(value, "field is immutable");
/** Of the rules that look at nothing but the value. */
export const nowhere: Place = {
  object: {},
  old: undefined,
  isUpdate: false,
  before: undefined,
  earlier: [],
  parent: {},
};
export const notNegative: Rule = (value) => Number(value) < 0 && wrong(value, "must be greater than or equal to 0");
export const positive: Rule = (value) => Number(value) <= 0 && wrong(value, "must be greater than 0");
export const between =
  (least: number, most: number): Rule =>
  (value) =>
    isGiven(value) &&
    (Number(value) < least || Number(value) > most) &&
    wrong(value, `must be between ${least} and ${most}, inclusive`);
export const isPort = between(1, 65535);

const among = (value: Json, values: readonly string[]): What =>
  !values.some((one) => one === value) && unsupported(value, values);
/** Of what is given. */
export const oneOf =
  (...values: readonly string[]): Rule =>
  (value) =>
    isGiven(value) && among(value, values);
/** Also of what is missing, which Go sees as an empty text. */
export const isOneOf =
  (...values: readonly string[]): Rule =>
  (value) =>
    among(value ?? "", values);

/** Of a text that is given, by a check of names.ts. */
export const checkedBy =
  (...checks: readonly ((text: string) => readonly string[] | string | undefined)[]): Rule =>
  (value) =>
    isGiven(value) && checks.flatMap((check) => check(`${value}`) ?? []).map((why) => wrong(value, why));

export const unique =
  (field: string): Rule =>
  (value, { earlier }) =>
    isGiven(value) && earlier.some((one) => mapOf(one)[field] === value) && duplicate(value);
