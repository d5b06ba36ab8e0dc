/** Types and values of CEL by a schema. Source: k8s.io/apiserver/pkg/cel/common/schemas.go */
import { type Environment, parse } from "@marcbachmann/cel-js";
import { isList, isMap, type Json } from "../../object.ts";
import { othersOf, ownValue, type Schema } from "../schema.ts";
import { spend } from "./meter.ts";
import { unordered } from "./same.ts";

export interface Typed {
  readonly name: string;
  readonly read: (value: Json) => unknown;
}
/** Types of objects are known by their schema. */
export interface Types {
  readonly environment: Environment;
  readonly known: Map<Schema, Typed>;
}
/** Objects beyond these are not checked before a rule runs. */
const mostTypes = 2000;

const reserved =
  /^(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/;
const escapes = { __: "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__" };

/** The name of a field in expressions. Undefined for a name that they cannot have. */
function escaped(name: string): string | undefined {
  if (reserved.test(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (part) => escapes[part as keyof typeof escapes]);
}

const text: Schema = { type: "string" };
const metadata: Schema = { type: "object", properties: { name: text, generateName: text } };
const whole = (schema: Schema): Schema => ({
  ...schema,
  type: "object",
  properties: { ...schema.properties, apiVersion: text, kind: text, metadata },
});

/** What a schema does not describe. */
function anyValue(value: Json): unknown {
  if (isList(value)) return value.map(anyValue);
  if (isMap(value)) return new Map(Object.entries(value).map(([key, inner]) => [key, anyValue(inner)]));
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}
const dyn: Typed = { name: "dyn", read: anyValue };

export const readers = { duration: parse("duration(value)"), timestamp: parse("timestamp(value)") };
/** A text of a format. What is none was there before the schema was. */
const parsed =
  (type: keyof typeof readers): Typed["read"] =>
  (value) => {
    try {
      const isDate = type === "timestamp" && `${value}`.length === 10;
      return readers[type]({ value: isDate ? `${value}T00:00:00Z` : value }) as unknown;
    } catch {
      return value;
    }
  };
const ofFormat: Readonly<Record<string, Typed>> = {
  byte: { name: "bytes", read: (value) => new Uint8Array(Buffer.from(`${value}`, "base64")) },
  duration: { name: "google.protobuf.Duration", read: parsed("duration") },
  date: { name: "google.protobuf.Timestamp", read: parsed("timestamp") },
  "date-time": { name: "google.protobuf.Timestamp", read: parsed("timestamp") },
};
const same = (value: Json): unknown => value;
const scalars: Readonly<Record<string, Typed>> = {
  string: { name: "string", read: same },
  boolean: { name: "bool", read: same },
  number: { name: "double", read: same },
  integer: { name: "int", read: (value) => (Number.isInteger(value) ? BigInt(Number(value)) : value) },
};

/** Undefined for a value that rules cannot reach. */
export function typedBy(schema: Schema, types: Types, isWhole = false): Typed | undefined {
  const earlier = types.known.get(schema);
  if (earlier) return earlier;
  if (schema["x-kubernetes-int-or-string"]) return dyn;
  const inside = (inner: Schema) => typedBy(inner, types, inner["x-kubernetes-embedded-resource"] === true);
  if (schema.type === "array") {
    const item = schema.items && inside(schema.items);
    return item && { name: `list<${item.name}>`, read: listOf(schema, item) };
  }
  if (schema.type !== "object" && !isWhole)
    return ofFormat[(schema.type === "string" && schema.format) || ""] ?? ownValue(scalars, schema.type ?? "");
  const others = othersOf(schema);
  if (others && !isWhole) {
    const value = inside(others);
    return value && { name: `map<string, ${value.name}>`, read: entriesOf(() => [value]) };
  }
  const fields = Object.entries((isWhole ? whole(schema) : schema).properties ?? {}).flatMap(([key, inner]) => {
    const [field, type] = [escaped(key), inside(inner)];
    return field && type ? [[key, [type, field]] as const] : [];
  });
  const declared = new Map(fields);
  const found = objectType(declared, types);
  types.known.set(schema, found);
  return found;
}

type Fields = ReadonlyMap<string, readonly [type: Typed, name: string]>;
function objectType(fields: Fields, { environment, known }: Types): Typed {
  const of = (key: string) => fields.get(key);
  if (known.size >= mostTypes) return { name: "dyn", read: entriesOf(of) };
  const name = `Object${known.size}`;
  class Struct extends Map<string, unknown> {}
  const types = [...fields.values()].map(([type, field]) => [field, type.name] as const);
  environment.registerType(name, { ctor: Struct, fields: Object.fromEntries(types) });
  return { name, read: entriesOf(of, Struct) };
}

/** Of each that is read from an object. */
const costOfItem = 0.3;

/** A null is as if it were not there. */
const entriesOf =
  (
    of: (key: string) => readonly [type: Typed, name?: string] | undefined,
    Struct = Map<string, unknown>,
  ): Typed["read"] =>
  (value) => {
    if (!isMap(value)) return value;
    const entries = Object.entries(value).flatMap(([key, inner]) => {
      spend(costOfItem);
      const [type, name = key] = of(key) ?? [];
      return type && inner !== null && inner !== undefined ? [[name, type.read(inner)] as const] : [];
    });
    return new Struct(entries);
  };

function listOf(schema: Schema, item: Typed): Typed["read"] {
  const { "x-kubernetes-list-type": type, "x-kubernetes-list-map-keys": given = [] } = schema;
  const keys = type === "set" ? [] : type === "map" ? given.flatMap((key) => escaped(key) ?? []) : undefined;
  return (value) => {
    if (!isList(value)) return value;
    spend(value.length * costOfItem);
    const list = value.map((one) => item.read(one));
    return keys ? unordered(list, keys) : list;
  };
}
