/**
 * Converts JSON into a Go type as a strategic merge patch and server-side apply do, which do not decode text. Source:
 * k8s.io/apimachinery/pkg/runtime/converter.go
 */
import { entriesInOrder, isList, isMap, type Json, type JsonMap } from "../object.ts";
import { type Decoded, isUnset, problemOfBytes, zero } from "./decode.ts";
import { Refused } from "./errors.ts";
import { decoders } from "./scalars.ts";
import type { Type } from "./types.ts";

const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

/** Go's kind of a value of JSON. */
export function kindOf(value: Json): string {
  if (value === null) return "nil";
  if (typeof value === "number") return isInt64(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return isMap(value) ? "map" : "slice";
}

/** Throws an error with Go's message. */
export function convert(sent: JsonMap, type: Type): Decoded {
  const unknown: string[] = [];

  function converted(value: Json, of: Type, path: string): Json {
    const { shape, go, isPointer } = of;
    if (value === null || value === undefined) return undefined;
    const restored = (kind: string): never => {
      throw new Refused(`cannot restore ${kind} ${kindOf(value)}`);
    };
    if (shape === "itself") return isPointer && value === null ? undefined : itself(value, go);
    if (shape === "struct") return isMap(value) ? struct(value, of, path) : restored("struct from:");
    if (shape === "map") {
      if (!isMap(value)) return restored("map from");
      const entries = Object.entries(value).map(([key, inner]): [string, Json] => [
        key,
        converted(inner, of.items, path === "" ? key : path) ?? zero(of.items),
      ]);
      return Object.fromEntries(entries);
    }
    if (shape === "bytes" && typeof value === "string") {
      const problem = problemOfBytes(value);
      if (problem !== undefined) throw new Refused(`error decoding from json: ${problem}`);
      return value;
    }
    if (shape === "list" || shape === "bytes") {
      if (!isList(value)) return restored("slice from");
      return value.map((item, index) => converted(item, of.items, `${path}[${index}]`) ?? zero(of.items));
    }
    return scalar(value, of);
  }

  function struct(value: JsonMap, of: Type, path: string): JsonMap {
    const result: Record<string, Json> = {};
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    for (const [key, field] of of.fields) {
      const inner = converted(value[key], field.type, at(key));
      if (inner !== undefined && !isUnset(inner, field)) result[key] = inner;
    }
    for (const key of Object.keys(value)) if (!of.fields.has(key)) unknown.push(`unknown field "${at(key)}"`);
    return result;
  }

  const value = struct(sent, type, "");
  return { value, strict: unknown.sort() };
}

const itself = (value: Json, go: string): Json => (decoders[go] ? decoders[go](value, `${value}`) : value);

function scalar(value: Json, { shape, go }: Type): Json {
  const kind = kindOf(value);
  // What is too large becomes the least of 64 bits, and is cut.
  if (typeof value === "number" && /^int/.test(shape) && Number.isInteger(value))
    return shape === "int32" ? (isInt64(value) ? value | 0 : 0) : isInt64(value) ? value : -(2 ** 63);
  const isNumber = shape === "int64" || shape === "float64";
  if (kind === shape || (kind === "int64" && isNumber)) return value;
  const isConvertible = (kind === "int64" && shape === "string") || (kind === "float64" && /^int/.test(shape));
  throw new Refused(isConvertible ? `cannot convert ${kind} to ${go}` : `unrecognized type: ${shape}`);
}

/** As Go prints it: `map[spec:map[replicas:2]]`. */
export function goText(value: Json): string {
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isMap(value)) return value === null ? "<nil>" : `${value}`;
  return `map[${entriesInOrder(value)
    .map(([key, inner]) => `${key}:${goText(inner)}`)
    .join(" ")}]`;
}
