/** The four kinds of patches, and who manages which field. */
import type { Group } from "../case.ts";
import { answerOf, type Json, type KubeCase, kubeCases, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { configMap, configMaps, deployment, deployments, merge } from "./values.ts";

const json = "application/json-patch+json";
const strategic = "application/strategic-merge-patch+json";
const applyType = "application/apply-patch+yaml";
const given = `${configMaps}/given`;
const web = `${deployments}/web`;

const jsonCase = (name: string, body: unknown, shows = "data"): KubeCase => ({
  ...{ name: `JSON patch: ${name}`, method: "PATCH", path: `${given}?dryRun=All`, contentType: json, body, shows },
});
const strategicCase = (name: string, spec: object, shows: string | readonly string[]): KubeCase => ({
  name: `strategic: ${name}`,
  method: "PATCH",
  path: `${web}?dryRun=All`,
  contentType: strategic,
  body: { spec: { template: { spec } } },
  shows,
});

const containers = "spec.template.spec.containers";
const podSpec = {
  containers: [
    {
      ...{ name: "web", image: "nginx:1.12" },
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
      ports: [{ name: "http", containerPort: 80 }],
      args: ["a", "b"],
    },
    { name: "side", image: "busybox:1" },
  ],
  tolerations: [{ key: "a", operator: "Exists" }],
};

const applied = (data: object | undefined, more: object = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "applied", ...more } },
  ...(data && { data }),
});
const path = `${configMaps}/applied`;
const apply = (manager: string, more = "") => `${path}?fieldManager=${manager}${more}`;
const named = (character: string) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
const ascii = (text: string) => text.replace(/[^ -~]/gu, (one) => `<${named(one)}>`);
/** What becomes of a text whose characters are sent as they are, or with JSON's escapes. */
const reading = (character: string, how: "as it is" | "escaped") =>
  story({
    name: `apply: ${named(character)}, ${how}`,
    request: "`PATCH ?dryRun=All` of JSON with this character between spaces",
    async tell(ask) {
      const plain = JSON.stringify(applied({ a: `a ${character} b` }));
      const escapes = [...Array(character.length).keys()].map((at) => character.charCodeAt(at).toString(16));
      const body =
        how === "escaped"
          ? plain.replace(character, escapes.map((one) => `\\u${one.padStart(4, "0")}`).join(""))
          : plain;
      const answer = await ask("PATCH", apply("me", "&dryRun=All"), body, applyType);
      const { status, reason, message } = answerOf(answer, "data");
      return { status, reason, message: ascii(message) };
    },
  });

/** An apply by `me`, a merge patch by `you`, then a change of their entries, and one more apply by `me`. */
const rewriting = (name: string, change: (entries: readonly Json[]) => unknown, more: object = {}) =>
  story({
    name: `managers: ${name}`,
    request: "`PATCH` by `me` and `you`, `PUT` with other `managedFields`, `PATCH` by `me`",
    async tell(ask) {
      await ask("DELETE", path);
      await ask("PATCH", apply("me"), applied({ a: "1", b: "1" }), applyType);
      const { body } = await ask("PATCH", `${path}?fieldManager=you`, { data: { c: "1" } }, merge);
      const { metadata, ...rest } = body as Json;
      const rewritten = { ...rest, ...more, metadata: { ...metadata, managedFields: change(metadata.managedFields) } };
      const put = await ask("PUT", `${path}?fieldManager=they`, rewritten);
      const last = await ask("PATCH", apply("me", "&force=true"), applied({ a: "2" }), applyType);
      const told = [put, last].map((answer) => (answer.status < 300 ? managers(answer) : answerOf(answer).message));
      return { status: last.status, reason: "", message: told.join(" | ") };
    },
  });

const managers = ({ body }: { body: unknown }): string => {
  const { data = {}, metadata } = body as Json;
  const fields = ({ fieldsV1 }: Json) => Object.keys(fieldsV1["f:data"] ?? {}).filter((key) => key !== ".");
  const told = (metadata.managedFields ?? []).map((one: Json) => `${one.manager} ${one.operation} ${fields(one)}`);
  return `${JSON.stringify(data, Object.keys(data).sort())}; ${told.toSorted().join("; ")}`;
};

export const patches: Group = {
  title: "Patches",
  intro: "A ConfigMap with the key `a`, and a Deployment with two containers.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", configMaps, {
      ...configMap("given", { annotations: { "x/y": "1" } }),
      data: { a: "1" },
    });
    const { spec } = deployment("web");
    const template = { ...spec.template, spec: podSpec };
    await prepare(side, "POST", deployments, { ...deployment("web"), spec: { ...spec, replicas: 0, template } });
  },
  cases: [
    rewriting("as they were", (entries) => entries),
    rewriting("none", () => []),
    rewriting("one that is empty", () => [{}]),
    rewriting("one that is empty, and a change", () => [{}], { data: { d: "1" } }),
    rewriting("without the first", ([, ...rest]) => rest),
    rewriting("another name", (entries) => entries.map((entry) => ({ ...entry, manager: "me", operation: "Apply" }))),
    rewriting("an unknown operation", (entries) => entries.map((entry) => ({ ...entry, operation: "Write" }))),
    rewriting("fields that are none", (entries) => entries.map((entry) => ({ ...entry, fieldsV1: { a: {} } }))),
    ...kubeCases([
      jsonCase("add", [{ op: "add", path: "/data/b", value: "2" }]),
      jsonCase(
        "a key with a slash",
        [{ op: "replace", path: "/metadata/annotations/x~1y", value: "3" }],
        "metadata.annotations",
      ),
      jsonCase("a key that cannot be", [{ op: "add", path: "/data/x~1y", value: "3" }]),
      jsonCase("a test that holds", [
        { op: "test", path: "/data/a", value: "1" },
        { op: "replace", path: "/data/a", value: "2" },
      ]),
      jsonCase("a test that fails", [{ op: "test", path: "/data/a", value: "2" }]),
      jsonCase("a test of what is not there", [{ op: "test", path: "/data/b", value: "2" }]),
      jsonCase("remove", [{ op: "remove", path: "/data/a" }]),
      jsonCase("remove what is not there", [{ op: "remove", path: "/data/b" }]),
      jsonCase("copy and move", [
        { op: "copy", from: "/data/a", path: "/data/b" },
        { op: "move", from: "/data/a", path: "/data/c" },
      ]),
      jsonCase("replace what is not there", [{ op: "replace", path: "/data/b", value: "2" }]),
      jsonCase("below what is not there", [{ op: "add", path: "/none/b", value: "2" }]),
      jsonCase("an operation that is none", [{ op: "double", path: "/data/a" }]),
      jsonCase("no list", { op: "remove", path: "/data/a" }),
      { ...{ name: "JSON patch: no JSON", method: "PATCH", path: given, contentType: json, body: "[" } },
      { name: "merge: a list", method: "PATCH", path: given, contentType: merge, body: [1] },
      {
        name: "merge: another name",
        method: "PATCH",
        path: given,
        contentType: merge,
        body: { metadata: { name: "x" } },
      },
      {
        name: "merge: another namespace",
        ...{ method: "PATCH", path: given, contentType: merge, body: { metadata: { namespace: "x" } } },
      },
      {
        name: "merge: another uid",
        method: "PATCH",
        path: given,
        contentType: merge,
        body: { metadata: { uid: "x" } },
      },
      { name: "merge: force", method: "PATCH", path: `${given}?force=true`, contentType: merge, body: {} },
      { name: "a patch as JSON", method: "PATCH", path: given, contentType: "application/json", body: {} },
      {
        name: "a patch with a character set",
        ...{
          method: "PATCH",
          path: `${given}?dryRun=All`,
          contentType: `${merge}; charset=utf-8`,
          body: {},
          shows: "data",
        },
      },
      strategicCase("an image, by its container's name", { containers: [{ name: "web", image: "nginx:2" }] }, [
        `${containers}.name`,
        `${containers}.image`,
      ]),
      strategicCase("a container more", { containers: [{ name: "more", image: "x" }] }, `${containers}.name`),
      strategicCase("a container less", { containers: [{ name: "side", $patch: "delete" }] }, `${containers}.name`),
      strategicCase(
        "all containers others",
        { containers: [{ $patch: "replace" }, { name: "only", image: "x" }] },
        `${containers}.name`,
      ),
      strategicCase(
        "variables by their names",
        {
          containers: [
            {
              name: "web",
              env: [
                { name: "B", value: "3" },
                { name: "C", value: "4" },
              ],
            },
          ],
        },
        [`${containers}.env.name`, `${containers}.env.value`],
      ),
      strategicCase(
        "a variable less",
        { containers: [{ name: "web", env: [{ name: "A", $patch: "delete" }] }] },
        `${containers}.env.name`,
      ),
      strategicCase("a port more", { containers: [{ name: "web", ports: [{ containerPort: 81 }] }] }, [
        `${containers}.ports.containerPort`,
        `${containers}.ports.name`,
      ]),
      strategicCase("a list without keys", { containers: [{ name: "web", args: ["c"] }] }, `${containers}.args`),
      strategicCase("another list without keys", { tolerations: [] }, "spec.template.spec.tolerations"),
      strategicCase(
        "another order",
        { "$setElementOrder/containers": [{ name: "side" }, { name: "web" }] },
        `${containers}.name`,
      ),
      strategicCase("null", { tolerations: null }, "spec.template.spec.tolerations"),
      {
        name: "strategic: only the keys that it names",
        ...{ method: "PATCH", path: `${web}?dryRun=All`, contentType: strategic },
        body: { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
        shows: "spec.strategy",
      },
      {
        name: "strategic: a finalizer more",
        ...{ method: "PATCH", path: `${given}?dryRun=All`, contentType: strategic },
        body: { metadata: { finalizers: ["example.com/a"] } },
        shows: "metadata.finalizers",
      },
      { name: "apply: no manager", method: "PATCH", path, contentType: applyType, body: applied({}) },
      { name: "apply: no kind", method: "PATCH", path: apply("me"), contentType: applyType, body: { data: {} } },
      {
        name: "apply: a new object without a name",
        ...{ method: "PATCH", path: `${configMaps}/new?fieldManager=me`, contentType: applyType },
        body: { apiVersion: "v1", kind: "ConfigMap" },
      },
      {
        name: "apply: another version",
        ...{ method: "PATCH", path: apply("me"), contentType: applyType, body: { ...applied({}), apiVersion: "v2" } },
      },
      {
        name: "apply: managed fields",
        ...{ method: "PATCH", path: apply("me"), contentType: applyType, body: applied({}, { managedFields: [] }) },
      },
      {
        name: "apply: another name",
        ...{ method: "PATCH", path: apply("me"), contentType: applyType, body: applied({}, { name: "other" }) },
      },
      {
        name: "apply: YAML's key to merge maps, in JSON",
        ...{ method: "PATCH", path: apply("me", "&dryRun=All"), contentType: applyType },
        body: applied({}, { "<<": { finalizers: ["example.com/a"] } }),
        shows: "metadata.finalizers",
      },
      {
        name: "apply: YAML",
        ...{ method: "PATCH", path: apply("me", "&dryRun=All"), contentType: applyType },
        body: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: '1'}\n",
        shows: "data",
      },
    ]),
    ...["\x7f", "\x80", "\x85", "\xe4", "\u2028", "\u2029", "\ufeff", "\ufffe", "\u{1f600}"].flatMap((character) => [
      reading(character, "as it is"),
      reading(character, "escaped"),
    ]),
    story({
      name: "apply: made, then again, then one key less",
      request: "`PATCH` as `application/apply-patch+yaml`, three times",
      async tell(ask) {
        const first = await ask("PATCH", apply("me"), applied({ a: "1", b: "2" }), applyType);
        const again = await ask("PATCH", apply("me"), applied({ a: "1", b: "2" }), applyType);
        const less = await ask("PATCH", apply("me"), applied({ a: "1" }), applyType);
        const version = ({ body }: { body: unknown }) => (body as Json).metadata.resourceVersion;
        const same = version(first) === version(again);
        return { status: first.status, reason: "", message: `${again.status} ${same} ${managers(less)}` };
      },
    }),
    story({
      name: "apply: two managers, and what both have",
      request: "`PATCH` by `me`, then by `you`, then by `you` without it",
      async tell(ask) {
        await ask("PATCH", apply("me"), applied({ a: "1" }), applyType);
        const both = await ask("PATCH", apply("you"), applied({ a: "1", b: "2" }), applyType);
        const left = await ask("PATCH", apply("you"), applied({ b: "2" }), applyType);
        return { status: left.status, reason: "", message: `${managers(both)} | ${managers(left)}` };
      },
    }),
    story({
      name: "apply: another value than another manager's",
      request: "`PATCH` by `you` of what is `me`'s",
      tell: async (ask) => answerOf(await ask("PATCH", apply("you"), applied({ a: "9" }), applyType)),
    }),
    story({
      name: "apply: other values than another manager's",
      request: "`PATCH` by `they` of what is `me`'s and `you`'s",
      async tell(ask) {
        const { status, body } = await ask("PATCH", apply("they"), applied({ a: "9", b: "9" }), applyType);
        // The API server's causes are in any order.
        return { status, reason: (body as Json).reason, message: (body as Json).message };
      },
    }),
    story({
      name: "apply: another value, by force",
      request: "`PATCH ?force=true` by `you`",
      async tell(ask) {
        const answer = await ask("PATCH", apply("you", "&force=true"), applied({ a: "9" }), applyType);
        return { status: answer.status, reason: "", message: managers(answer) };
      },
    }),
    story({
      name: "merge: nothing new keeps the version",
      request: "`PATCH` as merge patch, twice",
      async tell(ask) {
        const patch = () => ask("PATCH", given, { data: { a: "1" } }, merge);
        const [first, second] = [await patch(), await patch()].map(
          ({ body }) => (body as Json).metadata.resourceVersion,
        );
        return { status: 200, reason: "", message: `the same version: ${first === second}` };
      },
    }),
    story({
      name: "a merge patch takes a field over",
      request: "`PATCH` as merge patch by `other`, then an apply",
      async tell(ask) {
        await ask("PATCH", `${path}?fieldManager=other`, { data: { a: "7", c: "3" } }, merge);
        const conflict = await ask("PATCH", apply("you"), applied({ a: "8" }), applyType);
        const { message } = conflict.body as Json;
        const now = await ask("GET", path);
        const words = String(message).replace(/ at [^:]*Z/, "");
        return { status: conflict.status, reason: "", message: `${words} | ${managers(now)}` };
      },
    }),
    story({
      name: "apply: a container of a Deployment, then another image, then without it",
      request: "`PATCH` of a Deployment, three times",
      async tell(ask) {
        const at = `${deployments}/web?fieldManager=me&force=true`;
        const manifest = (more: readonly object[]) => ({
          ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
          spec: { template: { spec: { containers: more } } },
        });
        const shown = ({ body }: { body: unknown }) =>
          (body as Json).spec.template.spec.containers.map((one: Json) => `${one.name}=${one.image}`).join(",");
        const more = await ask(
          "PATCH",
          at,
          manifest([{ name: "more", image: "x:1", env: [{ name: "A", value: "1" }] }]),
          applyType,
        );
        const other = await ask("PATCH", at, manifest([{ name: "more", image: "x:2" }]), applyType);
        const env = (other.body as Json).spec.template.spec.containers.at(-1).env;
        const less = await ask("PATCH", at, manifest([]), applyType);
        return { status: less.status, reason: "", message: `${[more, other, less].map(shown).join(" | ")} | ${env}` };
      },
    }),
    story({
      name: "apply: under a version that it no longer has",
      request: "`PATCH` with `metadata.resourceVersion`",
      tell: async (ask) => answerOf(await ask("PATCH", apply("me"), applied({}, { resourceVersion: "1" }), applyType)),
    }),
  ],
};
