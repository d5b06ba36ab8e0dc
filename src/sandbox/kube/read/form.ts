/**
 * The form in which the sender of a request wants objects: whole, as a table, or their metadata alone.
 * Source: "Kubernetes API concepts" in the Kubernetes documentation, k8s.io/apiserver/pkg/endpoints/handlers/response.go
 */
import type { Handling, Result } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { type KubeObject, whole } from "../object.ts";
import { failure, notSupported } from "../status.ts";
import { partial, table } from "./table.ts";

const forms = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"] as const;
type Form = "object" | (typeof forms)[number];

const json = /^(\*\/\*|application\/(\*|json))$/;
const ofServer = /^application\/(yaml|vnd\.kubernetes\.protobuf)$/;
const media = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

function formIn([type = "", ...parameters]: readonly string[]): Form | undefined {
  if (!json.test(type)) return undefined;
  const given = new URLSearchParams(parameters.join("&"));
  const as = given.get("as");
  if (as === null) return "object";
  return given.get("g") === "meta.k8s.io" && given.get("v") === "v1" ? forms.find((form) => form === as) : undefined;
}

/** Throws 406 for what the API server does not have either, 501 for YAML and protobuf. */
export function formOf({ headers: { accept = "*/*" } }: Handling["request"]): Form {
  const ranges = accept.split(",").map((range) => range.split(";").map((part) => part.trim()));
  const [form] = ranges.flatMap((range) => formIn(range) ?? []);
  if (form) return form;
  const has = (types: RegExp) => ranges.find(([type = ""]) => types.test(type))?.[0];
  const other = has(ofServer);
  if (other) throw notSupported(`answers in ${other}`);
  if (has(json)) throw failure(406, `only the following media types are accepted: ${media}`);
  throw failure(406, `406: Not Acceptable\n\nAvailable representations: ${media}`, { of: {} });
}

/** The type in Go, as messages have it: `core.ConfigMap`. */
const goTypeOf = ({ group, kind, custom }: Kind, isList: boolean): string => {
  const [type, [name]] = [custom ? "Unstructured" : kind, group.split(".")];
  return `*${custom ? "unstructured" : name || "core"}.${type}${isList ? "List" : ""}`;
};

type Listed = KubeObject & { readonly items?: readonly KubeObject[] };

/** Returns the answer to a request for an object or a list of them, in its form. */
export function formed(handling: Handling, result: Result): Result {
  const form = formOf(handling.request);
  const body = result.body as Listed;
  const { metadata, items } = body;
  if (form === "object" || body.kind === "Status") return result;
  if (form === "Table") return { ...result, body: table(handling, items ?? [body], metadata) };
  if (Boolean(items) !== (form === "PartialObjectMetadataList")) {
    const found = `${items ? "a" : "not a"} list (${goTypeOf(handling.kind, Boolean(items))})`;
    throw failure(406, `you requested ${form}, but the requested object is ${found}`);
  }
  const list = { kind: form, apiVersion: "meta.k8s.io/v1", metadata };
  return { ...result, body: items ? { ...list, items: items.map(partial) } : partial(body) };
}

/** Returns what shows the objects of a watch. Of tables, only the first has the columns' definitions. */
export function showing(handling: Handling): (object: KubeObject) => object {
  const form = formOf(handling.request);
  if (form === "object") return (object) => whole(handling.kind, object);
  if (form !== "Table") return partial;
  let isFirst = true;
  return (object) => {
    const { columnDefinitions, ...rest } = table(handling, [object], object.metadata);
    const first = isFirst;
    isFirst = false;
    return first ? { ...rest, columnDefinitions } : rest;
  };
}
