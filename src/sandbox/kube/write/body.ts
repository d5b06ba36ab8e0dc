/** Parses request bodies, JSON or YAML, and checks them against the path. */
import type { Request } from "../../request.ts";
import type { Handling } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { isMap, type Json, type KubeObject, mapOf } from "../object.ts";
import { badRequest, failure } from "../status.ts";
import { decode } from "../types/decode.ts";
import { describe } from "../types/scalars.ts";
import { parseSource } from "../types/source.ts";
import { typeOf } from "../types/types.ts";
import { parseProtobuf } from "./protobuf.ts";
import { decoded } from "./validation.ts";
import { parseYaml } from "./yaml.ts";

const formats =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The media type without its parameters. */
export const mediaType = ({ headers }: Request): string => (headers["content-type"] ?? "").split(";")[0] ?? "";

/** Parses JSON. Throws 400 with `words` before the parser's message. */
export function parseJson(body: string, words: string): Json {
  try {
    return parseSource(body);
  } catch (error) {
    throw badRequest(`${words}${(error as Error).message}`);
  }
}

const noProtobuf = `the sandbox does not read protobuf, which kubectl sends here; pipe the object to kubectl apply:
  kubectl create … --dry-run=client --output yaml | kubectl apply -f -`;

/** An object as it was sent. */
interface Body {
  readonly value: Json;
  /** Fields that are duplicate in YAML. */
  readonly strict: readonly string[];
}

function parsedBody(request: Request, kind: string): Body {
  const type = mediaType(request) || "application/json";
  if (type === "application/json") return { value: parsedJson(request.body, kind), strict: [] };
  if (type === "application/yaml") return parseYaml(request.body);
  const isProtobuf = type === "application/vnd.kubernetes.protobuf";
  const value = isProtobuf ? parseProtobuf(request.body) : undefined;
  if (value) return { value, strict: [] };
  throw failure(415, isProtobuf ? noProtobuf : formats);
}

/** Source: `summarizeData` of k8s.io/apiserver/pkg/endpoints/handlers/rest.go */
function summary(body: string): string {
  if (body === "") return "<empty>";
  const bytes = Buffer.from(body);
  const shown = bytes.subarray(0, 30);
  const dots = bytes.length > shown.length ? " ..." : "";
  return (body.startsWith("{") ? shown.toString() : shown.toString("hex")) + dots;
}

function parsedJson(body: string, kind: string): Json {
  const words = "couldn't get version/kind; json parse error: ";
  const unrecognized = (why: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${words}${why} (${summary(body)})`);
  const value = parsedOr(body, unrecognized);
  const typeMeta =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  if (value !== null && !isMap(value))
    throw unrecognized(`json: cannot unmarshal ${describe(value)} into Go value of type ${typeMeta}`);
  for (const field of ["apiVersion", "kind"]) {
    const given = mapOf(value)[field] ?? "";
    const why = `json: cannot unmarshal ${describe(given)} into Go struct field .${field} of type string`;
    if (typeof given !== "string") throw unrecognized(why);
  }
  return value;
}

function parsedOr(body: string, refusal: (why: string) => Error): Json {
  try {
    return parseSource(body);
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

/** Parses the object in the body of a create or update. */
export function bodyOf(handling: Handling, expected: Pick<Kind, "group" | "kind" | "apiVersion">): KubeObject {
  const { value, strict } = parsedBody(handling.request, expected.kind);
  const sent = mapOf(value);
  const { kind, apiVersion } = { kind: sent.kind || expected.kind, apiVersion: sent.apiVersion || expected.apiVersion };
  const [version] = expected.apiVersion.split("/").reverse();
  const handled = `${kind} in version "${apiVersion}" cannot be handled as a ${expected.kind}`;
  const converting = `converting (${version}.${kind}) to (${expected.group || "core"}.${expected.kind})`;
  if (kind !== expected.kind) throw badRequest(`${handled}: ${converting}: unknown conversion`);
  const unknown = `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  if (apiVersion !== expected.apiVersion) throw badRequest(`${handled}: ${unknown}`);
  const refusal = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
  const type = typeOf(expected);
  const decoding = () => (type ? decode(sent, type) : { value: sent, strict: [] });
  return placed(handling, decoded(handling, { decode: decoding, strict, refusal }));
}

/** Adds the path's namespace. Throws 400 if the object has another namespace or name. */
export function placed({ name, namespace, kind }: Handling, object: KubeObject): KubeObject {
  const isUnplaced = namespace && kind.namespaced && !object.metadata.namespace;
  const metadata = { ...object.metadata, ...(isUnplaced && { namespace }) };
  const elsewhere = "the namespace of the provided object does not match the namespace sent on the request";
  if (kind.namespaced && metadata.namespace !== namespace) throw badRequest(elsewhere);
  const renamed = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
  if (name && metadata.name !== name) throw badRequest(renamed);
  return { ...object, metadata };
}
