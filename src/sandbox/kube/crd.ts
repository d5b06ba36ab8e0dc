/** Custom resources: the kinds of applied CustomResourceDefinitions. */
import { builtIn, idOf, type Kind, kinds } from "./kinds.ts";
import type { CustomResourceDefinition } from "./objects.ts";
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

/** The kinds of a definition, one for each served version. */
export function versionsOf({ spec: { group, names, scope, versions } }: CustomResourceDefinition): readonly Kind[] {
  return versions
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
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      custom,
    }));
}
