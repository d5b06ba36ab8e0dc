/** The schema of a version of a custom resource: a structural schema, as its definition has it. */
import type { Json, JsonMap } from "../object.ts";

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly Rule[];
  readonly [bound: string]: Json;
}

/** A rule in CEL. */
export type Rule = {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
};

/** Of what the schema does not describe. */
export const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };

/** The value of a key that a map has itself: `constructor` is the name of a field like any other. */
export const ownValue = <T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  map && Object.hasOwn(map, key) ? map[key] : undefined;

/** The schema of the keys that `properties` does not have. */
export const othersOf = ({ additionalProperties: others }: Schema): Schema | undefined =>
  typeof others === "object" ? others : others ? anything : undefined;

export const own = (schema: Schema, key: string): Schema | undefined =>
  ownValue(schema.properties, key) ?? othersOf(schema);

const typeMeta: Readonly<Record<string, Schema>> = { apiVersion: { type: "string" }, kind: { type: "string" } };
const ofMetadata: Schema = { type: "object", ...anything };

/** True for a field that every object has, and an object inside another, whatever the schema says. */
export const isMeta = (key: string): boolean => key === "apiVersion" || key === "kind" || key === "metadata";

/** The schema of a whole object: with the fields that each has. */
export function rootOf({ schema }: { readonly schema?: { readonly openAPIV3Schema?: Schema } }): Schema {
  const { properties = {}, ...root } = schema?.openAPIV3Schema ?? anything;
  return { ...root, properties: { ...typeMeta, metadata: ofMetadata, ...properties } };
}

/** Copies a map with other values. Of undefined, nothing is left. */
export const mapped = (map: JsonMap, change: (value: Json, key: string) => Json): JsonMap =>
  Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => {
      const now = change(value, key);
      return now === undefined ? [] : [[key, now] as const];
    }),
  );
