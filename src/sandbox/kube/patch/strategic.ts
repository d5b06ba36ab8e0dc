/** Strategic merge patch: merges lists by the keys of their items. Source: k8s.io/apimachinery/pkg/util/strategicpatch */
import { isList, isMap, type Json, listOf, mapOf } from "../object.ts";
import { badRequest } from "../status.ts";
import { keysOf } from "./lists.ts";

const orderOf = "$setElementOrder/";
const fromSet = "$deleteFromPrimitiveList/";

export function strategicPatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
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
      merged[field] = mergeList(merged[field], listOf(fields[field]), { field, order: listOf(value) });
    } else if (value === null) delete merged[key];
    else if (!isList(value)) merged[key] = strategicPatch(merged[key], value);
    else if (!(orderOf + key in fields)) merged[key] = mergeList(merged[key], value, { field: key });
  }
  return merged;
}

interface ListOptions {
  readonly field: string;
  /** Items, or only their keys, in the wanted order. */
  readonly order?: readonly Json[];
}

function mergeList(target: Json, patch: readonly Json[], { field, order }: ListOptions): Json {
  const directed = (directive: string) => patch.filter((item) => isMap(item) && item.$patch === directive);
  const plain = patch.filter((item) => !isMap(item) || !("$patch" in item) || item.$patch === "merge");
  if (directed("replace").length > 0) return plain;
  const old = listOf(target);
  const keys = keysOf(field, [...old, ...plain], "built-in");
  if (!keys) return plain;
  const idOf = (item: Json) => (keys === "set" ? item : mapOf(item)[keys[0] ?? ""]);
  const find = (items: readonly Json[], item: Json) => items.find((one) => idOf(one) === idOf(item));
  const kept = old.filter((item) => !find(directed("delete"), item));
  const wanted = (order ?? plain).flatMap((item) => find(plain, item) ?? find(kept, item) ?? []);
  const merged = wanted.map((item) => (keys === "set" ? item : strategicPatch(find(kept, item), item)));
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
