/**
 * Validates by a schema, in the words and the order of the API server.
 * Source: k8s.io/kube-openapi/pkg/validation/validate, k8s.io/apiextensions-apiserver/pkg/apiserver/validation
 */
import { isDeepStrictEqual } from "node:util";
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import { type Problem, wrong } from "../status.ts";
import { atIndex, atKey, type Correlation, isSame } from "./correlate.ts";
import { formatOf } from "./formats.ts";
import { patternOf } from "./re2/match.ts";
import { PatternProblem } from "./re2/parse.ts";
import { othersOf, ownValue, type Schema } from "./schema.ts";

interface Found {
  /** Undefined for the object as a whole. */
  readonly at: string | undefined;
  readonly what: string;
}
interface Result {
  readonly found: readonly Found[];
  /** How many checks passed: of several schemas, the one that matches best is reported. */
  readonly count: number;
}

const passed: Result = { found: [], count: 0 };
const merged = (results: readonly Result[]): Result => {
  const found = new Map<string, Found>();
  for (const result of results)
    for (const one of result.found) {
      const key = `${one.at}\n${one.what}`;
      if (!found.has(key)) found.set(key, one);
    }
  return { found: [...found.values()], count: results.reduce((all, { count }) => all + count, 0) };
};
const refused = (at: string | undefined, what: string): Result => ({ found: [{ at, what }], count: 0 });
const and = ({ found, count }: Result, more: number): Result => ({ found, count: count + more });

/** What Go keeps as int64. */
const isWhole = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

/** As Go prints a number: very large and very small ones with an exponent. */
function goNumber(value: number): string {
  const [digits, exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (isWhole(value) || (power >= -4 && power < 6)) return `${value}`;
  return `${digits}e${power < 0 ? "-" : "+"}${`${Math.abs(power)}`.padStart(2, "0")}`;
}
const wrongNumber = (value: number, why: string): string => `Invalid value: ${goNumber(value)}: ${why}`;

type Kind = "null" | "array" | "object" | "integer" | "number" | "string" | "boolean";
function kindOf(value: Json): Kind {
  if (value === null || value === undefined) return "null";
  if (isList(value)) return "array";
  if (isMap(value)) return "object";
  if (typeof value === "number") return isWhole(value) ? "integer" : "number";
  return typeof value === "string" ? "string" : "boolean";
}

interface Place {
  readonly path: string;
  readonly old: Correlation | undefined;
  /** The fields of the object that have no old value. */
  readonly isRoot?: boolean;
}

const typesOf = (schema: Schema): readonly string[] =>
  schema["x-kubernetes-int-or-string"] ? ["integer", "string"] : schema.type ? [schema.type] : [];

function ofType(value: Json, schema: Schema, path: string): Result {
  const types = typesOf(schema);
  const kind = kindOf(value);
  if (types.length === 0 && !formatOf(schema.format)) return passed;
  const fits = (name: string) => types.includes(name);
  const isOk =
    kind === "null"
      ? types.length === 0 || schema.nullable === true
      : fits(kind) || (kind === "integer" && fits("number"));
  // Only its format checks a text that has one.
  const isFormatted = formatOf(schema.format) && !fits("number") && !fits("integer") && /^(string|array)$/.test(kind);
  if (isOk || isFormatted) return and(passed, 2);
  if (formatOf(schema.format) && kind !== "null" && !/^(string|array)$/.test(kind)) {
    const given = kind === "integer" ? "int64" : kind === "number" ? "float64" : "";
    return and(refused(path, wrong(given, `${path} in body must be of type ${schema.format}: "${given}"`)), 1);
  }
  return and(refused(path, wrong(kind, `${path} in body must be of type ${types.join(",")}: "${kind}"`)), 1);
}

const bound = (value: Json): number | undefined => (typeof value === "number" ? value : undefined);
const exceeds = (count: number, limit: Json): boolean => limit !== undefined && count > Number(limit);
const lacks = (count: number, limit: Json): boolean => limit !== undefined && count < Number(limit);
const counted = (limit: Json, one: string): string => `${limit} ${one}${limit === 1 ? "" : "s"}`;

/** Only the first problem. */
function ofText(value: string, schema: Schema, path: string): Result {
  const { minLength, maxLength, pattern } = schema;
  const length = [...value].length;
  if (exceeds(length, maxLength)) return refused(path, `Too long: may not be more than ${counted(maxLength, "byte")}`);
  if (lacks(length, minLength))
    return refused(path, wrong(value, `${path} in body should be at least ${minLength} chars long`));
  if (!pattern) return passed;
  const should = (what: string) => refused(path, wrong(value, `${path} in body should match '${what}'`));
  try {
    return patternOf(pattern).test(value) ? passed : should(pattern);
  } catch (error) {
    if (error instanceof PatternProblem) return should(`${pattern}, but pattern is invalid: ${error.message}`);
    throw error;
  }
}

function ofFormat(value: string, { format }: Schema, path: string): Result {
  const isValid = formatOf(format)?.(value) ?? true;
  if (isValid) return passed;
  return refused(path, wrong(value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
}

/** Bounds of whole numbers are whole. */
function ofNumber(value: number, schema: Schema, path: string): Result {
  const whole = (limit: number) => (isWhole(value) ? Math.trunc(limit) : limit);
  const [least, most, step] = [bound(schema.minimum), bound(schema.maximum), bound(schema.multipleOf)];
  const should = (what: string) => refused(path, wrongNumber(value, `${path} in body should be ${what}`));
  const results: Result[] = [];
  if (step !== undefined && whole(step) <= 0) {
    const factor = `factor MultipleOf declared for ${path} must be positive: ${whole(step)}`;
    results.push(refused(path, wrongNumber(whole(step), factor)));
  } else if (step !== undefined && !isMultiple(value, step)) results.push(should(`a multiple of ${whole(step)}`));
  if (least !== undefined) {
    const limit = whole(least);
    const isLess = schema.exclusiveMinimum ? value <= limit : value < limit;
    if (isLess) results.push(should(`greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${limit}`));
  }
  if (most !== undefined) {
    const limit = whole(most);
    const isMore = schema.exclusiveMaximum ? value >= limit : value > limit;
    if (isMore) results.push(should(`less than ${schema.exclusiveMaximum ? "" : "or equal to "}${limit}`));
  }
  return and(merged(results), 1);
}

function isMultiple(value: number, step: number): boolean {
  if (isWhole(value)) return value % Math.trunc(step) === 0;
  return Number.isSafeInteger(step < 1 ? (1 / step) * value : value / step);
}

function ofItems(list: readonly Json[], schema: Schema, { path, old }: Place): Result {
  const { items, minItems, maxItems } = schema;
  const inside = items
    ? list.map((item, index) => check(item, items, { path: `${path}[${index}]`, old: atIndex(old, index) }))
    : [];
  const few = lacks(list.length, minItems)
    ? [refused(path, wrong(list.length, `${path} in body should have at least ${minItems} items`))]
    : [];
  const many = exceeds(list.length, maxItems)
    ? [refused(path, `Too many: ${list.length}: must have at most ${counted(maxItems, "item")}`)]
    : [];
  return and(merged([...inside, ...few, ...many]), 1);
}

function ofEnum(value: Json, { enum: values = [] }: Schema, path: string): Result {
  if (values.length === 0 || values.some((one) => value !== null && isDeepStrictEqual(one, value))) return passed;
  const supported = values.map((one) => JSON.stringify(typeof one === "string" ? one : JSON.stringify(one)));
  return refused(path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.join(", ")}`);
}

function ofFields(map: JsonMap, schema: Schema, { path, old, isRoot }: Place): Result {
  const { properties, required = [], minProperties, maxProperties } = schema;
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const size = Object.keys(map).length;
  const few = `${path} in body should have at least ${minProperties} properties`;
  const sized = [
    ...(lacks(size, minProperties) ? [refused(path, wrong(size, few))] : []),
    ...(exceeds(size, maxProperties)
      ? [refused(path, `Too many: ${size}: must have at most ${counted(maxProperties, "item")}`)]
      : []),
  ];
  const others = othersOf(schema);
  const inside = (key: string, value: Json, of: Schema): Result => {
    // A change of the version of an object is not seen.
    const isUnseen = isRoot && (key === "apiVersion" || key === "kind");
    return check(value, of, { path: at(key), old: isUnseen ? undefined : atKey(old, key) });
  };
  const isDeclared = (key: string) => ownValue(properties, key) !== undefined;
  const open = others ? Object.keys(map).filter((key) => !isDeclared(key)) : [];
  const declared = Object.keys(properties ?? {}).filter((key) => ownValue(map, key) !== undefined);
  return merged([
    ...sized,
    ...open.map((key) => (others ? inside(key, ownValue(map, key), others) : passed)),
    ...declared.map((key) => inside(key, ownValue(map, key), ownValue(properties, key) ?? {})),
    ...required.filter((key) => ownValue(map, key) === undefined).map((key) => refused(at(key), "Required value")),
  ]);
}

const isValid = ({ found }: Result): boolean => found.length === 0;

/** Several schemas. Which problems are reported depends on how many checks passed. */
function ofSchemas(value: Json, schema: Schema, place: Place): Result {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const quoted = JSON.stringify(place.path);
  const whole = (what: string) => refused(undefined, wrong("", `${quoted} must ${what}`));
  const tried = (schemas: readonly Schema[]) => schemas.map((one) => check(value, one, place));
  const best = (results: readonly Result[]): Result =>
    results.reduce((one, other) => (other.count > one.count ? other : one));

  function ofAny(all: readonly Result[]): readonly Result[] {
    if (all.length === 0) return [];
    const valid = all.find(isValid);
    return valid ? [valid] : [whole("validate at least one schema (anyOf)"), best(all)];
  }
  function ofOne(all: readonly Result[]): readonly Result[] {
    const valid = all.filter(isValid);
    if (all.length === 0 || valid.length === 1) return valid;
    const many = valid.length > 0 ? `Found ${valid.length} valid alternatives` : "Found none valid";
    const refusal = whole(`validate one and only one schema (oneOf). ${many}`);
    return valid.length > 0 ? [refusal] : [refusal, best(all)];
  }
  function ofAll(all: readonly Result[]): readonly Result[] {
    if (all.every(isValid)) return all;
    return [...all, whole(`validate all the schemas (allOf)${all.some(isValid) ? "" : ". None validated"}`)];
  }
  const isRefused = not !== undefined && isValid(check(value, not, place));
  const results = [ofAny(tried(anyOf)), ofOne(tried(oneOf)), ofAll(tried(allOf))].flat();
  return and(merged(isRefused ? [...results, whole("not validate the schema (not)")] : results), 1);
}

/** Problems of a value that did not change are not reported. */
function check(value: Json, schema: Schema, place: Place): Result {
  const result = checkNow(value, schema, place);
  return result.found.length > 0 && isSame(place.old) ? { ...result, found: [] } : result;
}

function checkNow(value: Json, schema: Schema, place: Place): Result {
  const { path } = place;
  const typed = ofType(value, schema, path);
  if (value === null || value === undefined) return merged([typed, ofEnum(value, schema, path)]);
  const results = [typed, and(ofSchemas(value, schema, place), 1)];
  if (typeof value === "string") results.push(and(ofText(value, schema, path), 1));
  if (typeof value === "string" && formatOf(schema.format)) results.push(and(ofFormat(value, schema, path), 1));
  if (typeof value === "number") results.push(and(ofNumber(value, schema, path), 1));
  if (isList(value)) results.push(and(ofItems(value, schema, place), 1));
  results.push(and(ofEnum(value, schema, path), 1));
  if (isMap(value)) results.push(and(ofFields(value, schema, place), 1));
  return and(merged(results), 1);
}

interface Options {
  /** The value before the change, if there was one. */
  readonly old?: Json;
  /** The field that the value is in. */
  readonly under?: string;
}

export function problemsOf(value: Json, schema: Schema, { old, under = "" }: Options = {}): readonly Problem[] {
  const correlation = old === undefined ? undefined : { value, old, schema };
  return check(value, schema, { path: "", old: correlation, isRoot: under === "" }).found.map(({ at, what }) => [
    [under, at].filter(Boolean).join(".") || "<nil>",
    what,
  ]);
}
