/** Lists whose items have keys: they are merged, item by item. Others are replaced. */
import { isMap, type Json } from "../object.ts";

/**
 * By the name of the field, which keys an item has; a strategic merge patch looks at the first alone.
 * Source: `patchMergeKey` and `listMapKey` in k8s.io/api
 */
const keys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  addresses: [["type"]],
  conditions: [["type"]],
  containers: [["name"]],
  env: [["name"]],
  ephemeralContainers: [["name"]],
  hostAliases: [["ip"]],
  imagePullSecrets: [["name"]],
  initContainers: [["name"]],
  ownerReferences: [["uid"]],
  podIPs: [["ip"]],
  /** Of a container, of a Service. */
  ports: [
    ["containerPort", "protocol"],
    ["port", "protocol"],
  ],
  readinessGates: [["conditionType"]],
  resourceClaims: [["name"]],
  schedulingGates: [["name"]],
  secrets: [["name"]],
  taints: [["key", "effect"]],
  topologySpreadConstraints: [["topologyKey", "whenUnsatisfiable"]],
  volumeDevices: [["devicePath"]],
  volumeMounts: [["mountPath"]],
  volumes: [["name"]],
};
/** Lists of texts that are merged as sets. */
const sets: readonly string[] = ["finalizers"];

/** Part of a key, when the item leaves it out. */
const defaults: Readonly<Record<string, Json>> = { protocol: "TCP" };

/** Which lists of an object have keys: of a custom resource only those of the metadata. */
export type Schema = "built-in" | "custom";
const ofMetadata: readonly string[] = ["ownerReferences", "finalizers"];

/** The keys of the items of a list, `set`, or undefined: the list is one value. */
export function keysOf(field: string, list: Json, schema: Schema): readonly string[] | "set" | undefined {
  if (!Array.isArray(list) || (schema === "custom" && !ofMetadata.includes(field))) return undefined;
  if (sets.includes(field)) return "set";
  const found = keys[field];
  return found?.find(([first]) =>
    list.every((item) => isMap(item) && first !== undefined && item[first] !== undefined),
  );
}

/** The item's values of the keys. */
export const keyOf = (item: Json, keys: readonly string[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(keys.map((key) => [key, item[key] ?? defaults[key]]));
