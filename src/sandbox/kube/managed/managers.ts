/** Field managers: `metadata.managedFields`. Source: k8s.io/apimachinery/pkg/util/managedfields */
import type { Request } from "../../request.ts";
import type { Kind } from "../kinds.ts";
import type { Json, JsonMap, KubeObject, Managed, Manager } from "../object.ts";
import type { Schema } from "../patch/lists.ts";
import { and, changedFields, fieldsOf, isNone, minus, or } from "./fields.ts";

/** The query's `fieldManager`, or the product name in the User-Agent. */
export const managerOf = ({ query, headers }: Request): string =>
  query.get("fieldManager") ?? (headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";

export const schemaOf = ({ custom }: Kind): Schema => (custom ? "custom" : "built-in");

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

/** Gives the writer of a create, update or patch the fields that changed, and takes them from other managers. */
export function updated(kind: Kind, next: KubeObject, { old, by }: { old: KubeObject | undefined; by: Manager }) {
  const schema = schemaOf(kind);
  const before = old ? entriesOf(old) : [];
  const changed = changedFields(old && managed(old), managed(next), { schema }) ?? {};
  const present = and(changed, fieldsOf(managed(next), schema));
  const mine = before.find((entry) => isSame(entry, by))?.fieldsV1 ?? {};
  const own: Managed = { ...by, fieldsType: "FieldsV1", fieldsV1: or(minus(mine, minus(changed, present)), present) };
  const others = before.filter((entry) => !isSame(entry, by));
  const left = others.map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, changed) }));
  return withEntries(next, before, [...left, own]);
}
