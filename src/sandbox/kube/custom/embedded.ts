/** Objects inside an object. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta/validation.go */
import { problemOfDns1035Label } from "../names.ts";
import { isList, isMap, type Json, type JsonMap, mapOf } from "../object.ts";
import { problemsIn } from "../rules/field.ts";
import { embeddedMetadata } from "../rules/metadata.ts";
import { type Problem, wrong } from "../status.ts";
import { othersOf, ownValue, type Schema } from "./schema.ts";

export function problemsOfEmbedded(value: Json, schema: Schema, path = ""): readonly Problem[] {
  if (isList(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => problemsOfEmbedded(item, items, `${path}[${index}]`)) : [];
  }
  if (!isMap(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] ? inResource(value, path) : [];
  const others = othersOf(schema);
  const inside = Object.entries(value).flatMap(([key, inner]) => {
    const of = ownValue(schema.properties, key);
    if (of) return problemsOfEmbedded(inner, of, path ? `${path}.${key}` : key);
    return others ? problemsOfEmbedded(inner, others, `${path}[${key}]`) : [];
  });
  return [...own, ...inside];
}

function inResource(resource: JsonMap, path: string): readonly Problem[] {
  const at = (field: string) => (path ? `${path}.${field}` : field);
  const typeMeta = (["apiVersion", "kind"] as const).flatMap((field): readonly Problem[] => {
    const value = resource[field];
    if (value === undefined) return [[at(field), "Required value"]];
    if (typeof value !== "string") return [[at(field), wrong(value, "must be a string")]];
    if (value === "") return [[at(field), wrong(value, "must not be empty")]];
    const why = field === "kind" ? ofKind(value) : ofVersion(value);
    return why ? [[at(field), wrong(value, why)]] : [];
  });
  const metadata = mapOf(resource.metadata);
  const named = { ...metadata, name: metadata.name || "fakename" };
  const problems = problemsIn(embeddedMetadata, { metadata: named }, undefined);
  return [...typeMeta, ...problems.map(([field, what]): Problem => [at(field), what])];
}

const ofVersion = (text: string): string | undefined =>
  text.split("/").length > 2 ? `unexpected GroupVersion string: ${text}` : undefined;

function ofKind(text: string): string | undefined {
  const why = problemOfDns1035Label(text.toLowerCase());
  return why && `may have mixed case, but should otherwise match: ${why}`;
}
