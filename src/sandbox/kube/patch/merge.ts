/** JSON merge patch: RFC 7396. As the API server's, it sorts the fields of what it changes, and removes null in lists. */
import { entriesInOrder, isList, isMap, type Json, mapOf } from "../object.ts";

export function mergePatch(target: Json, patch: Json): Json {
  if (isList(patch)) return patch.map((item) => (item === null ? null : mergePatch(undefined, item)));
  if (!isMap(patch)) return patch;
  const merged: Record<string, Json> = { ...mapOf(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return Object.fromEntries(entriesInOrder(merged));
}
