/**
 * Which old value a value had. What did not change is not refused, though a schema became stricter.
 * Source: k8s.io/apiserver/pkg/cel/common/equality.go
 */
import { isDeepStrictEqual } from "node:util";
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import { own, ownValue, type Schema } from "./schema.ts";

/** A value and the one that it was. Undefined: the value is new, or nobody can say which one it was. */
export interface Correlation {
  readonly value: Json;
  readonly old: Json;
  readonly schema: Schema;
}

export function atKey(correlation: Correlation | undefined, key: string): Correlation | undefined {
  if (!correlation) return undefined;
  const { value, old, schema } = correlation;
  const of = own(schema, key);
  if (!of || !isMap(value) || !isMap(old)) return undefined;
  const [now, before] = [ownValue(value, key), ownValue(old, key)];
  return now === undefined || before === undefined ? undefined : { value: now, old: before, schema: of };
}

/** Items of a list have old ones if the list has keys. */
export function atIndex(correlation: Correlation | undefined, index: number): Correlation | undefined {
  if (!correlation) return undefined;
  const { value, old, schema } = correlation;
  const item = isList(value) ? value[index] : undefined;
  const before = item === undefined ? undefined : oldItem(schema, item, old);
  return before === undefined || !schema.items ? undefined : { value: item, old: before, schema: schema.items };
}

interface Index {
  readonly keys: readonly string[];
  readonly items: ReadonlyMap<string, Json>;
}
/** By the list: to look at every old item for each new one takes minutes for a long list. */
const indexes = new WeakMap<readonly Json[], Index>();

/** The item with the same keys. */
export function oldItem(schema: Schema, item: Json, old: Json): Json {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || !isList(keys) || !isList(old) || !isMap(item)) return undefined;
  const keyOf = (map: JsonMap) => JSON.stringify(keys.map((key) => ownValue(map, key) ?? null));
  const known = indexes.get(old);
  if (known?.keys === keys) return known.items.get(keyOf(item));
  // Of two with the same keys, the first one.
  const items = new Map(
    old
      .filter(isMap)
      .map((one) => [keyOf(one), one] as const)
      .toReversed(),
  );
  indexes.set(old, { keys, items });
  return items.get(keyOf(item));
}

export const isSame = (correlation: Correlation | undefined): boolean =>
  correlation !== undefined && isDeepStrictEqual(correlation.value, correlation.old);
