/** JSON patch: RFC 6902. As in the API server, `replace` also adds a missing field. */
import { isDeepStrictEqual } from "node:util";
import { isList, isMap, type Json, mapOf } from "../object.ts";

/** Returns undefined if an operation does not apply. */
export function jsonPatch(target: Json, operations: readonly Json[]): Json {
  try {
    return operations.reduce((document, operation) => apply(document, operation), target);
  } catch (thrown) {
    if (thrown instanceof DoesNotApply) return undefined;
    throw thrown;
  }
}

class DoesNotApply extends Error {}

function apply(document: Json, operation: Json): Json {
  const { op, path = "", from = "", value } = mapOf(operation);
  const [to, source] = [keysOf(path), keysOf(from)];
  if (op === "add" || op === "replace") return put(document, to, { value, inserts: op === "add" });
  if (op === "remove") return remove(document, to);
  if (op === "copy") return put(document, to, { value: get(document, source), inserts: true });
  if (op === "move") return put(remove(document, source), to, { value: get(document, source), inserts: true });
  if (op !== "test" || !isDeepStrictEqual(get(document, to), value ?? null)) throw new DoesNotApply();
  return document;
}

/** Splits `/data/a~1b` into `data` and `a/b`. */
function keysOf(pointer: Json): readonly string[] {
  if (typeof pointer !== "string" || (pointer !== "" && !pointer.startsWith("/"))) throw new DoesNotApply();
  const keys = pointer.split("/").slice(1);
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The index of an existing item. Throws `DoesNotApply`. */
function placeIn(list: readonly Json[], key: string, last = list.length - 1): number {
  if (!/^(0|[1-9]\d*)$/.test(key) || Number(key) > last) throw new DoesNotApply();
  return Number(key);
}

function get(value: Json, keys: readonly string[]): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (isList(value)) return get(value[placeIn(value, key)], rest);
  if (!isMap(value) || !Object.hasOwn(value, key)) throw new DoesNotApply();
  return get(value[key], rest);
}

interface Change {
  readonly value: Json;
  /** True to insert into a list, false to replace an item. */
  readonly inserts: boolean;
}

function put(document: Json, keys: readonly string[], change: Change): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return change.value;
  if (rest.length > 0) return within(document, key, (inner) => put(inner, rest, change));
  if (isMap(document)) return { ...document, [key]: change.value };
  if (!isList(document)) throw new DoesNotApply();
  if (!change.inserts) return document.with(placeIn(document, key), change.value);
  const place = key === "-" ? document.length : placeIn(document, key, document.length);
  return document.toSpliced(place, 0, change.value);
}

function remove(document: Json, keys: readonly string[]): Json {
  const [key, ...rest] = keys;
  if (key === undefined) throw new DoesNotApply();
  if (rest.length > 0) return within(document, key, (inner) => remove(inner, rest));
  get(document, [key]);
  if (isList(document)) return document.toSpliced(Number(key), 1);
  return Object.fromEntries(Object.entries(mapOf(document)).filter(([other]) => other !== key));
}

function within(value: Json, key: string, change: (inner: Json) => Json): Json {
  const inner = change(get(value, [key]));
  return isList(value) ? value.with(Number(key), inner) : { ...mapOf(value), [key]: inner };
}
