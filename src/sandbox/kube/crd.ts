/** Custom resources: the kinds of applied CustomResourceDefinitions. */
import { builtIn, idOf, type Kind, kinds } from "./kinds.ts";
import { at, type Json, listOf } from "./object.ts";
import type { CustomResourceDefinition, CustomVersion } from "./objects.ts";
import { conditionOf } from "./pods.ts";
import type { Store } from "./store.ts";

/** The kinds that the API server serves now. */
export const kindsOf = (store: Store): readonly Kind[] => [
  ...builtIn,
  ...store
    .list(kinds.definitions)
    .filter((definition) => conditionOf(definition, "Established")?.status === "True")
    .flatMap(versionsOf),
];

const areTexts = (...values: readonly Json[]): boolean => values.every((value) => typeof value === "string");

const textsIn = (list: Json): readonly string[] => listOf(list).filter((one) => typeof one === "string");

/** The kinds of a definition, one for each served version. A definition without names or versions has none. */
export function versionsOf({ spec }: CustomResourceDefinition): readonly Kind[] {
  const { group, names, scope, versions } = spec ?? {};
  if (!areTexts(group, at(names, "kind"), at(names, "plural"))) return [];
  return listOf(versions)
    .filter((one): one is CustomVersion => areTexts(at(one, "name")))
    .filter(({ served }) => served)
    .map((custom) => ({
      group,
      version: custom.name,
      apiVersion: `${group}/${custom.name}`,
      kind: names.kind,
      plural: names.plural,
      id: idOf(group, names.plural),
      namespaced: scope === "Namespaced",
      subresources: (["status", "scale"] as const).filter((one) => custom.subresources?.[one]),
      selects: ["metadata.name", "metadata.namespace"],
      shortNames: textsIn(names.shortNames),
      categories: textsIn(names.categories),
      custom,
    }));
}
