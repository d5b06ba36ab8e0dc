/** Writes objects as Go does: fields in their order, without those that are empty. Source: Go's encoding/json */
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import { zero } from "./decode.ts";
import { quantity } from "./scalars.ts";
import type { Type } from "./types.ts";

/** What `omitempty` leaves out. */
function isEmpty(value: Json, { shape, isPointer }: Type): boolean {
  if (value === null || value === undefined) return true;
  if (isPointer) return false;
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return shape === "map" && Object.keys(value).length === 0;
  return !value;
}
const isZero = (value: Json): boolean =>
  value === null || value === undefined || (isMap(value) && Object.keys(value).length === 0);

interface Completion {
  /** Of fields that were not given. */
  readonly defaults: JsonMap;
  /** Of fields that are what others are, whatever was given. */
  readonly derived: JsonMap | undefined;
}
/** What becomes of a struct, by the name of its type. */
export type Complete = (type: string, given: JsonMap) => Completion;
/** Go does not tell a value that was not given from one that is empty. */
const isGiven = (value: Json, { isPointer }: Type): boolean =>
  value !== undefined &&
  value !== null &&
  (isPointer || (value !== "" && value !== 0 && !(isList(value) && value.length === 0)));

function encode(value: Json, type: Type, complete?: Complete): Json {
  if (type.shape === "struct" && !type.isPointer) return encodeStruct(isMap(value) ? value : {}, type, complete);
  if (value === null || value === undefined) return zero(type);
  if (type.shape === "list" && isList(value)) return value.map((item) => encode(item, type.items, complete));
  if (type.shape === "map" && isMap(value)) {
    // Source: `SetDefaults_ResourceList` in k8s.io/kubernetes/pkg/apis/core/v1/defaults.go
    const shown = (inner: Json) =>
      type.go === "v1.ResourceList" ? quantity(inner, `${inner}`, 3) : encode(inner, type.items, complete);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
  }
  return type.shape === "struct" && isMap(value) ? encodeStruct(value, type, complete) : value;
}

/** Returns the value as the API server shows it. `complete` adds defaults, besides those of fields. */
export function encodeStruct(value: JsonMap, { fields, go }: Type, complete?: Complete): JsonMap {
  const shown: Record<string, Json> = {};
  const { defaults = {}, derived = {} } = complete?.(go, value) ?? {};
  for (const [name, { type, omit, default: ofField }] of fields) {
    const sent = name in derived ? derived[name] : value[name];
    const given = isGiven(sent, type) || !complete ? sent : (defaults[name] ?? ofField ?? sent);
    // Go's structs are never empty, and what decodes itself is one.
    const isStruct = !type.isPointer && (type.shape === "struct" || type.shape === "itself");
    // An empty list is none in protobuf, in which all is stored but CustomResourceDefinitions.
    const isNone = !complete && isList(given) && given.length === 0 && !go.startsWith("v1.CustomResourceDefinition");
    if (omit === "zero" && isZero(given)) continue;
    if (omit === "empty" && !isStruct && isEmpty(given, type)) continue;
    shown[name] = isNone ? null : encode(given, type, complete);
  }
  return shown;
}
