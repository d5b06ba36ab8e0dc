/** Decodes JSON into a Go type, with Go's messages. Source: sigs.k8s.io/json, whose base is Go's encoding/json */
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import { Mistyped, Refused } from "./errors.ts";
import { decoders, describe, integer } from "./scalars.ts";
import { entriesOf, literalAt } from "./source.ts";
import type { Field, Type } from "./types.ts";

export interface Decoded {
  readonly value: JsonMap;
  /** Unknown and duplicate fields: `unknown field "spec.foo"`. */
  readonly strict: readonly string[];
}

/** Where a value is. */
interface Place {
  readonly parent: Place | undefined;
  /** The struct that has the field, and the field as Go reports it: without indices, and keys of maps. */
  readonly struct: string;
  readonly field: string;
  /** `.spec`, `[0]` */
  readonly segment: string;
  /** A number as it was written. */
  readonly literal: string;
}
const root: Place = { parent: undefined, struct: "", field: "", segment: "", literal: "" };

const fieldsTo = ({ parent, field }: Place): readonly string[] => [
  ...(parent ? fieldsTo(parent) : []),
  ...(field === "" ? [] : [field]),
];
/** `spec.containers[0].image` */
const pathTo = ({ parent, segment }: Place): string => {
  const before = parent ? pathTo(parent) : "";
  return before === "" ? segment.replace(/^\./, "") : before + segment;
};

/** The place of an item, or of a value in a map. */
const inside = (parent: Place, segment: string, literal: string): Place => ({
  ...{ parent, segment, literal },
  struct: parent.struct,
  field: "",
});
const literalOf = (container: object, key: string, value: Json): string =>
  typeof value === "number" ? literalAt(container, key, value) : "";

/** Throws an error with Go's message: about a value that does not parse, or else the first of the wrong type. */
export function decode(sent: JsonMap, type: Type): Decoded {
  const strict = new Set<string>();
  let first: string | undefined;

  function mistyped({ what, type: of }: Mistyped, place: Place): undefined {
    const field = `${place.struct}.${fieldsTo(place).join(".")}`;
    first ??= `json: cannot unmarshal ${what} into Go struct field ${field} of type ${of}`;
  }
  function report(problem: string, key: string, place: Place): void {
    strict.add(`${problem} field ${JSON.stringify(pathTo(inside(place, `.${key}`, "")))}`);
  }

  /** `undefined` for a value that stays as it is without it. */
  function decoded(value: Json, of: Type, place: Place): Json {
    const { shape, go } = of;
    if (shape === "itself") return itself(value, of, place);
    if (value === null || value === undefined) return undefined;
    if (shape === "struct" && isMap(value)) return struct(value, of, place);
    if (shape === "map" && isMap(value)) return map(value, of.items, place);
    if (shape === "list" && isList(value))
      return value.map((item, index) => {
        const at = inside(place, `[${index}]`, literalOf(value, `${index}`, item));
        return decoded(item, of.items, at) ?? zero(of.items);
      });
    if (shape === "string" && typeof value === "string") return value;
    if (shape === "bool" && typeof value === "boolean") return value;
    if (shape === "float64" && typeof value === "number") return value;
    if (shape === "bytes" && typeof value === "string") {
      const problem = problemOfBytes(value);
      first ??= problem;
      return problem === undefined ? value.replace(/[\r\n]/g, "") : undefined;
    }
    // As encoding/json does for a slice of bytes.
    if (shape === "bytes" && isList(value) && value.every(isByte)) return Buffer.from(value).toString("base64");
    if ((shape === "int32" || shape === "int64") && typeof value === "number")
      try {
        return integer(value, place.literal, shape);
      } catch (error) {
        if (error instanceof Mistyped) return mistyped(new Mistyped(error.what, go), place);
        throw error;
      }
    return mistyped(new Mistyped(describe(value), go), place);
  }

  function itself(value: Json, { go, isPointer }: Type, place: Place): Json {
    if (value === null && isPointer) return undefined;
    try {
      const decoder = decoders[go];
      return decoder ? decoder(value, place.literal) : value;
    } catch (error) {
      if (!(error instanceof Mistyped)) throw error;
      // What decodes itself ends the decoding: an earlier value of the wrong type is not reported.
      first = undefined;
      mistyped(error, place);
      throw new Refused(first);
    }
  }

  function struct(value: JsonMap, of: Type, place: Place): Json {
    const result: Record<string, Json> = {};
    const seen = new Set<string>();
    const name = of.go.slice(of.go.lastIndexOf(".") + 1);
    for (const [key, inner] of entriesOf(value)) {
      const field = of.fields.get(key);
      if (!field) {
        report("unknown", key, place);
        continue;
      }
      if (seen.has(key)) report("duplicate", key, place);
      seen.add(key);
      const goField = field.embedded ? `${field.embedded}.${key}` : key;
      const literal = literalOf(value, key, inner);
      const at: Place = { parent: place, struct: name, field: goField, segment: `.${key}`, literal };
      const next = decoded(inner, field.type, at);
      // As in Go, a duplicate map or struct adds to the first one.
      const before = result[key];
      if (isUnset(next, field)) delete result[key];
      else if (next !== undefined) result[key] = isMap(next) && isMap(before) ? { ...before, ...next } : next;
      else if (inner === null && /^(map|list|bytes)$/.test(field.type.shape)) delete result[key];
    }
    return result;
  }

  function map(value: JsonMap, of: Type, place: Place): Json {
    const seen = new Set<string>();
    const entries = entriesOf(value).map(([key, inner]): [string, Json] => {
      if (seen.has(key)) report("duplicate", key, place);
      seen.add(key);
      return [key, decoded(inner, of, inside(place, `.${key}`, literalOf(value, key, inner))) ?? zero(of)];
    });
    return Object.fromEntries(entries);
  }

  const value = decoded(sent, type, root);
  if (first !== undefined) throw new Refused(first);
  return { value: isMap(value) ? value : {}, strict: [...strict] };
}

/** Go has no other value for what is not given: clients in Go, and protobuf, send the empty one. */
export const isUnset = (value: Json, { omit, type }: Field): boolean =>
  omit === "empty" && !type.isPointer && (value === "" || value === 0 || value === false);

const isByte = (value: Json): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;

/** Source: encoding/base64 */
export function problemOfBytes(text: string): string | undefined {
  const plain = text.replace(/[\r\n]/g, "");
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)) return undefined;
  const bad = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ""))?.index;
  return `illegal base64 data at input byte ${bad ?? text.length - (text.length % 4)}`;
}

/** The value of what is not given. */
export function zero({ shape, go, isPointer }: Type): Json {
  if (isPointer || shape === "map" || shape === "list") return null;
  if (shape === "struct") return {};
  if (shape === "string" || shape === "bytes") return "";
  if (shape === "bool") return false;
  if (shape === "itself") return decoders[go]?.(null, "null") ?? null;
  return 0;
}
