/**
 * Objects in the form that the request accepts: whole, as a table, or only their metadata.
 * Source: k8s.io/apiserver/pkg/endpoints/handlers/response.go
 */
import type { Handling, Result } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { type JsonMap, type KubeObject, whole } from "../object.ts";
import { failure } from "../status.ts";
import { partial, table } from "./table.ts";

/** The type in Go, as messages have it: `core.ConfigMap`. */
const goTypeOf = ({ group, kind, custom }: Kind, isList: boolean): string => {
  const [type, [name]] = [custom ? "Unstructured" : kind, group.split(".")];
  return `*${custom ? "unstructured" : name || "core"}.${type}${isList ? "List" : ""}`;
};

type Listed = KubeObject & { readonly items?: readonly KubeObject[] };

/** Returns the answer to a request for an object or a list of them, in its form. */
export function formed(handling: Handling, result: Result): Result {
  const { form } = handling;
  const body = result.body as Listed;
  const { items } = body;
  const { continue: more, ...others } = body.metadata as JsonMap;
  const metadata = { ...others, ...(more && { continue: more }) };
  if (form === "object" || body.kind === "Status") return result;
  if (form === "Table") return { ...result, body: table(handling, items ?? [body], body.metadata) };
  if (Boolean(items) !== (form === "PartialObjectMetadataList")) {
    const found = `${items ? "a" : "not a"} list (${goTypeOf(handling.kind, Boolean(items))})`;
    throw failure(406, `you requested ${form}, but the requested object is ${found}`);
  }
  const list = { kind: form, apiVersion: "meta.k8s.io/v1", metadata };
  const partials = items?.map((one) => partial(handling.kind, one)) ?? [];
  if (items) return { ...result, body: { ...list, items: partials.length > 0 ? partials : null } };
  return { ...result, body: partial(handling.kind, body) };
}

/** Returns what shows the objects of a watch. Of tables, only the first has the columns' definitions. */
export function showing(handling: Handling): (object: KubeObject) => object {
  const { form } = handling;
  if (form === "object") return (object) => whole(handling.kind, object);
  if (form !== "Table") return (object) => partial(handling.kind, object);
  let isFirst = true;
  return (object) => {
    const { columnDefinitions, ...rest } = table(handling, [object], object.metadata);
    const first = isFirst;
    isFirst = false;
    return first ? { ...rest, columnDefinitions } : rest;
  };
}
