/** Field managers: `metadata.managedFields`. Source: k8s.io/apimachinery/pkg/util/managedfields */
import type { Request } from "../../request.ts";
import type { Kind } from "../kinds.ts";
import { type Fields, isMap, type Json, type JsonMap, type KubeObject, type Managed, type Manager } from "../object.ts";
import { structureOf } from "../patch/structure.ts";
import { encodeStruct } from "../types/encode.ts";
import { typeOf } from "../types/types.ts";
import { allFieldsOf, and, changedFields, isNone, Keyless, minus, or } from "./fields.ts";

/** The query's `fieldManager`, or the product name in the User-Agent. */
export const managerOf = ({ query, headers }: Request): string =>
  query.get("fieldManager") ?? (headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown";

/** The fields that can have managers. Identity and server-set metadata cannot. */
export function managed({ metadata, ...rest }: KubeObject): JsonMap {
  const { labels, annotations, ownerReferences, finalizers, generateName } = metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const deletion = { deletionTimestamp, deletionGracePeriodSeconds };
  const own = { labels, annotations, ownerReferences, finalizers, generateName, ...deletion };
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { ...rest, metadata: Object.fromEntries<Json>(given) } : rest;
}

export const entriesOf = ({ metadata }: KubeObject): readonly Managed[] => metadata.managedFields ?? [];

/** Of entries of one manager the last counts. */
export const distinct = (entries: readonly Managed[]): readonly Managed[] =>
  entries.filter((one, index) => !entries.slice(index + 1).some((other) => isSame(one, other)));

export const isSame = (one: Manager, other: Manager): boolean =>
  one.manager === other.manager && one.operation === other.operation && one.subresource === other.subresource;

export function withEntries(object: KubeObject, entries: readonly Managed[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const all = entries.filter(({ fieldsV1 }) => !isNone(fieldsV1)).toSorted(inOrder);
  return { ...object, metadata: { ...metadata, ...(all.length > 0 && { managedFields: all }) } };
}

/** Source: `sortEncodedManagedFields` in k8s.io/apimachinery/pkg/util/managedfields/internal/managedfields.go */
function inOrder(one: Managed, other: Managed): number {
  const keys = ({ operation, time = "", manager, apiVersion, subresource = "" }: Managed) => [
    ...[operation, time, manager, apiVersion, subresource],
  ];
  const [left, right] = [keys(one), keys(other)];
  const at = left.findIndex((key, index) => key !== right[index]);
  return at < 0 ? 0 : `${left[at]}` < `${right[at]}` ? -1 : 1;
}

/**
 * The entries before a change: those that its writer sent, else those of the stored object. `[]` and one empty entry
 * remove all. Source: `decodeLiveOrNew` in k8s.io/apimachinery/pkg/util/managedfields/internal/fieldmanager.go
 */
function entriesBefore(old: KubeObject | undefined, next: KubeObject, by: Manager): readonly Managed[] {
  const live = old ? distinct(entriesOf(old)) : [];
  const { managedFields: sent } = next.metadata;
  if (by.subresource || !sent) return live;
  const [first, ...more] = sent;
  if (more.length === 0 && (!first || isNone(first))) return [];
  return sent.every(isEntry) ? distinct(sent) : live;
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

/** The fields that a new object has. */
export function newFieldsOf(kind: Kind, object: KubeObject): Fields {
  const structure = structureOf(kind);
  const changed = changedFields({ metadata: {}, ...emptyOf(kind) }, managed(object), structure) ?? {};
  return and(changed, allFieldsOf(managed(object), structure));
}

interface Updating {
  readonly old: KubeObject | undefined;
  readonly by: Manager;
  /** What the writer sent, if the API server then takes back a part of it. */
  readonly sent?: KubeObject;
}

/**
 * Gives the writer of a create, update or patch the fields that changed, and takes them from other managers. An object
 * whose fields cannot be told apart loses its managers.
 */
export function updated(kind: Kind, next: KubeObject, change: Updating): KubeObject {
  try {
    return withEntries(next, entriesAfter(kind, next, change));
  } catch (error) {
    if (error instanceof Keyless) return withEntries(next, []);
    throw error;
  }
}

function entriesAfter(kind: Kind, next: KubeObject, { old, by, sent = next }: Updating): readonly Managed[] {
  const structure = structureOf(kind);
  const before = entriesBefore(old, next, by);
  // An object that nobody manages stays so until the first apply.
  if (old && before.length === 0) return [];
  const from = { metadata: {}, ...(old && managed(old)) };
  const changed = old ? (changedFields(from, managed(sent), structure) ?? {}) : newFieldsOf(kind, sent);
  const present = and(changed, allFieldsOf(managed(sent), structure));
  const mine = before.find((entry) => isSame(entry, by));
  const fieldsV1 = or(minus(mine?.fieldsV1 ?? {}, minus(changed, present)), present);
  // Who only removes fields keeps the earlier time.
  const own: Managed = { ...(isNone(present) && mine ? mine : by), fieldsType: "FieldsV1", fieldsV1 };
  const others = before.filter((entry) => !isSame(entry, by));
  const left = others.map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, changed) }));
  return [...left, own];
}
