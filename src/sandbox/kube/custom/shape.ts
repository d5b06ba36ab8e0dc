/**
 * What becomes of an object before it is validated: unknown fields and nulls go, defaults come.
 * Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting,objectmeta}
 */
import { entriesInOrder, isList, isMap, type Json, type JsonMap, mapOf } from "../object.ts";
import { wrong } from "../status.ts";
import { type Decoded, decode } from "../types/decode.ts";
import { encodeStruct } from "../types/encode.ts";
import { Refused } from "../types/errors.ts";
import { describe } from "../types/scalars.ts";
import { metadataType } from "../types/types.ts";
import { anything, isMeta, mapped, othersOf, own, ownValue, type Schema } from "./schema.ts";

const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true;
const keepsUnknown = (schema: Schema): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true;

/** The schema of a field that stays. */
const kept = (schema: Schema, key: string): Schema | undefined =>
  own(schema, key) ?? (keepsUnknown(schema) || (isEmbedded(schema) && isMeta(key)) ? anything : undefined);

function pruned(value: Json, schema: Schema): Json {
  if (isList(value)) return value.map((item) => pruned(item, schema.items ?? anything));
  if (!isMap(value)) return value;
  const left = mapped(value, (inner, key) => {
    const of = kept(schema, key);
    return of && pruned(inner, of);
  });
  return isEmbedded(schema) ? withMetadata(left) : left;
}

/** An object inside another has metadata as it has. What is none was refused when it was decoded. */
function withMetadata(object: JsonMap): JsonMap {
  const { metadata } = object;
  const decoded = decodedMetadata(metadata);
  if (metadata === undefined || typeof decoded === "string") return object;
  const { creationTimestamp, ...rest } = encodeStruct(decoded.value, metadataType());
  return { ...object, metadata: creationTimestamp ? { ...rest, creationTimestamp } : rest };
}

const notMetadata = (value: Json): string =>
  `json: cannot unmarshal ${describe(value)} into Go value of type v1.ObjectMeta`;

/** The reason, if there is one against it. */
function decodedMetadata(metadata: Json): Decoded | string {
  try {
    if (metadata !== undefined && metadata !== null && !isMap(metadata)) throw new Refused(notMetadata(metadata));
    return decode(mapOf(metadata), metadataType());
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

/** A null goes where the schema has neither `nullable` nor a default; not from a list. */
function withoutNulls(value: Json, schema: Schema): Json {
  if (isList(value)) return value.map((item) => withoutNulls(item, schema.items ?? anything));
  if (!isMap(value)) return value;
  return mapped(value, (inner, key) => {
    const of = own(schema, key);
    if (!of || of === anything) return inner;
    return inner === null && !of.nullable && of.default === undefined ? undefined : withoutNulls(inner, of);
  });
}

const isLacking = (value: Json, of: Schema): boolean =>
  value === undefined ? of.default !== undefined : value === null && !of.nullable && of !== anything;

/** The API server shows fields in alphabetical order. */
function withDefaults(value: Json, schema: Schema): Json {
  const filled = (inner: Json, of: Schema): Json =>
    withDefaults(isLacking(inner, of) ? (of.default ?? null) : inner, of);
  if (isList(value)) return value.map((item) => (schema.items ? filled(item, schema.items) : item));
  if (!isMap(value)) return value;
  const others = othersOf(schema);
  const given = mapped(value, (inner, key) => {
    const of = ownValue(schema.properties, key) ?? others;
    return of ? filled(inner, of) : inner;
  });
  const added = Object.entries(schema.properties ?? {}).flatMap(([key, of]) =>
    ownValue(value, key) === undefined && of.default !== undefined ? [[key, filled(undefined, of)] as const] : [],
  );
  return Object.fromEntries(entriesInOrder(Object.fromEntries([...Object.entries(given), ...added])));
}

/** The object as it is validated and stored. */
export const conformed = (object: Json, schema: Schema): Json =>
  withDefaults(withoutNulls(pruned(object, schema), schema), schema);

/** An applied object keeps its nulls, which are then refused. */
export const appliedAs = (object: Json, schema: Schema): Json => withDefaults(pruned(object, schema), schema);

/** `unknown field "spec.parts[0].size"`: what is pruned, in the API server's order. Throws `Refused`. */
export function unknownIn(value: Json, schema: Schema): readonly string[] {
  return unknownPaths(value, schema, "")
    .toSorted()
    .map((path) => `unknown field ${JSON.stringify(path)}`);
}

function unknownPaths(value: Json, schema: Schema, path: string): readonly string[] {
  if (isList(value))
    return value.flatMap((item, index) => unknownPaths(item, schema.items ?? anything, `${path}[${index}]`));
  if (!isMap(value)) return [];
  const inside = Object.entries(value).flatMap(([key, inner]) => {
    const of = kept(schema, key);
    const at = path ? `${path}.${key}` : key;
    return of ? unknownPaths(inner, of, at) : [at];
  });
  if (!isEmbedded(schema)) return inside;
  for (const key of ["apiVersion", "kind"])
    if (value[key] !== undefined && typeof value[key] !== "string")
      throw new Refused(`${path}.${key}: ${wrong(value[key], "must be a string")}`);
  return value.metadata === undefined ? inside : [...inside, ...unknownInMetadata(value.metadata, `${path}.metadata`)];
}

function unknownInMetadata(metadata: Json, path: string): readonly string[] {
  const decoded = decodedMetadata(metadata);
  if (typeof decoded === "string") throw new Refused(`${path}: ${wrong(metadata, decoded)}`);
  return decoded.strict.flatMap((one) => {
    const [, field] = /^unknown field "(.*)"$/.exec(one) ?? [];
    return field === undefined ? [] : [`${path}.${field}`];
  });
}
