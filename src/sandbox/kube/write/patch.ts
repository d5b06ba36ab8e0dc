/** Patches: JSON patch, merge patch, strategic merge patch, and server-side apply. */
import { authorize } from "../authorize.ts";
import { declaredBy } from "../custom/declared.ts";
import { anything } from "../custom/schema.ts";
import { asRead } from "../custom/stored.ts";
import { found, type Handling, type Result } from "../handling.ts";
import type { Kind, Subresource } from "../kinds.ts";
import { applied } from "../managed/apply.ts";
import {
  at,
  isList,
  isMap,
  type Json,
  type JsonMap,
  type KubeObject,
  listOf,
  mapOf,
  objectOf,
  whole,
} from "../object.ts";
import { invalidOptions } from "../options.ts";
import { jsonPatch } from "../patch/json.ts";
import { mergePatch } from "../patch/merge.ts";
import { strategicPatch } from "../patch/strategic.ts";
import { type Structure, structureOf } from "../patch/structure.ts";
import { badRequest, failure, invalid, notSupported, wrong } from "../status.ts";
import { isOn } from "../target.ts";
import { convert, goText } from "../types/convert.ts";
import { undeclared } from "../types/declared.ts";
import { decode } from "../types/decode.ts";
import { Refused } from "../types/errors.ts";
import { describe } from "../types/scalars.ts";
import { duplicatesIn } from "../types/source.ts";
import { typeOf } from "../types/types.ts";
import { isOlder, mediaType, parseJson, placed, problemOfVersion, unnamed } from "./body.ts";
import { add, byOf, replace } from "./commit.ts";
import { decoded, decodedCustom } from "./validation.ts";
import { type View, viewOf } from "./view.ts";
import { parseYaml } from "./yaml.ts";

const notForCustom =
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

type Patch = (target: Json, patch: Json, structure: Structure) => Json;
const patches: Readonly<Record<string, Patch>> = {
  "application/json-patch+json": byOperations,
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": strategicPatch,
};

export const patch =
  (subresource?: Subresource) =>
  (handling: Handling): Result => {
    const { kind, request } = handling;
    const view = viewOf(kind, subresource);
    const type = mediaType(request);
    if (type === "application/apply-patch+yaml") return apply(handling, view);
    const change = patches[type];
    if (kind.custom && change === strategicPatch) throw failure(415, notForCustom);
    if (!change) throw failure(415, "415: Unsupported Media Type", { of: {} });
    const isForced = request.query.has("force");
    const problem = "Forbidden: may not be specified for non-apply patch";
    if (isForced) throw invalidOptions("PatchOptions", [["force", problem]]);
    const old = found(handling);
    const given = parseJson(request.body, "error decoding patch: ");
    if (change !== byOperations && !isMap(given)) throw badRequest(notA("map[string]interface {}", given));
    const patched = mapOf(change(whole(view.kind, view.show(old)), given, structureOf(view.kind)));
    const isStrategic = change === strategicPatch;
    const refusal = (why: string) => invalidPatch(isStrategic ? goText(given) : JSON.stringify(patched), why);
    const of = typeOf(view.kind);
    if (of && !isStrategic) refuseVersion(handling, view, { patched, refusal });
    const decoding = () => {
      if (!of && kind.custom) return decodedCustom(kind.custom, patched);
      if (!of) return { value: patched, strict: [] };
      return isStrategic ? convert(patched, of) : decode(withOlder(patched), of);
    };
    const strict = change === byOperations ? problemsOf(given) : duplicatesIn(given);
    const next = placed(handling, decoded(handling, { decode: decoding, strict, refusal }));
    const by = byOf(handling, "Update", view);
    const written = replace(handling, next, { old, view, by });
    return { body: whole(view.kind, view.show(written)) };
  };

interface Patched {
  readonly patched: JsonMap;
  readonly refusal: (why: string) => Error;
}
/** Throws for an object that became one of another kind, or of none. */
function refuseVersion({ name }: Handling, { kind: expected }: View, { patched, refusal }: Patched): void {
  const { apiVersion, kind } = patched;
  if (!apiVersion) throw badRequest(unnamed(name));
  if (typeof apiVersion !== "string" || (kind && typeof kind !== "string")) return;
  const of = { apiVersion, kind: `${kind || expected.kind}` };
  const problem = of.kind === expected.kind && isOlder(of) ? undefined : problemOfVersion(expected, of);
  if (problem) throw refusal(problem);
}
/** The first version of apps gave the labels of the template to what had none. */
function withOlder(object: JsonMap): JsonMap {
  const labels = at(object, "spec.template.metadata.labels");
  const isFirst = object.apiVersion === "apps/v1beta1" && labels && at(object, "metadata.labels") === undefined;
  return isFirst ? { ...object, metadata: { ...mapOf(object.metadata), labels } } : object;
}
const ofOperation = ["op", "path", "from", "value"];
/** Fields that operations do not have, or have twice. */
function problemsOf(operations: Json): readonly string[] {
  const unknown = listOf(operations).flatMap((one, index) =>
    Object.keys(mapOf(one)).flatMap((key) => (ofOperation.includes(key) ? [] : [`unknown field "[${index}].${key}"`])),
  );
  return [...unknown, ...duplicatesIn(operations)].map((one) => `json patch ${one}`);
}

const invalidPatch = (patch: string, why: string): Error =>
  invalid({ group: "", kind: "" }, "", [["patch", wrong(patch, why)]]);

const notA = (type: string, given: Json): string =>
  `error decoding patch: json: cannot unmarshal ${isList(given) ? "array" : typeof given} into Go value of type ${type}`;

function byOperations(target: Json, operations: Json): Json {
  if (!isList(operations)) throw badRequest(notA("[]handlers.jsonPatchOp", operations));
  const patched = jsonPatch(target, operations);
  const failed = "the server rejected our request due to an error in our request";
  if (patched === undefined) throw failure(422, failed, { of: {} });
  return patched;
}

function apply(handling: Handling, view: View): Result {
  const { store, user, kind, request, namespace, name } = handling;
  const { query, body } = request;
  if (view.subresource === "scale") throw notSupported("server-side apply of a scale");
  if (!query.get("fieldManager"))
    throw invalidOptions("PatchOptions", [["fieldManager", "Required value: is required for apply patch"]]);
  const sent = parseYaml(body).value;
  if (sent !== null && !isMap(sent)) throw badRequest(notMap(sent));
  const config = configOf(handling, mapOf(sent));
  const hasMetadata = mapOf(sent).metadata !== undefined;
  const [by, force] = [byOf(handling, "Apply", view), isOn(query.get("force"))];
  const stored = store.get(kind, namespace, name);
  const old = view.subresource ? found(handling) : stored && asRead(kind, stored);
  const of = `${at(sent, "metadata.namespace") ?? ""}/${name}; ${nameOf(kind)}`;
  const next = (from: KubeObject): KubeObject => {
    const made = converted(kind, applied(kind, from, { config, hasMetadata, by, force }), of);
    // An apply without metadata takes away all of it.
    if (!made.metadata.name) throw badRequest(unnamed(name));
    return placed(handling, made);
  };
  if (old) return { body: whole(kind, replace(handling, next(old), { old, view, by })) };
  if (!at(sent, "metadata.name")) throw badRequest(unnamed(name));
  authorize(store, user, { verb: "create", group: kind.group, resource: kind.plural, namespace, name });
  return { status: 201, body: whole(kind, add(handling, next({ metadata: { name } }), by)) };
}

const notMap = (sent: Json): string =>
  `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${describe(sent)} into Go value of type map[string]interface {}`;

const nameOf = ({ apiVersion, kind }: { readonly apiVersion?: Json; readonly kind?: Json }): string =>
  `${`${apiVersion ?? ""}`.includes("/") ? apiVersion : `/${apiVersion ?? ""}`}, Kind=${kind ?? ""}`;

/** The object as the API server decodes it. Throws 500 for a value that does not parse, as the API server does. */
function converted(kind: Kind, object: KubeObject, of: string): KubeObject {
  const type = typeOf(kind);
  if (!type) return object;
  const failed = `failed to convert new object (${of}) to proper version`;
  try {
    return objectOf(convert(object, type).value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const why = `${failed}: unable to convert unstructured object to ${nameOf(kind)}: ${error.message}`;
    throw failure(500, why, { reason: undefined });
  }
}

/** Returns the applied configuration. Throws for another kind, `managedFields`, and what the kind does not have. */
function configOf(handling: Handling, sent: JsonMap): KubeObject {
  const { kind: expected } = handling;
  const { kind, apiVersion, ...config } = sent;
  if (kind !== expected.kind || apiVersion !== expected.apiVersion)
    throw badRequest(`invalid object type: ${nameOf(sent)}`);
  const metadata = mapOf(config.metadata);
  const { namespace = "", managedFields } = metadata;
  if (managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  const type = typeOf(expected);
  const problems = undeclared(sent, type ?? declaredBy(expected.custom?.schema?.openAPIV3Schema ?? anything));
  const of = typeof metadata.name === "string" ? metadata.name : "";
  const all = problems.length > 1 ? ["errors:", ...problems.map((one) => `  ${one}`)].join("\n") : problems[0];
  const why = `failed to create typed patch object (${namespace}/${of}; ${nameOf(sent)}): ${all}`;
  if (problems.length > 0) throw failure(500, why, { reason: undefined });
  return objectOf({ ...config, metadata });
}
