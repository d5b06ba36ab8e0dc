/** Server-side apply. Source: "Server-Side Apply" in Kubernetes' documentation, sigs.k8s.io/structured-merge-diff */
import { isDeepStrictEqual } from "node:util";
import { type Kind, kinds } from "../kinds.ts";
import {
  type Fields,
  isMap,
  type Json,
  type JsonMap,
  type KubeObject,
  listOf,
  type Managed,
  type Manager,
  type Metadata,
  mapOf,
  objectOf,
} from "../object.ts";
import { keyOf, keysOf, type Structure, structureOf } from "../patch/structure.ts";
import { failure } from "../status.ts";
import {
  and,
  changedFields,
  fieldsOf,
  inside,
  isNone,
  itemsOf,
  minus,
  nameOf,
  or,
  partsOf,
  pathsOf,
} from "./fields.ts";
import { entriesOf, isSame, managed, newFieldsOf, withEntries } from "./managers.ts";

interface Applying {
  readonly config: KubeObject;
  /** The configuration has metadata, perhaps none in it. */
  readonly hasMetadata: boolean;
  readonly by: Manager;
  /** Takes over the fields of other managers. */
  readonly force: boolean;
}

/** Returns the object after the apply. Throws 409 if another manager owns a field that changes. */
export function applied(kind: Kind, old: KubeObject, { config, hasMetadata, by, force }: Applying): KubeObject {
  const structure = structureOf(kind);
  const before = entriesBefore(kind, old, by);
  const given = withinView(kind, config, by);
  const set = fieldsOf(managed(given), structure);
  const sent = hasMetadata ? given : withoutMetadata(given);
  // A new Node keeps its status, though nobody owns it then.
  const merged = objectOf(merge(old, kind.custom ? given : config, structure));
  const others = before.filter((entry) => !isSame(entry, by));
  const changed = changedFields(managed(old), managed(merged), structure) ?? {};
  const conflicts = others.map((entry) => ({ ...entry, fieldsV1: and(entry.fieldsV1, changed) }));
  if (!force) refuse(conflicts.filter(({ fieldsV1 }) => !isNone(fieldsV1)));
  const left = others.map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, changed) }));
  const kept = left.reduce<Fields>((all, { fieldsV1 }) => or(all, fieldsV1), fieldsOf(sent, structure));
  const mine = before.find((entry) => isSame(entry, by));
  const dropped = minus(mine?.fieldsV1 ?? {}, kept);
  const next = isNone(dropped) ? merged : objectOf(without(merged, dropped, { kept, structure }));
  // The time of an apply that changes nothing is not kept.
  const { time: _, ...timeless } = by;
  const own = isDeepStrictEqual(unmanaged(next), unmanaged(old)) ? (mine ?? timeless) : by;
  return withEntries(next, [{ ...own, fieldsType: "FieldsV1", fieldsV1: set }, ...left]);
}

/** An apply without metadata keeps none. */
const withoutMetadata = ({ metadata: _, ...config }: KubeObject): JsonMap => config;

/** What a request does not write has no owner by it. Source: `GetResetFields` of the strategies */
function withinView({ id, subresources }: Kind, config: KubeObject, { subresource }: Manager): KubeObject {
  const { spec, status, ...rest } = config;
  if (subresource === "status")
    return { ...rest, metadata: metadataOfStatus(id, rest.metadata), ...(status !== undefined && { status }) };
  if (subresource || !subresources.includes("status")) return config;
  return { ...rest, ...(spec !== undefined && { spec }) };
}

function metadataOfStatus(id: string, { labels, ownerReferences, ...rest }: Metadata): Metadata {
  return {
    ...rest,
    ...(labels && id !== kinds.deployments.id && { labels }),
    ...(ownerReferences && id !== kinds.pods.id && { ownerReferences }),
  };
}

function unmanaged({ metadata: { managedFields: _, ...metadata }, ...object }: KubeObject): JsonMap {
  return { ...object, metadata };
}

/** The fields of an object that nobody manages get their own manager, from which the first apply takes them. */
function entriesBefore(kind: Kind, old: KubeObject, by: Manager): readonly Managed[] {
  const entries = entriesOf(old);
  if (entries.length > 0 || !old.metadata.uid) return entries;
  const fieldsV1 = newFieldsOf(kind, withinView(kind, old, by));
  return [{ ...by, manager: "before-first-apply", operation: "Update", fieldsType: "FieldsV1", fieldsV1 }];
}

function refuse(conflicts: readonly Managed[]): void {
  const describe = ({ manager, subresource, operation, apiVersion }: Managed) =>
    JSON.stringify(manager) +
    (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "") +
    (operation === "Update" ? ` using ${apiVersion}` : "");
  const sorted = conflicts.toSorted((one, other) => one.manager.localeCompare(other.manager));
  const all = sorted.flatMap((entry) => pathsOf(entry.fieldsV1).map((field) => ({ field, by: describe(entry) })));
  if (all.length === 0) return;
  const causes = all.map(({ field, by }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${by}`,
    field,
  }));
  const byManager = [...new Set(all.map(({ by }) => by))].sort().map((by) => {
    const paths = all.filter((one) => one.by === by).map(({ field }) => `- ${field}`);
    return [`conflicts with ${by}:`, ...paths].join("\n");
  });
  const one = `1 conflict: conflict with ${all[0]?.by}: ${all[0]?.field}`;
  const what = all.length === 1 ? one : `${all.length} conflicts: ${byManager.join("\n")}`;
  throw failure(409, `Apply failed with ${what}`, { causes });
}

/** Merges maps and lists with keys, and replaces other values. */
function merge(old: Json, config: Json, structure: Structure): Json {
  if (structure.isAtomic) return config;
  // Null takes away a value, and leaves the parts of one that has parts.
  if (config === null) return partsOf(old, structure) ? old : null;
  if (isMap(config)) {
    const base = mapOf(old);
    const given = Object.entries(config).map(([key, value]) => [key, merge(base[key], value, structure.inside(key))]);
    return { ...base, ...Object.fromEntries(given) };
  }
  const keys = keysOf(config, structure);
  if (!keys || !keysOf(old, structure)) return config;
  const items = structure.items();
  const idOf = (item: Json) => JSON.stringify(keys === "set" ? item : keyOf(item, keys, items));
  const [before, given] = [listOf(old), listOf(config)].map((list) => new Map(list.map((item) => [idOf(item), item])));
  const both = (id: string): Json => {
    const [was, is] = [before?.get(id), given?.get(id)];
    return keys === "set" || is === undefined ? (is ?? was) : merge(was, is, items);
  };
  return inOrder([...(before?.keys() ?? [])], [...(given?.keys() ?? [])]).map(both);
}

/**
 * The order of a merged list: that of the applied items, and the others where they were among them.
 * Source: `visitListItems` in sigs.k8s.io/structured-merge-diff/typed/merge.go
 */
function inOrder(before: readonly string[], given: readonly string[]): readonly string[] {
  const shared = given.filter((id) => before.includes(id));
  const merged: string[] = [];
  let [left, right] = [0, 0];
  const takeGiven = () => {
    const id = given[right++] ?? "";
    merged.push(id);
    if (shared[0] === id) shared.shift();
  };
  while (left < before.length || right < given.length) {
    const [old, next] = [before[left], given[right]];
    if (old === undefined) takeGiven();
    else if (old === next) {
      left++;
      takeGiven();
    } else if (!given.includes(old)) {
      merged.push(old);
      left++;
    } else if (merged.includes(old) || (next !== undefined && shared[0] !== undefined && shared[0] !== old)) left++;
    else takeGiven();
  }
  return merged;
}

interface Dropping {
  readonly structure: Structure;
  /** What is still managed. */
  readonly kept: Fields;
}

/** Removes the dropped fields, and maps and lists that become empty. Returns undefined if nothing is left. */
function without(value: Json, dropped: Fields, { kept, structure }: Dropping): Json {
  const parts = partsOf(value, structure);
  if (!parts) return undefined;
  const left = [...parts].flatMap(([segment, inner]) => {
    const [drop, keep] = [dropped[segment], kept[segment]];
    if (!drop) return itemsOf(inner).map((one) => [segment, one] as const);
    // A field of a struct goes with all that is in it, such as defaults.
    const isNamed = segment.startsWith("f:") && structure.has(nameOf(segment));
    if (!keep && (isNamed || isNone(drop) || drop["."])) return [];
    const to = { kept: keep ?? {}, structure: inside(structure, segment) };
    return itemsOf(inner).flatMap((one) => {
      const rest = without(one, drop, to);
      return rest === undefined ? [] : [[segment, rest] as const];
    });
  });
  if (left.length === 0) return undefined;
  if (isMap(value)) return Object.fromEntries(left.map(([segment, inner]) => [nameOf(segment), inner]));
  return left.map(([, inner]) => inner);
}
