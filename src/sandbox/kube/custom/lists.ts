/** Duplicates in lists that are sets or maps. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype */
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import { duplicate, type Problem, wrong } from "../status.ts";
import { othersOf, ownValue, type Schema } from "./schema.ts";

export function duplicatesOf(value: Json, schema: Schema, path = ""): readonly Problem[] {
  if (isList(value)) {
    const { items } = schema;
    const inside = items ? value.flatMap((item, index) => duplicatesOf(item, items, `${path}[${index}]`)) : [];
    return [...inList(value, schema, path), ...inside];
  }
  if (!isMap(value)) return [];
  const others = othersOf(schema);
  return Object.entries(value).flatMap(([key, inner]) => {
    const of = ownValue(schema.properties, key);
    if (of) return duplicatesOf(inner, of, path ? `${path}.${key}` : key);
    return others ? duplicatesOf(inner, others, `${path}[${key}]`) : [];
  });
}

function inList(list: readonly Json[], schema: Schema, path: string): readonly Problem[] {
  const { "x-kubernetes-list-type": type, "x-kubernetes-list-map-keys": keys } = schema;
  if (type === "set") return repeated(list).map((index) => [`${path}[${index}]`, duplicate(list[index])]);
  if (type !== "map" || !isList(keys)) return [];
  const other = list.findIndex((item) => item !== null && !isMap(item));
  if (other >= 0) return [[`${path}[${other}]`, wrong(list[other], "must be an object for an array of list-type map")]];
  const given = list.map((item): JsonMap => {
    const values = keys.map((key) => [key, isMap(item) ? ownValue(item, key) : undefined] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  });
  return repeated(given).map((index) => [`${path}[${index}]`, duplicate(given[index])]);
}

/** Where a value comes the second time. A third is not reported. */
function repeated(list: readonly Json[]): readonly number[] {
  const counts = new Map<string, number>();
  return list.flatMap((item, index) => {
    const key = JSON.stringify(item);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === 2 ? [index] : [];
  });
}
