/** Checks an applied configuration against its type. Source: sigs.k8s.io/structured-merge-diff/typed/validate.go */
import { isList, isMap, type Json, mapOf } from "../object.ts";
import { goText } from "./convert.ts";
import type { Field, Type } from "./types.ts";

/** What a configuration can have: a type, or a schema. */
export interface Declared {
  readonly shape: Type["shape"];
  readonly isPointer?: boolean;
  /** The name in Go of what decodes itself. */
  readonly go?: string;
  /** Of a struct. */
  readonly fields: ReadonlyMap<string, DeclaredField>;
  /** Of a struct that can have other fields. */
  readonly isOpen?: boolean;
  /** Of a list or a map. */
  readonly items: Declared;
}
export type DeclaredField = Pick<Field, "default" | "keys"> &
  Partial<Pick<Field, "omit">> & { readonly type: Declared };

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
function problemOfScalar(value: Json, { shape }: Pick<Declared, "shape">): string | undefined {
  if (/^(int32|int64|float64)$/.test(shape))
    return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  if (shape === "bool") return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`;
  if (shape === "string" || shape === "bytes")
    return typeof value === "string" ? undefined : `expected string, got ${source(value)}`;
  return undefined;
}

/** The keys of an item of a list: `[name="web"]`. */
function keyText(item: Json, keys: readonly string[], type: Declared): string {
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

/** What is written as a text or a number. */
const isText = /\b(Quantity|Time|MicroTime|Duration|IntOrString)$/;

/** All problems: `.spec.replicas: expected numeric (int or float), got string`. */
export function undeclared(value: Json, type: Declared, { path, keys }: At = { path: "" }): readonly string[] {
  if (value === null || value === undefined) return [];
  const expected = (what: string) => [`${path}: expected ${what}, got &{${goText(value)}}`];
  if (type.shape === "itself")
    return isText.test(type.go ?? "") && (isMap(value) || isList(value)) ? expected("any scalar") : [];
  if (type.shape === "struct") {
    if (!isMap(value)) return expected("map");
    const unknown = Object.keys(value).find((key) => !type.fields.has(key));
    // An object without properties is one of any.
    if (unknown !== undefined && !type.isOpen && type.fields.size > 0)
      return [`${path}.${unknown}: field not declared in schema`];
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

/** Why an item cannot be told apart from others. */
function problemOfItem(item: Json, keys: Field["keys"], { fields }: Declared): string | undefined {
  if (!keys || keys === "set") return item === null ? "without keys has an element that's an explicit null" : undefined;
  if (item === null) return "with keys may not have a null element";
  if (!isMap(item)) return "with keys may not have non-map elements";
  const hasDefault = (field?: DeclaredField) =>
    field?.default !== undefined || (field?.omit === "never" && !field.type.isPointer);
  const isKeyless = !keys.some((key) => item[key] !== undefined || hasDefault(fields.get(key)));
  const named = `[${keys.map((key) => JSON.stringify(key)).join(" ")}]`;
  const omits = `with keys has an element that omits all key fields ${named} (and doesn't have default values for any key fields)`;
  return isKeyless ? omits : undefined;
}

function ofList(list: readonly Json[], of: Declared, { path, keys }: At): readonly string[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    if (!keys) return undeclared(item, of, { path: `${path}[${index}]` });
    const keyless = problemOfItem(item, keys, of);
    if (keyless) return [`${path}: element ${index}: associative list ${keyless}`];
    const key = keys === "set" ? `[=${JSON.stringify(item)}]` : keyText(item, keys, of);
    if (seen.has(key)) return [`${path}: duplicate entries for key ${key}`];
    seen.add(key);
    return undeclared(item, of, { path: path + key });
  });
}
