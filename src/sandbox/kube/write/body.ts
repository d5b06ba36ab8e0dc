/** Parses request bodies, JSON or YAML, and checks them against the path. */
import type { Request } from "../../request.ts";
import type { Handling } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { isMap, type Json, type KubeObject, mapOf } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { messageIn } from "../protobuf/message.ts";
import { parseUnknown } from "../protobuf/object.ts";
import { badRequest, failure } from "../status.ts";
import { type Decoded, decode } from "../types/decode.ts";
import { describe } from "../types/scalars.ts";
import { parseSource } from "../types/source.ts";
import { type Type, typeOf } from "../types/types.ts";
import { decoded, decodedCustom } from "./validation.ts";
import { parseYaml } from "./yaml.ts";

const formats =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The media type without its parameters. */
export const mediaType = ({ headers }: Request): string => (headers["content-type"] ?? "").split(";")[0] ?? "";

/** Parses JSON. Throws 400 with `words` before the parser's message. */
export const parseJson = (body: string, words: string): Json =>
  orRefused(
    () => parseSource(body),
    (why) => badRequest(words + why),
  );

/** An object as it was sent. */
interface Body {
  readonly typeMeta: { readonly kind?: Json; readonly apiVersion?: Json };
  /** Throws `Refused`. Custom resources have no type. */
  readonly decode: (type: Type | undefined) => Decoded;
  /** Fields that are duplicate in YAML. */
  readonly strict: readonly string[];
}

interface Source {
  readonly value: Json;
  readonly strict: readonly string[];
}

const protobuf = "application/vnd.kubernetes.protobuf";

function parsedBody({ request, kind: { custom } }: Handling, kind: string): Body {
  const type = mediaType(request) || "application/json";
  if (type === "application/yaml") return textBody(parseYaml(request.body), custom);
  if (type === "application/json") return textBody({ value: parsedJson(request.body, kind), strict: [] }, custom);
  if (type === protobuf && !custom) return binaryBody(request.body, kind);
  throw failure(415, custom ? formats.replace(`, ${protobuf}`, "") : formats);
}

function textBody({ value, strict }: Source, custom: CustomVersion | undefined): Body {
  const sent = mapOf(value);
  const untyped = () => (custom ? decodedCustom(custom, sent) : { value: sent, strict: [] });
  return { typeMeta: sent, decode: (type) => (type ? decode(sent, type) : untyped()), strict };
}

function binaryBody(body: string, kind: string): Body {
  const { typeMeta, raw } = orRefused(() => parseUnknown(body), unrecognized(kind, body));
  return {
    typeMeta,
    decode: (type) => (type ? decode(messageIn(raw, type), type) : { value: {}, strict: [] }),
    strict: [],
  };
}

/** Options in the body of a request, in JSON or protobuf. Undefined without a body. */
export function sentOptions(request: Request, type: Type | undefined): Json {
  if (request.body === "") return undefined;
  if (mediaType(request) !== protobuf) return parseJson(request.body, "couldn't get version/kind; json parse error: ");
  const { typeMeta, raw } = orRefused(() => parseUnknown(request.body), badRequest);
  return { kind: typeMeta.kind, ...(type && orRefused(() => messageIn(raw, type), badRequest)) };
}

const unrecognized =
  (kind: string, body: string) =>
  (why: string): Error =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`);

/** Source: `summarizeData` of k8s.io/apiserver/pkg/endpoints/handlers/rest.go */
function summary(body: string): string {
  if (body === "") return "<empty>";
  const bytes = Buffer.from(body);
  const shown = bytes.subarray(0, 30);
  const dots = bytes.length > shown.length ? " ..." : "";
  return (body.startsWith("{") ? shown.toString() : shown.toString("hex")) + dots;
}

function parsedJson(body: string, kind: string): Json {
  const refusal = (why: string) => unrecognized(kind, body)(`couldn't get version/kind; json parse error: ${why}`);
  const value = orRefused(() => parseSource(body), refusal);
  const typeMeta =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  if (value !== null && !isMap(value))
    throw refusal(`json: cannot unmarshal ${describe(value)} into Go value of type ${typeMeta}`);
  for (const field of ["apiVersion", "kind"]) {
    const given = mapOf(value)[field] ?? "";
    const why = `json: cannot unmarshal ${describe(given)} into Go struct field .${field} of type string`;
    if (typeof given !== "string") throw refusal(why);
  }
  return value;
}

function orRefused<T>(parse: () => T, refusal: (why: string) => Error): T {
  try {
    return parse();
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

/** What the API server could decode, and does not serve. */
const older: Readonly<Record<string, RegExp>> = {
  "apps/v1beta1": /^(ControllerRevision|Deployment|StatefulSet)$/,
  "apps/v1beta2": /^(ControllerRevision|DaemonSet|Deployment|ReplicaSet|StatefulSet)$/,
};
export const isOlder = ({ kind, apiVersion }: TypeMeta): boolean => older[apiVersion]?.test(kind) ?? false;

interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}

/** Why an object cannot become one of the expected kind. */
export function problemOfVersion(expected: Expected, sent: TypeMeta, isCustom = false): string | undefined {
  const { kind, apiVersion } = sent;
  if (kind === expected.kind && apiVersion === expected.apiVersion) return undefined;
  const [version, , ...more] = apiVersion.split("/").reverse();
  if (more.length > 0) return `unexpected GroupVersion string: ${apiVersion}`;
  const isKnown = typeOf(sent) || (isCustom && kind !== expected.kind);
  if (!isKnown)
    return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  return `converting (${version}.${kind}) to (${expected.group || "core"}.${expected.kind}): unknown conversion`;
}

type Expected = Pick<Kind, "group" | "kind" | "apiVersion">;
/** Parses the object in the body of a create or update. */
export function bodyOf(handling: Handling, expected: Expected): KubeObject {
  const { typeMeta, decode, strict } = parsedBody(handling, expected.kind);
  const { kind, apiVersion } = {
    kind: typeMeta.kind || expected.kind,
    apiVersion: typeMeta.apiVersion || expected.apiVersion,
  };
  const [version] = expected.apiVersion.split("/").reverse();
  const isCustom = handling.kind.custom !== undefined;
  const problem = problemOfVersion(expected, { kind: `${kind}`, apiVersion: `${apiVersion}` }, isCustom);
  if (problem)
    throw badRequest(`${kind} in version "${apiVersion}" cannot be handled as a ${expected.kind}: ${problem}`);
  const refusal = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
  return placed(handling, decoded(handling, { decode: () => decode(typeOf(expected)), strict, refusal }));
}

export const unnamed = (name: string): string =>
  `the name of the object (${name} based on URL) was undeterminable: name must be provided`;

/** Adds the path's namespace. Throws 400 if the object has another namespace or name. */
export function placed({ name, namespace, kind }: Handling, object: KubeObject): KubeObject {
  const { namespace: given, ...rest } = object.metadata;
  const home = kind.namespaced && (given || namespace);
  const metadata = { ...rest, ...(home && { namespace: home }) };
  const elsewhere = "the namespace of the provided object does not match the namespace sent on the request";
  if (kind.namespaced && metadata.namespace !== namespace) throw badRequest(elsewhere);
  const renamed = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
  if (name && !metadata.name) throw badRequest(unnamed(name));
  if (name && metadata.name !== name) throw badRequest(renamed);
  return { ...object, metadata };
}
