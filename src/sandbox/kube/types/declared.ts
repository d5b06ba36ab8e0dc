/** Checks an applied configuration against its type. Source: sigs.k8s.io/structured-merge-diff/typed/validate.go */
import { isList, isMap, type Json, mapOf } from "../object.ts";
import { goText } from "./convert.ts";
import type { Field, Type } from "./types.ts";

const goType = (value: Json): string =>
  isMap(value)
    ? "map[string]interface {}"
    : isList(value)
      ? "[]interface {}"
      : typeof value === "boolean"
        ? "bool"
        : typeof value;
const source = (value: Json): string => `&value.valueUnstructured{Value:${goText(value)}}`;

/** What is wrong with a scalar, or undefined. */
function problemOfScalar(value: Json, { shape }: Type): string | undefined {
  if (/^(int32|int64|float64)$/.test(shape))
    return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  if (shape === "bool") return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`;
  if (shape === "string" || shape === "bytes")
    return typeof value === "string" ? undefined : `expected string, got ${source(value)}`;
  return undefined;
}

/** The keys of an item of a list: `[name="web"]`. */
function keyText(item: Json, keys: readonly string[], type: Type): string {
  const values = keys.flatMap((key) => {
    const value = mapOf(item)[key] ?? type.fields.get(key)?.default;
    return value === undefined ? [] : [`${key}=${JSON.stringify(value)}`];
  });
  return `[${values.join(",")}]`;
}

interface At {
  readonly path: string;
  /** Of a list. */
  readonly keys?: Field["keys"];
}

/** All problems: `.spec.replicas: expected numeric (int or float), got string`. */
export function undeclared(value: Json, type: Type, { path, keys }: At = { path: "" }): readonly string[] {
  if (value === null || value === undefined || type.shape === "itself") return [];
  const expected = (what: string) => [`${path}: expected ${what}, got &{${goText(value)}}`];
  if (type.shape === "struct") {
    if (!isMap(value)) return expected("map");
    const unknown = Object.keys(value).find((key) => !type.fields.has(key));
    if (unknown !== undefined) return [`${path}.${unknown}: field not declared in schema`];
    return Object.entries(value).flatMap(([key, inner]) => {
      const field = type.fields.get(key);
      return field ? undeclared(inner, field.type, { path: `${path}.${key}`, keys: field.keys }) : [];
    });
  }
  if (type.shape === "map") {
    if (!isMap(value)) return expected("map");
    return Object.entries(value).flatMap(([key, inner]) => undeclared(inner, type.items, { path: `${path}.${key}` }));
  }
  if (type.shape === "list") return isList(value) ? ofList(value, type.items, { path, keys }) : expected("list");
  const problem = problemOfScalar(value, type);
  return problem === undefined ? [] : [`${path}: ${problem}`];
}

function ofList(list: readonly Json[], of: Type, { path, keys }: At): readonly string[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    if (!keys) return undeclared(item, of, { path: `${path}[${index}]` });
    if (keys !== "set" && !isMap(item))
      return [`${path}: element ${index}: associative list with keys may not have non-map elements`];
    const key = keys === "set" ? `[=${JSON.stringify(item)}]` : keyText(item, keys, of);
    if (seen.has(key)) return [`${path}: duplicate entries for key ${key}`];
    seen.add(key);
    return undeclared(item, of, { path: path + key });
  });
}
