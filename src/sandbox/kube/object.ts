/** Objects as the store keeps them: JSON without `kind` and `apiVersion`, which the answer adds. */
import type { Kind } from "./kinds.ts";

/** JSON that somebody else wrote, whatever it is. */
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
  /** Grows with each change of the specification. */
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

/** As it is answered. */
export const whole = ({ kind, apiVersion }: Pick<Kind, "kind" | "apiVersion">, object: KubeObject): KubeObject => ({
  kind,
  apiVersion,
  ...object,
});

/** The value under a dotted path, if there is one. */
export const at = (value: Json, path: string): Json => path.split(".").reduce((inner, key) => inner?.[key], value);

export const isMap = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
