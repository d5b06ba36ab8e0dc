/** Lists that are merged by the keys of their items. Other lists are replaced. */
import { isList, isMap, type Json, type JsonMap, mapOf } from "../object.ts";

/**
 * The keys of an item, by field name. A strategic merge patch uses the first key only.
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
  /** In a container, and in a Service. */
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
/** Lists of strings that are merged as sets. */
const sets: readonly string[] = ["finalizers"];

/** Defaults of keys. */
const defaults: Readonly<Record<string, Json>> = { protocol: "TCP" };

/** In a custom resource, only lists in the metadata have keys. */
export type Schema = "built-in" | "custom";
const ofMetadata: readonly string[] = ["ownerReferences", "finalizers"];

/** The keys of a list's items, `set` for a set, or undefined for a list that is replaced. */
export function keysOf(field: string, list: Json, schema: Schema): readonly string[] | "set" | undefined {
  if (!isList(list) || (schema === "custom" && !ofMetadata.includes(field))) return undefined;
  if (sets.includes(field)) return "set";
  const found = keys[field];
  return found?.find(([first]) =>
    list.every((item) => isMap(item) && first !== undefined && item[first] !== undefined),
  );
}

/** The values of an item's keys. */
export const keyOf = (item: Json, keys: readonly string[]): JsonMap =>
  Object.fromEntries(keys.map((key) => [key, mapOf(item)[key] ?? defaults[key]]));
