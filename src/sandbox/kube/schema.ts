/** Schemas of custom resources: types, defaults and bounds. CEL rules and formats are not checked. */
import { entriesInOrder, isList, isMap, type Json, lengthOf } from "./object.ts";
import { type Problem, unsupported, wrong } from "./status.ts";

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly [bound: string]: Json;
}

/** Of what the schema does not describe. */
export const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };

export const own = (schema: Schema, key: string): Schema | undefined => {
  const { properties = {}, additionalProperties: others } = schema;
  return properties[key] ?? (typeof others === "object" ? others : others ? anything : undefined);
};

/** Adds defaults, and prunes fields that the schema does not have. The API server shows fields in alphabetical order. */
export function conformed(value: Json, schema: Schema): Json {
  if (isList(value)) return value.map((item) => conformed(item, schema.items ?? anything));
  if (!isMap(value)) return value;
  const keepsAll = schema["x-kubernetes-preserve-unknown-fields"];
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const of = own(schema, key) ?? (keepsAll && anything);
    return of ? [[key, conformed(inner, of)] as const] : [];
  });
  const missing = Object.entries(schema.properties ?? {}).flatMap(([key, of]) =>
    value[key] === undefined && of.default !== undefined ? [[key, of.default] as const] : [],
  );
  return Object.fromEntries(entriesInOrder(Object.fromEntries([...missing, ...kept])));
}

/** `unknown field "spec.parts[0].size"`: what is pruned, in the API server's order. */
export function unknownIn(value: Json, schema: Schema): readonly string[] {
  return unknownPaths(value, schema, "")
    .toSorted()
    .map((path) => `unknown field ${JSON.stringify(path)}`);
}

function unknownPaths(value: Json, schema: Schema, path: string): readonly string[] {
  if (isList(value))
    return value.flatMap((item, index) => unknownPaths(item, schema.items ?? anything, `${path}[${index}]`));
  if (!isMap(value)) return [];
  const keepsAll = schema["x-kubernetes-preserve-unknown-fields"];
  return Object.entries(value).flatMap(([key, inner]) => {
    const of = own(schema, key);
    const at = path ? `${path}.${key}` : key;
    if (of) return unknownPaths(inner, of, at);
    return keepsAll ? [] : [at];
  });
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** By keyword: the message if the value violates the bound, or false. */
const bounds: Readonly<Record<string, (value: Json, bound: Json) => string | false>> = {
  minimum: (value, least) => Number(value) < Number(least) && `should be greater than or equal to ${least}`,
  maximum: (value, most) => Number(value) > Number(most) && `should be less than or equal to ${most}`,
  minLength: (value, least) => lengthOf(value) < Number(least) && `should be at least ${least} chars long`,
  maxLength: (value, most) => lengthOf(value) > Number(most) && `should be at most ${most} chars long`,
  minItems: (value, least) => lengthOf(value) < Number(least) && `should have at least ${least} items`,
  maxItems: (value, most) => lengthOf(value) > Number(most) && `should have at most ${most} items`,
  pattern: (value, pattern) => !new RegExp(`${pattern}`).test(`${value}`) && `should match '${pattern}'`,
};

export function problemsOf(value: Json, schema: Schema, path = ""): readonly Problem[] {
  if (value === undefined || (value === null && schema.nullable)) return [];
  const [type, isEither] = [typeOf(value), schema["x-kubernetes-int-or-string"] && /^(integer|string)$/];
  const isOfType = isEither ? isEither.test(typeOf(value)) : !schema.type || type === schema.type;
  const isWhole = schema.type === "number" && type === "integer";
  const expected = `${path} in body must be of type ${schema.type}: "${type}"`;
  if (!isOfType && !isWhole) return [[path, wrong(type, expected)]];
  if (schema.enum && !schema.enum.includes(value)) return [[path, unsupported(value, schema.enum)]];
  const broken = Object.entries(bounds).flatMap(([keyword, breaks]): readonly Problem[] => {
    const what = schema[keyword] !== undefined && breaks(value, schema[keyword]);
    return what ? [[path, wrong(value, `${path} in body ${what}`)]] : [];
  });
  if (isList(value))
    return [...broken, ...value.flatMap((item, index) => problemsOf(item, schema.items ?? {}, `${path}[${index}]`))];
  if (!isMap(value)) return broken;
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined);
  const inside = Object.entries(value).flatMap(([key, inner]) => problemsOf(inner, own(schema, key) ?? {}, at(key)));
  return [...missing.map((key): Problem => [at(key), "Required value"]), ...broken, ...inside];
}
