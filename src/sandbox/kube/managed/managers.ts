/** Field managers: `metadata.managedFields`. Source: k8s.io/apimachinery/pkg/util/managedfields */
import type { Request } from "../../request.ts";
import type { Kind } from "../kinds.ts";
import { isMap, type Json, type JsonMap, type KubeObject, type Managed, type Manager } from "../object.ts";
import { structureOf } from "../patch/structure.ts";
import { encodeStruct } from "../types/encode.ts";
import { typeOf } from "../types/types.ts";
import { allFieldsOf, and, changedFields, isNone, minus, or } from "./fields.ts";

/** The query's `fieldManager`, or the product name in the User-Agent. */
export const managerOf = ({ query, headers }: Request): string =>
  query.get("fieldManager") ?? (headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";

/** The fields that can have managers. Identity and server-set metadata cannot. */
export function managed({ metadata, ...rest }: KubeObject): JsonMap {
  const { labels, annotations, ownerReferences, finalizers, generateName } = metadata;
  const own = { labels, annotations, ownerReferences, finalizers, generateName };
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { ...rest, metadata: Object.fromEntries<Json>(given) } : rest;
}

export const entriesOf = ({ metadata }: KubeObject): readonly Managed[] => metadata.managedFields ?? [];

export const isSame = (one: Manager, other: Manager): boolean =>
  one.manager === other.manager && one.operation === other.operation && one.subresource === other.subresource;

const untimed = ({ time, ...entry }: Managed): object => entry;
/** Keeps the time of entries that did not change. */
function kept(old: readonly Managed[], entries: readonly Managed[]): readonly Managed[] {
  return entries
    .filter(({ fieldsV1 }) => !isNone(fieldsV1))
    .map((entry) => old.find((one) => JSON.stringify(untimed(one)) === JSON.stringify(untimed(entry))) ?? entry);
}

export function withEntries(object: KubeObject, old: readonly Managed[], entries: readonly Managed[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const all = kept(old, entries);
  return { ...object, metadata: { ...metadata, ...(all.length > 0 && { managedFields: all }) } };
}

/**
 * The entries before a change: those that its writer sent, else those of the stored object. `[]` and one empty entry
 * remove all. Source: `decodeLiveOrNew` in k8s.io/apimachinery/pkg/util/managedfields/internal/fieldmanager.go
 */
function entriesBefore(old: KubeObject | undefined, next: KubeObject, by: Manager): readonly Managed[] {
  const live = old ? entriesOf(old) : [];
  const { managedFields: sent } = next.metadata;
  if (by.subresource || !sent) return live;
  const [first, ...more] = sent;
  if (more.length === 0 && (!first || isNone(first))) return [];
  const isReplaced = (one: Managed, index: number) =>
    one.operation === "Apply" && sent.slice(index + 1).some((other) => isSame(one, other));
  return sent.every(isEntry) ? sent.filter((one, index) => !isReplaced(one, index)) : live;
}

const isEntry = ({ operation, fieldsType, fieldsV1 }: Partial<Managed>): boolean =>
  (operation === "Apply" || operation === "Update") && fieldsType === "FieldsV1" && isSet(fieldsV1);

const isSet = (fields: Json): boolean =>
  isMap(fields) && Object.entries(fields).every(([segment, inner]) => /^(\.$|[fvki]:)/.test(segment) && isSet(inner));

/** What each object of a kind has before it has any field. */
function emptyOf(kind: Kind): JsonMap {
  const type = typeOf(kind);
  return type ? encodeStruct({}, type) : {};
}

/** Gives the writer of a create, update or patch the fields that changed, and takes them from other managers. */
export function updated(kind: Kind, next: KubeObject, { old, by }: { old: KubeObject | undefined; by: Manager }) {
  const structure = structureOf(kind);
  const before = entriesBefore(old, next, by);
  // An object that nobody manages stays so until the first apply.
  if (old && before.length === 0) return withEntries(next, [], []);
  const from = { metadata: {}, ...(old ? managed(old) : emptyOf(kind)) };
  const changed = changedFields(from, managed(next), structure) ?? {};
  const present = and(changed, allFieldsOf(managed(next), structure));
  const mine = before.find((entry) => isSame(entry, by))?.fieldsV1 ?? {};
  const own: Managed = { ...by, fieldsType: "FieldsV1", fieldsV1: or(minus(mine, minus(changed, present)), present) };
  const others = before.filter((entry) => !isSame(entry, by));
  const left = others.map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, changed) }));
  return withEntries(next, before, [...left, own]);
}
