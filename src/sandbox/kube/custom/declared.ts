/** What an applied configuration of a custom resource can have. Source: k8s.io/apimachinery/pkg/util/managedfields, from OpenAPI */
import { isList } from "../object.ts";
import type { Declared, DeclaredField } from "../types/declared.ts";
import { metadataType } from "../types/types.ts";
import { anything, othersOf, rootOf, type Schema } from "./schema.ts";

const shapes: Readonly<Record<string, Declared["shape"]>> = {
  string: "string",
  integer: "int64",
  number: "float64",
  boolean: "bool",
  array: "list",
};

function shapeOf(schema: Schema): Declared["shape"] {
  if (schema["x-kubernetes-int-or-string"] || schema === anything) return "itself";
  if (schema.type !== "object") return shapes[schema.type ?? ""] ?? "itself";
  if (schema.properties) return "struct";
  return othersOf(schema) ? "map" : schema["x-kubernetes-preserve-unknown-fields"] ? "itself" : "struct";
}

function ofSchema(schema: Schema): Declared {
  const fields = Object.entries(schema.properties ?? {}).map(([key, of]) => [key, fieldOf(of)] as const);
  return {
    shape: shapeOf(schema),
    fields: new Map(fields),
    isOpen: Boolean(schema["x-kubernetes-preserve-unknown-fields"] || othersOf(schema)),
    get items() {
      return ofSchema(schema.items ?? othersOf(schema) ?? anything);
    },
  };
}

function fieldOf(schema: Schema): DeclaredField {
  const { "x-kubernetes-list-type": list, "x-kubernetes-list-map-keys": keys } = schema;
  return {
    default: schema.default,
    keys: list === "map" && isList(keys) ? keys.map(String) : list === "set" ? "set" : undefined,
    get type() {
      return ofSchema(schema);
    },
  };
}

/** Of a whole object, whose metadata is that of every object. */
export function declaredBy(schema: Schema): Declared {
  const { fields, ...root } = ofSchema(rootOf({ schema: { openAPIV3Schema: schema } }));
  const metadata = { default: undefined, keys: undefined, type: metadataType() };
  return {
    ...root,
    shape: schema.properties || schema.type ? "struct" : "itself",
    items: ofSchema(anything),
    fields: new Map([...fields, ["metadata", metadata]]),
  };
}
