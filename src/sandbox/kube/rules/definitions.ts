/** CustomResourceDefinitions. Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation */
import { isDeepStrictEqual } from "node:util";
import { rulesOf } from "../custom/rules/compile.ts";
import type { Schema } from "../custom/schema.ts";
import { problemOfDns1035Label, problemOfSubdomain, withinCharacters } from "../names.ts";
import { at, isMap, type Json, type JsonMap, listOf, mapOf } from "../object.ts";
import { wrong } from "../status.ts";
import { checkedBy, type Fields, first, immutable, isGiven, nowhere, type Rule, required, type What } from "./field.ts";

const label = checkedBy(problemOfDns1035Label, withinCharacters(63));
/** Kinds have capitals. */
const mixed = checkedBy((kind) => {
  const why = [problemOfDns1035Label, withinCharacters(63)].flatMap((check) => check(kind.toLowerCase()) ?? []);
  return why.map((one) => `may have mixed case, but should otherwise match: ${one}`);
});

const isEstablished = (definition: Json): boolean =>
  listOf(at(definition, "status.conditions"))
    .map(mapOf)
    .some(({ type, status }) => type === "Established" && status === "True");
const settled: Rule = (value, place) => isEstablished(place.before) && immutable(value, place);

const types = ["array", "boolean", "integer", "number", "object", "string"];
function problemsOfSchema(schema: JsonMap, path: string, isRoot = false): readonly What[] {
  const { type = "", properties, items, additionalProperties } = schema;
  const isFree = schema["x-kubernetes-preserve-unknown-fields"] || schema["x-kubernetes-int-or-string"];
  const where = isRoot ? "at the root" : "for specified object fields";
  const untyped = type === "" && (isRoot || !isFree) && `Required value: must not be empty ${where}`;
  const isOther = type !== "" && (isRoot ? type !== "object" : !types.includes(`${type}`));
  const why = untyped || (isOther && wrong(type, isRoot ? "must be object at the root" : `must be one of ${types}`));
  const inside = Object.entries(mapOf(properties)).map(([name, one]) => [one, `${path}.properties[${name}]`] as const);
  const others = [[items, `${path}.items`] as const, [additionalProperties, `${path}.additionalProperties`] as const];
  return [
    ...[...inside, ...others.filter(([one]) => isMap(one))].flatMap(([one, at]) => problemsOfSchema(mapOf(one), at)),
    why && { at: `${path}.type`, why },
  ];
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
function problemsOfColumn(column: JsonMap, path: string): readonly What[] {
  const { name, type, jsonPath } = column;
  const simple = /^(\.[^.[\]'"\s]+|\[[^\]]+\])+$/;
  const known = `must be one of ${columnTypes}`;
  const whyType = !type ? `Required value: ${known}` : !columnTypes.includes(`${type}`) && wrong(type, known);
  const whyPath = !jsonPath
    ? "Required value"
    : !(simple.test(`${jsonPath}`) && `${jsonPath}`.startsWith(".")) &&
      wrong(jsonPath, "must be a simple json path starting with .");
  return [
    !name && { at: `${path}.name`, why: "Required value" },
    whyType && { at: `${path}.type`, why: whyType },
    whyPath && { at: `${path}.JSONPath`, why: whyPath },
  ];
}

/** What all versions have alike is reported as if it were the definition's. */
function ofVersions(versions: readonly JsonMap[]): readonly What[] {
  const isShared = (field: string) => versions.every((one) => isDeepStrictEqual(one[field], versions[0]?.[field]));
  const some = (field: string) => (isShared(field) ? versions.slice(0, 1) : versions);
  const place = (field: string, shared: string, index: number) =>
    isShared(field) ? `spec.${shared}` : `spec.versions[${index}].${field}`;
  return [
    ...some("schema").flatMap(({ schema }, index) => {
      const given = at(schema, "openAPIV3Schema");
      if (!isMap(given)) return [];
      const path = `${place("schema", "validation", index)}.openAPIV3Schema`;
      const found = problemsOfSchema(given, path, true).filter(Boolean);
      // Only what is a schema has rules that can be compiled.
      const refused = found.length > 0 ? [] : (rulesOf(given as Schema)?.refused ?? []);
      return [...found, ...refused.map(([at, why]) => ({ at: path + at, why }))];
    }),
    ...some("additionalPrinterColumns").flatMap((version, index) => {
      const path = place("additionalPrinterColumns", "additionalPrinterColumns", index);
      return listOf(version.additionalPrinterColumns).flatMap((one, at) =>
        problemsOfColumn(mapOf(one), `${path}[${at}]`),
      );
    }),
  ];
}

/** A version, as Go writes it without what it shares with the others. */
const asGo = ({ name = "", served = false, storage = false }: JsonMap): Json => ({
  ...{ Name: name, Served: served, Storage: storage, Deprecated: false, DeprecationWarning: null },
  ...{ Schema: null, Subresources: null, AdditionalPrinterColumns: null, SelectableFields: null },
});

const spec: Rule = (value) => {
  const versions = listOf(at(value, "versions")).map(mapOf);
  const names = versions.map(({ name = "" }) => name);
  const [first = ""] = names;
  const isOnce = new Set(names).size === names.length;
  const isStored = versions.filter(({ storage }) => storage === true).length === 1;
  const all = versions.map(asGo);
  return [
    ...versions.map(({ schema }, index) => ({
      at: `.versions[${index}].schema.openAPIV3Schema`,
      why: !isMap(at(schema, "openAPIV3Schema")) && "Required value",
    })),
    ...names.map((name, index) => ({ at: `.versions[${index}].name`, why: label(name, nowhere) })),
    { at: ".versions", why: !isOnce && wrong(all, "must contain unique version names") },
    { at: ".versions", why: !isStored && wrong(all, "must have exactly one version marked as storage version") },
    { at: ".version", why: first !== "" && label(first, nowhere) },
  ];
};

const storedVersions: Rule = (_, { object }) => {
  const stored = listOf(at(object, "status.storedVersions"));
  if (stored.length === 0) return wrong(null, "must have at least one stored version");
  const left = new Map(stored.map((name, index) => [name, index]));
  const lacking = listOf(at(object, "spec.versions")).flatMap((version): What[] => {
    const { name = "", storage } = mapOf(version);
    const isLacking = storage === true && !left.has(name);
    left.delete(name);
    return isLacking ? [wrong(stored, `must have the storage version ${name}`)] : [];
  });
  const gone = [...left].map(([name, index]) => ({
    at: `[${index}]`,
    why: wrong(name, `missing from spec.versions; ${name} was previously a storage version`),
  }));
  return [...lacking, ...gone];
};

/** A name that is made is as wrong as any other. */
const isNamed: Rule = (name, { object }) => {
  const own = `${at(object, "spec.names.plural") ?? ""}.${at(object, "spec.group") ?? ""}`;
  return name !== own && wrong(name, 'must be spec.names.plural+"."+spec.group');
};

export const definition: Fields = {
  "metadata.generateName": (prefix, place) => !place.isUpdate && Boolean(prefix) && isNamed(prefix, place),
  "metadata.name": (name, place) => !place.isUpdate && isNamed(name, place),
  "spec.group": first(required, (group, place) => [
    checkedBy(problemOfSubdomain, withinCharacters(253))(group, place),
    !`${group}`.includes(".") && wrong(group, "should be a domain with at least one dot"),
    immutable(group, place),
  ]),
  "spec.scope": settled,
  spec,
  "spec.names.plural": (name, place) => [
    required(name ?? "", place),
    Boolean(name) && label(name, place),
    immutable(name, place),
  ],
  "spec.names.singular": (name, place) => [required(name ?? "", place), Boolean(name) && label(name, place)],
  "spec.names.kind": (kind, place) => [
    required(kind ?? "", place),
    Boolean(kind) && mixed(kind, place),
    settled(kind, place),
  ],
  "spec.names.listKind": (kind, place) => [
    required(kind ?? "", place),
    Boolean(kind) && mixed(kind, place),
    isGiven(kind) && kind === place.parent.kind && wrong(kind, "kind and listKind may not be the same"),
  ],
  "spec.names.shortNames[]": (name, place) => label(name ?? "", place),
  "spec.names.categories[]": (name, place) => label(name ?? "", place),
  "": (_, { object }) => ofVersions(listOf(at(object, "spec.versions")).map(mapOf)),
  "status.storedVersions": storedVersions,
};
