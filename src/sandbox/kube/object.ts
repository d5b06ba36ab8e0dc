/** Objects as the store keeps them: without `kind` and `apiVersion`, which the answer adds. */
/** JSON from outside, of any shape. */
export type Json = ReturnType<typeof JSON.parse>;
export type Labels = Readonly<Record<string, string>>;

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Metadata {
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
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly Owner[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly Json[];
}

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

/** The value at a dotted path, or undefined. */
export const at = (value: Json, path: string): Json => path.split(".").reduce((inner, key) => inner?.[key], value);

export const isMap = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
