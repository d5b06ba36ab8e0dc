/** A custom resource with a status and a scale. */
import type { Kind } from "../../../../src/sandbox/kube/kinds.ts";
import type { Manifest } from "../manifests.ts";
import type { Random } from "../random.ts";

const [group, plural] = ["sequences.example", "gadgets"];

/** As the definition makes it. */
export const gadgets: Kind = {
  ...{ group, plural, version: "v1", apiVersion: `${group}/v1`, kind: "Gadget", id: `${plural}.${group}` },
  ...{ namespaced: true, subresources: ["status", "scale"], selects: [], shortNames: [], categories: [] },
};

const condition = {
  type: "object",
  properties: Object.fromEntries(
    ["type", "status", "reason", "message", "lastTransitionTime"].map((field) => [field, { type: "string" }]),
  ),
};
const spec = {
  type: "object",
  properties: {
    replicas: { type: "integer", minimum: 0 },
    colour: { type: "string", enum: ["red", "blue"], default: "red" },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    parts: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, size: { type: "integer" } },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    steps: { type: "array", items: { type: "string" } },
    options: { type: "object", additionalProperties: { type: "string" } },
    whole: {
      type: "object",
      properties: { one: { type: "string" }, two: { type: "string" } },
      "x-kubernetes-map-type": "atomic",
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const status = {
  type: "object",
  properties: {
    replicas: { type: "integer" },
    phase: { type: "string" },
    conditions: {
      type: "array",
      items: { ...condition, required: ["type"] },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
    },
  },
};

export const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: gadgets.id },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural, kind: gadgets.kind },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: { openAPIV3Schema: { type: "object", properties: { spec, status } } },
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
      },
    ],
  },
};

export const gadgetOf = (name: string, random: Random): Manifest => ({
  ...{ apiVersion: gadgets.apiVersion, kind: gadgets.kind },
  metadata: { name, ...random.some({ finalizers: ["example.com/hold"], annotations: { note: "any" } }) },
  spec: random.some({
    replicas: random.below(3),
    colour: "blue",
    tags: ["a", "b"],
    parts: [{ name: "one", size: 1 }, { name: "two" }],
    steps: ["first", "second"],
    options: { a: "1", b: "2" },
    whole: { one: "1", two: "2" },
    free: { any: [1, { a: "b" }] },
  }),
});
