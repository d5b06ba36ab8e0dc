/** The header `Accept`: in which form a client wants objects. Source: "Kubernetes API concepts" in the Kubernetes documentation */
import type { Request } from "../request.ts";
import { failure, notSupported } from "./status.ts";

const forms = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"] as const;
export type Form = "object" | (typeof forms)[number];

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
export function formOf({ headers: { accept = "*/*" } }: Request): Form {
  const ranges = accept.split(",").map((range) => range.split(";").map((part) => part.trim()));
  const [form] = ranges.flatMap((range) => formIn(range) ?? []);
  if (form) return form;
  const has = (types: RegExp) => ranges.find(([type = ""]) => types.test(type))?.[0];
  const other = has(ofServer);
  if (other) throw notSupported(`answers in ${other}`);
  if (has(json)) throw failure(406, `only the following media types are accepted: ${media}`);
  throw failure(406, `406: Not Acceptable\n\nAvailable representations: ${media}`, { of: {} });
}
