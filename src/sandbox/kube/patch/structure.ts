/** What is merged and owned as one value, and what by its parts: by the type of a kind, or by a custom resource's schema. */

import { own, type Schema } from "../custom/schema.ts";
import type { Kind } from "../kinds.ts";
import { isList, isMap, type Json, type JsonMap, mapOf } from "../object.ts";
import { type Field, metadataType, type Type, typeOf } from "../types/types.ts";

export interface Structure {
  /** Of a list: the keys of its items, or `set`. Others are one value. */
  readonly keys: Field["keys"];
  /** Of a list: the key of its items in a strategic merge patch, `""` for texts. Others are replaced. */
  readonly mergeKey: string | undefined;
  /** A strategic merge patch replaces it, though it is a map. */
  readonly isReplaced: boolean;
  /** Any JSON, which a strategic merge patch cannot change. */
  readonly isRaw: boolean;
  /** The value is one, though it is a map. */
  readonly isAtomic: boolean;
  readonly default: Json;
  /** True for a key that its type or schema names, and not for one of any name. */
  readonly has: (key: string) => boolean;
  /** Of the value of a key. */
  readonly inside: (key: string) => Structure;
  /** Of the items of a list. */
  readonly items: () => Structure;
}

/** A value of any shape: maps have parts, lists are one value. */
const unknown: Structure = {
  ...{ keys: undefined, mergeKey: undefined, isReplaced: false, isRaw: false },
  ...{ isAtomic: false, default: undefined, has: () => false },
  inside: () => unknown,
  items: () => unknown,
};

/** A field that Go always writes has the zero value as its default. */
const zeroOf = ({ shape, isPointer }: Type): Json =>
  isPointer ? undefined : shape === "string" ? "" : /^int/.test(shape) ? 0 : undefined;

/** By the field, or by the type of a value that is none: both are those of a table. */
const known = new WeakMap<Field | Type, Structure>();

function ofType(type: Type, field?: Field): Structure {
  const structure = known.get(field ?? type) ?? made(type, field);
  known.set(field ?? type, structure);
  return structure;
}

function made(type: Type, { keys, mergeKey, isAtomic = type.isAtomic, ...field }: Partial<Field> = {}): Structure {
  const value = field.default ?? (field.omit === "never" ? zeroOf(type) : undefined);
  const ofField = (field?: Field) => (field ? ofType(field.type, field) : unknown);
  return {
    ...{ keys, mergeKey, default: value, isAtomic: isAtomic || type.shape === "itself" },
    ...{ isReplaced: field.isReplaced ?? false, isRaw: type.go === "runtime.RawExtension" },
    has: (key) => type.fields.has(key),
    inside: (key) => (type.shape === "map" ? ofType(type.items) : ofField(type.fields.get(key))),
    items: () => (type.shape === "list" ? ofType(type.items) : unknown),
  };
}

function ofSchema(schema: Schema): Structure {
  const { "x-kubernetes-list-type": list, "x-kubernetes-list-map-keys": keys } = schema;
  return {
    ...{
      mergeKey: undefined,
      isReplaced: false,
      isRaw: false,
      default: schema.default,
      isAtomic: schema["x-kubernetes-map-type"] === "atomic",
    },
    keys: list === "map" && isList(keys) ? keys.map(String) : list === "set" ? "set" : undefined,
    has: (key) => schema.properties?.[key] !== undefined,
    inside: (key) => ofSchema(own(schema, key) ?? {}),
    items: () => ofSchema(schema.items ?? {}),
  };
}

export function structureOf(kind: Pick<Kind, "apiVersion" | "kind" | "custom">): Structure {
  const type = typeOf(kind);
  if (type) return ofType(type);
  const custom = ofSchema(kind.custom?.schema?.openAPIV3Schema ?? {});
  const has = (key: string) => key === "metadata" || custom.has(key);
  return { ...custom, has, inside: (key) => (key === "metadata" ? ofType(metadataType()) : custom.inside(key)) };
}

/** The keys of a list's items, `set` for a set, or undefined for a list that is one value. */
export function keysOf(list: Json, structure: Structure): Structure["keys"] {
  const { keys } = structure;
  if (!isList(list) || !keys || keys === "set") return isList(list) ? keys : undefined;
  const items = structure.items();
  const has = (item: Json, key: string) => (mapOf(item)[key] ?? items.inside(key).default) !== undefined;
  return list.every((item) => isMap(item) && keys.some((key) => has(item, key))) ? keys : undefined;
}

/** The values of an item's keys. */
export function keyOf(item: Json, keys: readonly string[], items: Structure): JsonMap {
  const values = keys.map((key): [string, Json] => {
    const given = mapOf(item)[key];
    return [key, given === undefined ? items.inside(key).default : given];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
