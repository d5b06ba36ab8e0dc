/** Server-side apply. Source: "Server-Side Apply" in Kubernetes' documentation, sigs.k8s.io/structured-merge-diff */
import type { Kind } from "../kinds.ts";
import {
  type Fields,
  isMap,
  type Json,
  type KubeObject,
  listOf,
  type Managed,
  type Manager,
  mapOf,
  objectOf,
} from "../object.ts";
import { keyOf, keysOf, type Structure, structureOf } from "../patch/structure.ts";
import { failure } from "../status.ts";
import {
  allFieldsOf,
  and,
  changedFields,
  fieldsOf,
  inside,
  isNone,
  minus,
  nameOf,
  or,
  partsOf,
  pathsOf,
} from "./fields.ts";
import { entriesOf, isSame, managed, withEntries } from "./managers.ts";

interface Applying {
  readonly config: KubeObject;
  readonly by: Manager;
  /** Takes over the fields of other managers. */
  readonly force: boolean;
}

/** Returns the object after the apply. Throws 409 if another manager owns a field that changes. */
export function applied(kind: Kind, old: KubeObject, { config, by, force }: Applying): KubeObject {
  const structure = structureOf(kind);
  const before = entriesBefore(old, { structure, by });
  const set = fieldsOf(managed(config), structure);
  const merged = objectOf(merge(old, config, structure));
  const others = before.filter((entry) => !isSame(entry, by));
  const changed = changedFields(managed(old), managed(merged), structure) ?? {};
  const conflicts = others.map((entry) => ({ ...entry, fieldsV1: and(entry.fieldsV1, changed) }));
  if (!force) refuse(conflicts.filter(({ fieldsV1 }) => !isNone(fieldsV1)));
  const left = others.map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, changed) }));
  const theirs = left.reduce<Fields>((all, { fieldsV1 }) => or(all, fieldsV1), {});
  const mine = before.find((entry) => isSame(entry, by))?.fieldsV1 ?? {};
  const dropped = minus(minus(mine, set), theirs);
  const next = isNone(dropped) ? merged : objectOf(without(merged, dropped, { theirs, structure }));
  return withEntries(next, before, [{ ...by, fieldsType: "FieldsV1", fieldsV1: set }, ...left]);
}

/** The fields of an object that nobody manages get a manager of their own, from whom the first apply takes them. */
function entriesBefore(old: KubeObject, { structure, by }: { structure: Structure; by: Manager }): readonly Managed[] {
  const entries = entriesOf(old);
  if (entries.length > 0 || !old.metadata.uid) return entries;
  const { subresource: _, ...first } = { ...by, manager: "before-first-apply", operation: "Update" as const };
  return [{ ...first, fieldsType: "FieldsV1", fieldsV1: allFieldsOf(managed(old), structure) }];
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
  if (isMap(config)) {
    const given = Object.entries(config).filter(([, value]) => value !== null);
    const base = mapOf(old);
    return {
      ...base,
      ...Object.fromEntries(given.map(([key, value]) => [key, merge(base[key], value, structure.inside(key))])),
    };
  }
  const keys = keysOf(config, structure);
  if (!keys || !keysOf(old, structure)) return config;
  const [before, given] = [listOf(old), listOf(config)];
  if (keys === "set") return [...new Set([...before, ...given])];
  const items = structure.items();
  const key = (item: Json) => JSON.stringify(keyOf(item, keys, items));
  const changed = before.map((item) => {
    const change = given.find((one) => key(one) === key(item));
    return change ? merge(item, change, items) : item;
  });
  const isNew = (item: Json) => !before.some((one) => key(one) === key(item));
  return [...changed, ...given.filter(isNew)];
}

interface Dropping {
  readonly structure: Structure;
  /** The fields of other managers, which stay. */
  readonly theirs: Fields;
}

/** Removes the dropped fields, and maps and lists that become empty. Returns undefined if nothing is left. */
function without(value: Json, dropped: Fields, { theirs, structure }: Dropping): Json {
  const parts = partsOf(value, structure);
  if (!parts) return undefined;
  const left = [...parts].flatMap(([segment, inner]) => {
    const [drop, keep] = [dropped[segment], theirs[segment]];
    if (!drop) return [[segment, inner] as const];
    if (!keep && (isNone(drop) || drop["."])) return [];
    const rest = without(inner, drop, { theirs: keep ?? {}, structure: inside(structure, segment) });
    return rest === undefined ? [] : [[segment, rest] as const];
  });
  if (left.length === 0) return undefined;
  if (isMap(value)) return Object.fromEntries(left.map(([segment, inner]) => [nameOf(segment), inner]));
  return left.map(([, inner]) => inner);
}
