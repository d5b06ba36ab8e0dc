/** JSON merge patch: RFC 7396. As the API server's, it sorts the fields of what it changes. */
import { entriesInOrder, isMap, type Json, mapOf } from "../object.ts";

export function mergePatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const merged: Record<string, Json> = { ...mapOf(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return Object.fromEntries(entriesInOrder(merged));
}
