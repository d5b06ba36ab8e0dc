/** Sets of fields, in the format of `managedFields`: `{"f:spec": {"f:replicas": {}}}`. */
import { isDeepStrictEqual } from "node:util";
import { type Fields, isList, isMap, type Json, mapOf } from "../object.ts";
import { keyOf, keysOf, type Structure } from "../patch/structure.ts";

/** Items of a list that have the same keys, which are tracked as one value. */
class Repeated {
  readonly items: readonly Json[];
  constructor(items: readonly Json[]) {
    this.items = items;
  }
}
type Part = Json | Repeated;
export const itemsOf = (part: Part): readonly Json[] => (part instanceof Repeated ? part.items : [part]);

/** An item of a list has none of the keys that tell its items apart: the managers of the object are lost. */
export class Keyless extends Error {}

/** Splits a value into its parts, by segment. Returns undefined for a value that is tracked as a whole. */
export function partsOf(value: Part, structure: Structure): ReadonlyMap<string, Part> | undefined {
  if (structure.isAtomic || value instanceof Repeated) return undefined;
  if (isMap(value)) {
    const parts = Object.entries(value).map(([key, inner]) => [`f:${key}`, inner] as const);
    return parts.length > 0 ? new Map(parts) : undefined;
  }
  if (!isList(value) || !structure.keys || value.length === 0) return undefined;
  const keys = keysOf(value, structure);
  if (!keys) throw new Keyless();
  const parts = new Map<string, Part>();
  for (const item of value) {
    const segment =
      keys === "set" ? `v:${JSON.stringify(item)}` : `k:${JSON.stringify(keyOf(item, keys, structure.items()))}`;
    const earlier = parts.get(segment);
    parts.set(segment, parts.has(segment) ? new Repeated([...itemsOf(earlier), item]) : item);
  }
  return parts;
}

/** The field name in a segment; `""` for an item of a list. */
export const nameOf = (segment: string): string => (segment.startsWith("f:") ? segment.slice(2) : "");

/** The structure of a part. */
export const inside = (structure: Structure, segment: string): Structure =>
  segment.startsWith("f:") ? structure.inside(nameOf(segment)) : structure.items();

/**
 * The fields of an applied configuration. Items of lists are owned themselves, besides what is in them; an empty list
 * of them is not.
 */
export const fieldsOf = (value: Json, structure: Structure): Fields => fieldsIn(value, structure, /^k:/) ?? {};
/** The fields of a value that was added or removed: maps and lists are owned themselves, too. */
export const allFieldsOf = (value: Part, structure: Structure): Fields => fieldsIn(value, structure, /./) ?? {};

function fieldsIn(value: Part, structure: Structure, owned: RegExp): Fields | undefined {
  const parts = partsOf(value, structure);
  if (!parts)
    return !(value instanceof Repeated) && isList(value) && structure.keys && !structure.isAtomic ? undefined : {};
  const fields = [...parts].flatMap(([segment, inner]) => {
    const own = fieldsIn(inner, inside(structure, segment), owned);
    const isOwned = owned.test(segment);
    if (!own && !isOwned) return [];
    return [[segment, own && !isNone(own) && isOwned ? { ".": {}, ...own } : (own ?? {})] as const];
  });
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** Returns the fields that were added, changed or removed, or undefined if there are none. */
export function changedFields(before: Part, after: Part, structure: Structure): Fields | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  const [old, now] = [partsOf(before, structure), partsOf(after, structure)];
  if (!old || !now) return or(allFieldsOf(before, structure), allFieldsOf(after, structure));
  const segments = [...new Set([...old.keys(), ...now.keys()])];
  const changes = segments.flatMap((segment) => {
    const [one, other] = [old.get(segment), now.get(segment)];
    const change = changedFields(one, other, inside(structure, segment));
    if (!change) return [];
    const isInside = old.has(segment) && now.has(segment) && !(one instanceof Repeated) && !(other instanceof Repeated);
    return [[segment, isInside || isNone(change) ? change : { ".": {}, ...change }] as const];
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
