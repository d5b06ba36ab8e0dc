/** Objects as the store keeps them: without `kind` and `apiVersion`, which the answer adds. */

/** JSON of any shape; undefined stands for a field that is not there. */
export type Json = undefined | null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [field: string]: Json;
}
export type Labels = Readonly<Record<string, string>>;

/** An alias, as the types below: an interface is not a `JsonMap`, because others can add to it. */
export type Owner = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** A set of fields, as in `managedFields`. A leaf is `{}`. An item of a list contains `.`, which stands for the item itself. */
export interface Fields {
  readonly [segment: string]: Fields;
}
export type Manager = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** Of the last change. */
  readonly time?: string;
  readonly subresource?: string;
};
/** What a manager owns. */
export type Managed = Manager & { readonly fieldsType: "FieldsV1"; readonly fieldsV1: Fields };

export type Metadata = {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Incremented by each change of the specification. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly selfLink?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly Owner[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly Managed[];
};

export interface KubeObject {
  readonly metadata: Metadata;
  readonly [field: string]: Json;
}

interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}

/** Adds `kind` and `apiVersion`. */
export const whole = ({ kind, apiVersion }: TypeMeta, object: KubeObject): KubeObject => ({
  kind,
  apiVersion,
  ...object,
});

/** What someone sent, as an object. Its metadata is not checked, but for what `validate` checks of it. */
export function objectOf(sent: Json): KubeObject {
  const fields = mapOf(sent);
  return { ...fields, metadata: mapOf(fields.metadata) as Metadata };
}

/** The value at a dotted path, or undefined. */
export const at = (value: Json, path: string): Json =>
  path.split(".").reduce((inner, key) => {
    const map = mapOf(inner);
    return Object.hasOwn(map, key) ? map[key] : undefined;
  }, value);

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
export const isMap = (value: Json): value is JsonMap => typeof value === "object" && value !== null && !isList(value);

/** The value if it is a list or a map, else an empty one. */
export const listOf = (value: Json): readonly Json[] => (isList(value) ? value : []);
export const mapOf = (value: Json): JsonMap => (isMap(value) ? value : {});

/** Empty for what is not a list of maps. */
export const ownersOf = ({ metadata }: KubeObject): readonly Owner[] =>
  listOf(metadata.ownerReferences).filter((one): one is Owner => isMap(one));

/** The fields of a map in alphabetical order, as Go writes maps. */
export const entriesInOrder = (map: JsonMap): readonly (readonly [string, Json])[] =>
  Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));

/** The fields of a map, as texts. */
export const textsOf = (value: Json): Labels =>
  Object.fromEntries(Object.entries(mapOf(value)).map(([key, one]) => [key, `${one}`]));

/** Of a text or a list; NaN for others. */
export const lengthOf = (value: Json): number =>
  typeof value === "string" || isList(value) ? value.length : Number.NaN;
