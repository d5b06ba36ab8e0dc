/** Custom resources by their structural schema: what is stored, what is refused, and what a definition changes later. */
import type { Case, Group } from "../case.ts";
import { type Ask, type Json, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare } from "../side.ts";
import {
  answerOf,
  created,
  define,
  definitionOf,
  definitions,
  group,
  home,
  integer,
  object,
  resource,
  string,
} from "./definitions.ts";
import { merge } from "./values.ts";

const gauges = object({
  spec: object({
    text: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
    number: { type: "integer", minimum: 2, maximum: 8, multipleOf: 2 },
    share: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true },
    list: { type: "array", minItems: 1, maxItems: 2, items: string },
    map: { type: "object", minProperties: 1, maxProperties: 2, additionalProperties: integer },
    level: { type: "integer", enum: [1, 2] },
    either: { "x-kubernetes-int-or-string": true },
    nullable: { type: "string", nullable: true },
    both: { type: "string", nullable: true, default: "none" },
    filled: { type: "string", default: "none" },
    deep: object({
      inner: object({ size: { type: "string", default: "small" } }, { default: {} }),
      parts: { type: "array", items: object({ size: { type: "string", default: "small" } }) },
    }),
    needed: object({ one: string, two: string }, { required: ["one", "two"] }),
    anyOf: object({ one: integer, two: string }, { anyOf: [{ required: ["one"] }, { required: ["two"] }] }),
    oneOf: object({ one: integer, two: string }, { oneOf: [{ required: ["one"] }, { required: ["two"] }] }),
    allOf: { type: "integer", allOf: [{ minimum: 2 }, { maximum: 5 }] },
    not: { type: "string", not: { pattern: "^x" } },
    set: { type: "array", items: string, "x-kubernetes-list-type": "set" },
    keyed: {
      ...{ type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "port"] },
      items: object({ name: string, port: { type: "integer", default: 80 } }, { required: ["name"] }),
    },
    pod: object({ spec: object({ node: string }) }, { "x-kubernetes-embedded-resource": true }),
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: integer } },
    slow: { type: "string", pattern: "^(a+)+$" },
    constructor: string,
  }),
});

const texts: Readonly<Record<string, readonly [valid: string, invalid: string]>> = {
  date: ["2026-02-28", "2026-02-30"],
  "date-time": ["2026-02-28T10:00:00.5+01:00", "2026-02-28T25:00:00Z"],
  duration: ["5 days", "1x"],
  uuid: ["550e8400e29b41d4a716446655440000", "550e8400"],
  ipv4: ["010.0.0.1", "256.0.0.1"],
  ipv6: ["::1", "fe80::1%eth0"],
  cidr: ["10.0.0.0/08", "10.0.0.0/33"],
  mac: ["00-11-22-33-44-55", "00:11:22"],
  byte: ["aGVsbG8=", "aGVsbG8"],
  email: ["Ada <ada@example.com>", "ada"],
  hostname: ["example.com", "-example.com"],
  uri: ["/path", "path"],
  "k8s-short-name": ["a-b", "a.b"],
  quantity: ["1Gi", "banana"],
};
const field = (format: string): string => format.replaceAll("-", "");
const labels = object({
  spec: object(Object.fromEntries(Object.keys(texts).map((format) => [field(format), { type: "string", format }]))),
});

const of = (name: string, spec: unknown): Case => created("gauges", name, spec);

const valves = object({
  spec: object({ size: integer, template: object({ count: integer }), colour: { type: "string", maxLength: 5 } }),
  status: object({ count: integer, selector: string, phase: { type: "string", maxLength: 5 } }),
});
const scale = {
  specReplicasPath: ".spec.template.count",
  statusReplicasPath: ".status.count",
  labelSelectorPath: ".status.selector",
};
const valve = `${home}/valves/given`;
/** The fields of maps in order. */
const ordered = (value: Json): Json =>
  typeof value === "object" && value && !Array.isArray(value)
    ? Object.fromEntries(
        Object.keys(value)
          .toSorted()
          .map((key) => [key, ordered(value[key])]),
      )
    : value;
const managers = (made: Json): string =>
  made.metadata.managedFields
    .map(({ manager, operation, subresource = "", fieldsV1 }: Json) =>
      [manager, operation, subresource, JSON.stringify(ordered(fieldsV1))].join(" "),
    )
    .toSorted()
    .join(", ");

/** Changes an object, one after another. */
const changed = (name: string, path: string, body: object): Case =>
  story({
    name,
    request: `merge patch of \`${path.replace(valve, "valves/given")}\``,
    tell: async (ask) =>
      answerOf(await ask("PATCH", path, body, merge), ({ metadata, spec, status }) => [
        metadata?.generation,
        spec,
        status,
        metadata?.managedFields ? managers({ metadata }) : "",
      ]),
  });

const looseList = { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
const loose = object({
  spec: object({
    colour: string,
    parts: { ...looseList, items: object({ name: string, code: string }, { required: ["name"] }) },
    plain: { type: "array", items: string },
    gone: string,
  }),
});
const capital = { type: "string", pattern: "^[A-Z]+$" };
const strict = object({
  spec: object(
    {
      colour: capital,
      parts: { ...looseList, items: object({ name: string, code: capital }, { required: ["name"] }) },
      plain: { type: "array", items: capital },
      added: object({ size: { type: "string", default: "small" } }, { default: {} }),
    },
    { required: ["plain"] },
  ),
});
const old = { colour: "red", parts: [{ name: "a", code: "x" }], plain: ["one"], gone: "yes" };
const ratchet = `${home}/pipes/old`;
const ratcheted = (name: string, spec: object): Case =>
  story({
    name,
    request: `merge patch of \`spec: ${JSON.stringify(spec)}\``,
    tell: async (ask) => answerOf(await ask("PATCH", `${ratchet}?dryRun=All`, { spec }, merge), (made) => made.spec),
  });

const apply = (ask: Ask, valve: object) =>
  ask("PATCH", `${home}/valves/applied?fieldManager=me`, valve, "application/apply-patch+yaml");

export const schemas: Group = {
  title: "Schemas of custom resources",
  intro: "Defaults, bounds, formats, lists, objects inside, status and scale, and a definition that becomes stricter.",
  async prepare(side) {
    await introduce(side);
    await define(side, definitionOf("gauges", gauges));
    await define(side, definitionOf("labels", labels));
    await define(side, definitionOf("valves", valves, { subresources: { status: {}, scale } }));
    await define(side, definitionOf("pipes", loose));
    await prepare(side, "POST", `${home}/valves`, {
      ...resource("valves", { size: 1, template: { count: 2 } }, "given"),
      status: { phase: "no" },
    });
    await prepare(side, "POST", `${home}/pipes`, resource("pipes", old, "old"));
    await prepare(side, "PUT", `${definitions}/pipes.${group}`, {
      ...definitionOf("pipes", strict),
      metadata: ((await prepare(side, "GET", `${definitions}/pipes.${group}`)) as Json).metadata,
    });
    const read = async () => ((await prepare(side, "GET", ratchet)) as Json).spec.added !== undefined;
    await until("the stricter definition is served", read);
  },
  cases: [
    of("defaults inside maps and lists", { deep: { parts: [{}, { size: null }, { size: "large" }] } }),
    of("a default that is a map has defaults", { deep: {} }),
    of("null: goes without a default", { deep: null, text: null, map: null }),
    of("null: becomes the default", { filled: null }),
    of("null: stays where it may", { both: null, nullable: null }),
    of("null in a list", { list: [null] }),
    of("null in a map", { map: { a: null } }),
    of("a text that is too short", { text: "a" }),
    of("a text that is too long", { text: "abcde" }),
    of("a text that does not match", { text: "ABC" }),
    of("a number that is too small", { number: 0 }),
    of("a number that is too large, and no multiple", { number: 11 }),
    of("a fraction for an integer", { number: 2.5 }),
    of("a number at an exclusive bound", { share: 1 }),
    of("a list that is too short", { list: [] }),
    of("a list that is too long", { list: ["a", "b", "c"] }),
    of("a map that is too small", { map: {} }),
    of("a map that is too large", { map: { a: 1, b: 2, c: 3 } }),
    of("another number than those of an enumeration", { level: 3 }),
    of("an integer or a text: neither", { either: 1.5 }),
    of("an integer or a text: both", { either: "10%" }),
    of("required fields", { needed: {} }),
    of("anyOf: none", { anyOf: {} }),
    of("anyOf: none, and a wrong type", { anyOf: { one: "x" } }),
    of("oneOf: none", { oneOf: {} }),
    of("oneOf: two", { oneOf: { one: 1, two: "x" } }),
    of("allOf", { allOf: 6 }),
    of("not", { not: "xyz" }),
    of("a set with duplicates", { set: ["a", "b", "a", "a"] }),
    of("a list of type map with duplicates, by the default of a key", {
      keyed: [{ name: "a" }, { name: "a", port: 80 }],
    }),
    of("an object inside: without kind and version", { pod: {} }),
    of("an object inside: with wrong ones, and labels", {
      pod: { apiVersion: "a/b/c", kind: "Po_d", metadata: { name: "a/b", labels: { "a b": "c" } } },
    }),
    of("an object inside: a label of the wrong type", {
      pod: { apiVersion: "v1", kind: "Pod", metadata: { labels: { a: 1 } } },
    }),
    of("an object inside: unknown fields", {
      pod: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { colour: "red", name: "a" },
        other: 1,
        spec: { node: "b", other: 1 },
      },
    }),
    of("unknown fields that are kept", { free: { known: 1, unknown: { any: [null] } } }),
    of("a known field among those that are kept", { free: { known: "x" } }),
    of("an expression that JavaScript matches for ever", { slow: `${"a".repeat(60)}b` }),
    of("a field that JavaScript's objects have", { constructor: 5 }),
    of("several problems at once", { text: "ABCDE", number: 1, list: [], needed: {}, set: ["a", "a"], allOf: 1 }),
    ...Object.entries(texts).flatMap(([format, pair]) =>
      pair.map((value) => created("labels", `format ${format}: ${value}`, { [field(format)]: value })),
    ),
    changed("status: nothing but the status is written", `${valve}/status`, {
      status: { count: 2, selector: "a=b", phase: "ready" },
      spec: { size: 9 },
    }),
    changed("the object: its status is not written", valve, { status: { count: 9 }, spec: { size: 2 } }),
    changed("labels: the generation stays", valve, { metadata: { labels: { a: "b" } } }),
    changed("status: too long a text", `${valve}/status`, { status: { phase: "abcdefg" } }),
    changed("status: a wrong type", `${valve}/status`, { status: "ready" }),
    changed("scale: written at its path", `${valve}/scale?fieldManager=scaler`, { spec: { replicas: 5 } }),
    changed("the object, after its scale", `${valve}?dryRun=All`, { metadata: { labels: { c: "d" } } }),
    changed("scale: less than none", `${valve}/scale`, { spec: { replicas: -1 } }),
    changed("the object: fewer replicas than none", valve, { spec: { template: { count: -1 } } }),
    changed("the object: no replicas", valve, { spec: { template: null } }),
    story({
      name: "scale: there is none",
      request: "`GET valves/given/scale`",
      tell: async (ask) => answerOf(await ask("GET", `${valve}/scale`), ({ spec }) => spec),
    }),
    changed("scale: of a kind without one", `${home}/gauges/none/scale`, { spec: { replicas: 1 } }),
    story({
      name: "apply: what is not declared",
      request: "server-side apply of a field that the schema does not have",
      tell: async (ask) =>
        answerOf(await apply(ask, resource("valves", { shape: "round" }, "applied")), ({ spec }) => spec),
    }),
    story({
      name: "apply: a status is not the object's",
      request: "server-side apply with a status",
      tell: async (ask) =>
        answerOf(await apply(ask, { ...resource("valves", { size: 3 }, "applied"), status: { count: 1 } }), (made) => [
          made.status,
          managers(made),
        ]),
    }),
    story({
      name: "apply: the status has an entry of its own",
      request: "server-side apply of the status",
      tell: async (ask) =>
        answerOf(
          await ask(
            "PATCH",
            `${home}/valves/applied/status?fieldManager=me`,
            { ...resource("valves", { size: 4 }, "applied"), status: { count: 1 } },
            "application/apply-patch+yaml",
          ),
          (made) => [made.spec, made.status, managers(made)],
        ),
    }),
    ...["number", "filled", "nullable"].map((field) =>
      story({
        name: `apply: null for ${field}`,
        request: "`PATCH ?dryRun=All`",
        tell: async (ask) =>
          answerOf(
            await ask(
              "PATCH",
              `${home}/gauges/none?fieldManager=me&dryRun=All`,
              resource("gauges", { [field]: null }, "none"),
              "application/apply-patch+yaml",
            ),
            ({ spec }) => spec,
          ),
      }),
    ),
    story({
      name: "a stored object gets a default that came later, and loses a field that went",
      request: "`GET` after a change of the definition",
      tell: async (ask) => answerOf(await ask("GET", ratchet), ({ spec }) => spec),
    }),
    story({
      name: "a list shows it, too",
      request: "list after a change of the definition",
      tell: async (ask) => answerOf(await ask("GET", `${home}/pipes`), ({ items }) => items[0].spec),
    }),
    ratcheted("what did not change is not refused", { added: { size: "large" } }),
    ratcheted("what changes is refused", { colour: "blue" }),
    ratcheted("an item of a list with keys that did not change", { parts: [{ name: "b" }, { name: "a", code: "x" }] }),
    ratcheted("an item of a list with keys that changes", { parts: [{ name: "a", code: "y" }] }),
    ratcheted("an item of another list, when one changes", { plain: ["one", "TWO"] }),
    ratcheted("a required field that goes", { plain: null }),
  ],
};
