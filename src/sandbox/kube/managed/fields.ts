/** Sets of fields, in the format of `managedFields`: `{"f:spec": {"f:replicas": {}}}`. */
import { isDeepStrictEqual } from "node:util";
import { type Fields, isMap, type Json, listOf, mapOf } from "../object.ts";
import { keyOf, keysOf, type Structure } from "../patch/structure.ts";

/** Splits a value into its parts, by segment. Returns undefined for a value that is tracked as a whole. */
export function partsOf(value: Json, structure: Structure): ReadonlyMap<string, Json> | undefined {
  if (structure.isAtomic) return undefined;
  if (isMap(value)) {
    const parts = Object.entries(value).map(([key, inner]) => [`f:${key}`, inner] as const);
    return parts.length > 0 ? new Map(parts) : undefined;
  }
  const keys = keysOf(value, structure);
  if (!keys || listOf(value).length === 0) return undefined;
  const segment = (item: Json) =>
    keys === "set" ? `v:${JSON.stringify(item)}` : `k:${JSON.stringify(keyOf(item, keys, structure.items()))}`;
  return new Map(listOf(value).map((item) => [segment(item), item]));
}

/** The field name in a segment; `""` for an item of a list. */
export const nameOf = (segment: string): string => (segment.startsWith("f:") ? segment.slice(2) : "");

/** The structure of a part. */
export const inside = (structure: Structure, segment: string): Structure =>
  segment.startsWith("f:") ? structure.inside(nameOf(segment)) : structure.items();

/** The fields of an applied configuration. Items of lists are owned themselves, besides what is in them. */
export const fieldsOf = (value: Json, structure: Structure): Fields => fieldsIn(value, structure, /^k:/);
/** The fields of a value that was not there before, or is no more: maps and lists are owned themselves, too. */
export const allFieldsOf = (value: Json, structure: Structure): Fields => fieldsIn(value, structure, /./);

function fieldsIn(value: Json, structure: Structure, owned: RegExp): Fields {
  const parts = [...(partsOf(value, structure) ?? [])];
  return Object.fromEntries(
    parts.map(([segment, inner]) => {
      const own = fieldsIn(inner, inside(structure, segment), owned);
      return [segment, !isNone(own) && owned.test(segment) ? { ".": {}, ...own } : own];
    }),
  );
}

/** Returns the fields that were added, changed or removed, or undefined if there are none. */
export function changedFields(before: Json, after: Json, structure: Structure): Fields | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  const [old, now] = [partsOf(before, structure), partsOf(after, structure)];
  if (!old || !now) return or(allFieldsOf(before, structure), allFieldsOf(after, structure));
  const segments = [...new Set([...old.keys(), ...now.keys()])];
  const changes = segments.flatMap((segment) => {
    const isBoth = old.has(segment) && now.has(segment);
    const change = changedFields(old.get(segment), now.get(segment), inside(structure, segment));
    if (!change) return [];
    return [[segment, isBoth || isNone(change) ? change : { ".": {}, ...change }] as const];
  });
  return Object.fromEntries(changes);
}

export const isNone = (fields: object): boolean => Object.keys(fields).length === 0;

/** True for a field that is owned itself: a leaf, or one with `.`. */
const isOwned = (fields: Fields | undefined): boolean => fields !== undefined && (isNone(fields) || "." in fields);
const inner = ({ ".": _, ...fields }: Fields): Fields => fields;

/** Returns undefined for a field of which nothing is owned. */
function joined(owned: boolean, fields: Fields): Fields | undefined {
  if (isNone(fields)) return owned ? {} : undefined;
  return owned ? { ".": {}, ...fields } : fields;
}

export function or(one: Fields, other: Fields): Fields {
  const merged: Record<string, Fields> = { ...one };
  for (const [segment, more] of Object.entries(other)) {
    const own = merged[segment];
    merged[segment] = own ? (joined(isOwned(own) || isOwned(more), or(inner(own), inner(more))) ?? {}) : more;
  }
  return merged;
}

/** Removes what `other` has, too. */
export function minus(one: Fields, other: Fields): Fields {
  const kept = Object.entries(one).flatMap(([segment, own]) => {
    const without = other[segment];
    if (!without) return [[segment, own] as const];
    const rest = joined(isOwned(own) && !isOwned(without), minus(inner(own), inner(without)));
    return rest ? [[segment, rest] as const] : [];
  });
  return Object.fromEntries(kept);
}

export const and = (one: Fields, other: Fields): Fields => minus(one, minus(one, other));

/** The path of each leaf: `.spec.containers[name="web"].image`. */
export function pathsOf(fields: Fields, before = ""): readonly string[] {
  return Object.entries(fields).flatMap(([segment, inner]) => {
    if (segment === ".") return [before];
    const path = before + textOf(segment);
    return isNone(inner) ? [path] : pathsOf(inner, path);
  });
}

function textOf(segment: string): string {
  if (segment.startsWith("f:")) return `.${segment.slice(2)}`;
  if (segment.startsWith("v:")) return `[=${segment.slice(2)}]`;
  const keys = Object.entries(mapOf(JSON.parse(segment.slice(2))));
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
}
