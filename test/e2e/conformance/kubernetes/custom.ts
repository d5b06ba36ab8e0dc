/** Custom resources: their definition, then their objects. */
import type { Group } from "../case.ts";
import { type Json, type KubeCase, kubeCase, kubeCases, patchAnswerOf, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare } from "../side.ts";
import { merge } from "./values.ts";
import { eventsOf } from "./watches.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "example.com";
const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 9 },
        colour: { type: "string", enum: ["red", "blue"], default: "red" },
        code: { type: "string", pattern: "^[A-Z]+$" },
        replicas: { type: "integer" },
        parts: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        labels: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const names = { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" };
const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
const version = {
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  subresources: { status: {}, scale },
};
const definition = {
  metadata: { name: `widgets.${group}` },
  spec: { group, scope: "Namespaced", names, versions: [version] },
};
const widget = (name: string, spec: object = {}, more: object = {}) => ({
  ...{ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name, ...more }, spec: { size: 1, ...spec } },
});
const path = `${widgets}/given`;
const invalid = (name: string, spec: object) => ({ name, method: "POST", path: widgets, body: widget("any", spec) });

const odd = widget("any", {
  shape: "round",
  parts: [{ name: "a", size: 1 }, { weight: 2 }],
  free: { a: 1 },
  labels: { b: "c" },
});
const fields = [
  ["unknown fields", { ...odd, colour: "red" }],
  ["an unknown field of the metadata", widget("any", {}, { colour: "red" })],
  [
    "a duplicate field",
    `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"any"},"spec":{"size":1,"size":2}}`,
  ],
  ["a label that is a number", widget("any", {}, { labels: { a: 1 } })],
] as const;
const validations = ["", "Strict", "Ignore"];
const queryOf = (validation: string) => `dryRun=All${validation && `&fieldValidation=${validation}`}`;
const validated = validations.flatMap((validation) =>
  fields.map(
    ([name, body]): KubeCase => ({
      name: `${name}, ${validation || "by default"}`,
      ...{ method: "POST", path: `${widgets}?${queryOf(validation)}`, body, warns: true },
      shows: ["spec", "metadata.labels"],
    }),
  ),
);
const merged = validations.flatMap((validation) =>
  fields.map(([name, body]) =>
    story({
      name: `merge: ${name}, ${validation || "by default"}`,
      request: "`PATCH ?dryRun=All`",
      async tell(ask) {
        const given = (typeof body === "string" ? body : JSON.stringify(body)).replace('"any"', '"given"');
        return patchAnswerOf(await ask("PATCH", `${path}?${queryOf(validation)}`, given, merge));
      },
    }),
  ),
);

export const customResources: Group = {
  title: "Custom resources",
  intro: "A definition with a schema, a status and a scale.",
  prepare: introduce,
  cases: [
    kubeCase({ name: "a resource that is not defined yet", method: "GET", path: widgets }),
    story({
      name: "a definition, until it is established",
      request: "`POST` of a CustomResourceDefinition",
      async tell(ask, side) {
        await prepare(side, "POST", definitions, definition);
        let told = "";
        await until("it is established", async () => {
          const { status } = (await ask("GET", `${definitions}/${definition.metadata.name}`)).body as Json;
          const conditions = status?.conditions ?? [];
          told = conditions
            .map(({ type, status: is, reason }: Json) => `${type} ${is} ${reason}`)
            .toSorted()
            .join(", ");
          told += ` ${status?.storedVersions} ${status?.acceptedNames?.kind}`;
          return conditions.some(({ type, status: is }: Json) => type === "Established" && is === "True");
        });
        await until("it is served", async () => (await ask("GET", widgets)).status === 200);
        return { status: 201, reason: "", message: told };
      },
    }),
    ...kubeCases([
      {
        name: "create: adds defaults and prunes unknown fields",
        ...{
          method: "POST",
          path: widgets,
          shows: ["spec.colour", "spec.unknown", "spec.free", "metadata.generation", "apiVersion", "status"],
        },
        body: { ...widget("given", { unknown: 1, free: { any: 1 }, labels: { a: "b" } }), status: { replicas: 3 } },
      },
      { name: "create an object that exists", method: "POST", path: widgets, body: widget("given") },
      invalid("a required field is missing", { size: undefined }),
      invalid("a value of the wrong type", { size: "large" }),
      invalid("a number below the minimum", { size: 0 }),
      invalid("a number above the maximum", { size: 10 }),
      invalid("a value outside the enumeration", { colour: "green" }),
      invalid("a string that does not match the pattern", { code: "abc" }),
      invalid("a list item of the wrong type", { parts: [{ name: 1 }] }),
      invalid("a map value of the wrong type", { labels: { a: 1 } }),
      { name: "a version that is not served", method: "GET", path: widgets.replace("/v1/", "/v2/") },
      { name: "list", method: "GET", path: widgets, shows: ["kind", "items.kind", "items.metadata.name"] },
      { name: "replace without a version", method: "PUT", path, body: widget("given") },
      {
        name: "merge: the generation grows",
        ...{ method: "PATCH", path, contentType: merge, body: { spec: { size: 2 } } },
        shows: ["spec.size", "metadata.generation"],
      },
      {
        name: "a merge patch does not change the status",
        ...{ method: "PATCH", path, contentType: merge, body: { status: { ready: true } } },
        shows: ["status", "metadata.generation"],
      },
      {
        name: "the status as a subresource",
        ...{
          method: "PATCH",
          path: `${path}/status`,
          contentType: merge,
          body: { status: { ready: true }, spec: { size: 5 } },
        },
        shows: ["status", "spec.size", "metadata.generation"],
      },
      {
        name: "scale",
        method: "PATCH",
        path: `${path}/scale`,
        contentType: merge,
        body: { spec: { replicas: 4 } },
        shows: "spec",
      },
      {
        name: "a strategic merge patch, which custom resources do not support",
        ...{ method: "PATCH", path, contentType: "application/strategic-merge-patch+json", body: {} },
      },
      {
        name: "apply replaces its lists",
        ...{ method: "PATCH", path: `${path}?fieldManager=me&force=true&dryRun=All` },
        ...{
          contentType: "application/apply-patch+yaml",
          body: widget("given", { parts: [{ name: "a" }] }),
          shows: "spec.parts",
        },
      },
      {
        name: "a field selector that the kind does not support",
        method: "GET",
        path: `${widgets}?fieldSelector=spec.size%3D1`,
      },
    ]),
    ...kubeCases(validated),
    ...merged,
    story({
      name: "a watch from a version that has expired",
      request: "`?watch=true&resourceVersion=1`",
      tell: async (ask) => {
        const { status, message } = eventsOf(
          await ask("GET", `${widgets}?watch=true&resourceVersion=1&timeoutSeconds=1`),
        );
        return { status, reason: "", message };
      },
    }),
    story({
      name: "deleting the definition deletes its objects",
      request: "`DELETE` of the CustomResourceDefinition",
      async tell(ask) {
        await ask("DELETE", `${definitions}/${definition.metadata.name}`);
        await until("nothing is served", async () => (await ask("GET", widgets)).status === 404);
        await until(
          "it is gone",
          async () => (await ask("GET", `${definitions}/${definition.metadata.name}`)).status === 404,
        );
        return { status: 404, reason: "", message: "" };
      },
    }),
  ],
};
