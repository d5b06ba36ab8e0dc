/** Parses request bodies, JSON or YAML, and checks them against the path. */
import type { Request } from "../../request.ts";
import type { Handling } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { type Json, type KubeObject, mapOf, objectOf } from "../object.ts";
import { badRequest, failure } from "../status.ts";
import { parseProtobuf } from "./protobuf.ts";
import { parseYaml } from "./yaml.ts";

const formats =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The media type without its parameters. */
export const mediaType = ({ headers }: Request): string => (headers["content-type"] ?? "").split(";")[0] ?? "";

/** What later versions of Node add to the message. */
const place = / \(line \d+ column \d+\)$/;

/** Parses JSON; an empty body is `{}`. Throws 400 with `words` before the parser's message. */
export function parseJson(body: string, words: string): Json {
  try {
    return JSON.parse(body || "{}");
  } catch (error) {
    throw badRequest(`${words}${(error as Error).message.replace(place, "")}`);
  }
}

const noProtobuf = `the sandbox does not read protobuf, which kubectl sends here; pipe the object to kubectl apply:
  kubectl create … --dry-run=client --output yaml | kubectl apply -f -`;

function parsedBody(request: Request): Json {
  const type = mediaType(request) || "application/json";
  if (type === "application/json") return parseJson(request.body, "couldn't get version/kind; json parse error: ");
  if (type === "application/yaml") return parseYaml(request.body);
  const isProtobuf = type === "application/vnd.kubernetes.protobuf";
  const parsed = isProtobuf ? parseProtobuf(request.body) : undefined;
  if (parsed) return parsed;
  throw failure(415, isProtobuf ? noProtobuf : formats);
}

/** Parses the object in the body of a create or update. */
export function bodyOf(handling: Handling, expected: Pick<Kind, "group" | "kind" | "apiVersion">): KubeObject {
  const { request } = handling;
  const parsed = parsedBody(request);
  const { kind = expected.kind, apiVersion = expected.apiVersion, ...object } = mapOf(parsed);
  const handled = `${kind} in version "${apiVersion}" cannot be handled as a ${expected.kind}`;
  const [version] = expected.apiVersion.split("/").reverse();
  const converting = `converting (${version}.${kind}) to (${expected.group || "core"}.${expected.kind})`;
  if (kind !== expected.kind) throw badRequest(`${handled}: ${converting}: unknown conversion`);
  const unknown = `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  if (apiVersion !== expected.apiVersion) throw badRequest(`${handled}: ${unknown}`);
  return placed(handling, objectOf(object));
}

/** Adds the path's namespace. Throws 400 if the object has another namespace or name. */
export function placed({ name, namespace, kind }: Handling, object: KubeObject): KubeObject {
  const metadata = { ...(namespace && kind.namespaced && { namespace }), ...object.metadata };
  const elsewhere = "the namespace of the provided object does not match the namespace sent on the request";
  if (kind.namespaced && metadata.namespace !== namespace) throw badRequest(elsewhere);
  const renamed = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
  if (name && metadata.name !== name) throw badRequest(renamed);
  return { ...object, metadata };
}
