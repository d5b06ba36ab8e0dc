/** Patches: JSON patch, merge patch, strategic merge patch, and server-side apply. */
import { authorize } from "../authorize.ts";
import { found, type Handling, type Result } from "../handling.ts";
import type { Subresource } from "../kinds.ts";
import { applied } from "../managed/apply.ts";
import { at, isList, isMap, type Json, type KubeObject, mapOf, objectOf, whole } from "../object.ts";
import { invalidOptions } from "../options.ts";
import { jsonPatch } from "../patch/json.ts";
import { mergePatch } from "../patch/merge.ts";
import { strategicPatch } from "../patch/strategic.ts";
import { badRequest, failure, notSupported } from "../status.ts";
import { isOn } from "../target.ts";
import { mediaType, parseJson, placed } from "./body.ts";
import { add, byOf, replace } from "./commit.ts";
import { type View, viewOf } from "./view.ts";
import { parseYaml } from "./yaml.ts";

const notForCustom =
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

type Patch = (target: Json, patch: Json) => Json;
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
    const { kind: _, apiVersion, ...next } = mapOf(change(whole(view.kind, view.show(old)), given));
    const by = byOf(handling, "Update", view);
    const written = replace(handling, placed(handling, objectOf(next)), { old, view, by });
    return { body: whole(view.kind, view.show(written)) };
  };

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
  const sent = parseYaml(body);
  const config = configOf(handling, sent);
  const [by, force] = [byOf(handling, "Apply", view), isOn(query.get("force"))];
  const old = view.subresource ? found(handling) : store.get(kind, namespace, name);
  if (!old) {
    const unnamed = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    if (!at(sent, "metadata.name")) throw badRequest(unnamed);
    authorize(store, user, { verb: "create", group: kind.group, resource: kind.plural, namespace, name });
    const object = applied(kind, { metadata: { name } }, { config, by, force });
    return { status: 201, body: whole(kind, add(handling, object, by)) };
  }
  const next = applied(kind, old, { config, by, force });
  return { body: whole(kind, replace(handling, next, { old, view, by })) };
}

const metadataFields =
  "name,generateName,namespace,selfLink,uid,resourceVersion,generation,creationTimestamp,deletionTimestamp,deletionGracePeriodSeconds,labels,annotations,ownerReferences,finalizers,managedFields";

/** Returns the applied configuration. Throws for another kind, `managedFields`, and metadata that there is not. */
function configOf(handling: Handling, sent: Json): KubeObject {
  const { kind: expected, name } = handling;
  const { kind = "", apiVersion = "", ...config } = mapOf(sent);
  const given = `${`${apiVersion}`.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
  if (kind !== expected.kind || apiVersion !== expected.apiVersion) throw badRequest(`invalid object type: ${given}`);
  const metadata = mapOf(config.metadata);
  const { namespace = "", managedFields } = metadata;
  if (managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  const unknown = Object.keys(metadata).find((key) => !metadataFields.split(",").includes(key));
  const why = `failed to create typed patch object (${namespace}/${name}; ${given}): .metadata.${unknown}: field not declared in schema`;
  if (unknown !== undefined && !expected.custom) throw failure(500, why, { reason: undefined });
  return placed(handling, objectOf({ ...config, metadata: { name, ...metadata } }));
}
