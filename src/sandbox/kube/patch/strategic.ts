/** Strategic merge patch: merges lists by the keys of their items. Source: k8s.io/apimachinery/pkg/util/strategicpatch */
import { isList, isMap, type Json, listOf, mapOf } from "../object.ts";
import { badRequest, failure } from "../status.ts";
import { goText, kindOf } from "../types/convert.ts";
import type { Structure } from "./structure.ts";

const orderOf = "$setElementOrder/";
const fromSet = "$deleteFromPrimitiveList/";

export function strategicPatch(target: Json, patch: Json, structure: Structure): Json {
  if (!isMap(patch)) return patch;
  const isInside = (value: Json): boolean => isMap(value) || isList(value);
  // Only what is to be merged needs a type.
  const key = Object.keys(patch).find(
    (one) => isInside(patch[one]) && kindOf(patch[one]) === kindOf(mapOf(target)[one]),
  );
  if (structure.isRaw && key !== undefined)
    throw failure(500, `unable to find api field in struct RawExtension for the json field ${JSON.stringify(key)}`, {
      reason: undefined,
    });
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === "replace") return fields;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") throw badRequest(`unknown patch type found: ${directive}`);
  const old = Object.entries(mapOf(target));
  const merged = Object.fromEntries(old.filter(([key]) => !isList(retained) || retained.includes(key)));
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(fromSet)) {
      const field = key.slice(fromSet.length);
      merged[field] = listOf(merged[field]).filter((item) => !listOf(value).includes(item));
    } else if (key.startsWith(orderOf)) {
      const field = key.slice(orderOf.length);
      const options = { structure: structure.inside(field), order: listOf(value) };
      merged[field] = mergeList(merged[field], listOf(fields[field]), options);
    } else if (value === null) delete merged[key];
    else if (merged[key] === undefined && !hasDirectives(value)) merged[key] = withoutNull(value);
    else if (structure.inside(key).isReplaced) merged[key] = value;
    else if (!isList(value)) merged[key] = strategicPatch(merged[key], value, structure.inside(key));
    else if (!(orderOf + key in fields))
      merged[key] = mergeList(merged[key], value, { structure: structure.inside(key) });
  }
  return merged;
}

const hasDirectives = (value: Json): boolean =>
  isList(value)
    ? value.some(hasDirectives)
    : isMap(value) && Object.entries(value).some(([key, inner]) => key.startsWith("$") || hasDirectives(inner));

/** What was not there is taken as it is, without null in maps. */
function withoutNull(value: Json): Json {
  if (isList(value)) return value.map(withoutNull);
  if (!isMap(value)) return value;
  const given = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(given.map(([key, inner]) => [key, withoutNull(inner)]));
}

interface ListOptions {
  readonly structure: Structure;
  /** Items, or only their keys, in the wanted order. */
  readonly order?: readonly Json[];
}

function mergeList(target: Json, patch: readonly Json[], { structure, order }: ListOptions): Json {
  const directed = (directive: string) => patch.filter((item) => isMap(item) && item.$patch === directive);
  const plain = patch.filter((item) => !isMap(item) || !("$patch" in item) || item.$patch === "merge");
  if (directed("replace").length > 0) return plain;
  const old = listOf(target);
  const { mergeKey: key } = structure;
  if (key === undefined) return plain;
  refuse(old, patch, key);
  const idOf = (item: Json) => (key === "" ? item : mapOf(item)[key]);
  const find = (items: readonly Json[], item: Json) => items.find((one) => idOf(one) === idOf(item));
  const kept = old.filter((item) => !find(directed("delete"), item));
  const once = plain.filter((item, at) => plain.findIndex((one) => idOf(one) === idOf(item)) === at);
  const wanted = (order ?? once).flatMap((item) => find(plain, item) ?? find(kept, item) ?? []);
  // Of items of the same key, each changes what the one before it made.
  const changed = (item: Json): Json =>
    plain
      .filter((one) => idOf(one) === idOf(item))
      .reduce<Json>((made, one) => strategicPatch(made, one, structure.items()), find(kept, item));
  const merged = wanted.map((item) => (key === "" || !find(plain, item) ? item : changed(item)));
  const others = kept.filter((item) => !find(wanted, item));
  const placeOf = (item: Json) => kept.findIndex((one) => idOf(one) === idOf(item));
  // Items that the patch does not name stay before the items that followed them.
  let from = 0;
  for (const item of others) {
    const next = merged.findIndex((one, index) => index >= from && placeOf(one) > placeOf(item));
    const place = next < 0 ? merged.length : next;
    merged.splice(place, 0, item);
    from = place + 1;
  }
  return merged;
}

/** Throws 500, as the API server does, for items that cannot be merged. */
function refuse(old: readonly Json[], patch: readonly Json[], key: string): void {
  const both = [...old, ...patch];
  if (both.some((item) => kindOf(item) !== kindOf(both[0])))
    throw failure(500, `list element types are not identical: [${goText(old)} ${goText(patch)}]`, {
      reason: undefined,
    });
  const keyless = key && patch.find((item) => mapOf(item)[key] === undefined && mapOf(item).$patch !== "replace");
  if (keyless)
    throw failure(500, `map: ${goText(keyless)} does not contain declared merge key: ${key}`, { reason: undefined });
}
