/** Lists objects, in pages of one version. Source: "Kubernetes API concepts" in the Kubernetes documentation */
import { asRead } from "../custom/stored.ts";
import type { Handling, Result } from "../handling.ts";
import type { Kind } from "../kinds.ts";
import { type JsonMap, type KubeObject, whole } from "../object.ts";
import { checkVersions, numberOf } from "../options.ts";
import { matchesFields, parseFields } from "../select/fields.ts";
import { matches, parseLabels } from "../select/labels.ts";
import { badRequest, failure, tooLargeVersion } from "../status.ts";

/** Returns a test for the query's selectors. */
export function selection({ request: { query }, kind }: Handling): (object: KubeObject) => boolean {
  const fields = parseFields(query.get("fieldSelector") ?? "", kind);
  const labels = parseLabels(query.get("labelSelector") ?? "");
  return (object) => matches(labels, object.metadata.labels) && matchesFields(fields, object);
}

export function list(handling: Handling): Result {
  const { store, kind, namespace, request } = handling;
  const { query } = request;
  checkVersions(query);
  numberOf(query, "timeoutSeconds");
  const given = numberOf(query, "limit") ?? 0;
  const isSelected = selection(handling);
  const { version, start, remembered } = startOf(handling, given);
  const stored = remembered ? store.listAt(version, kind, namespace) : store.list(kind, namespace);
  const left = stored.map((object) => asRead(kind, object)).filter((object) => keyOf(object) >= start);
  const rest = left.filter(isSelected);
  const limit = given > 0 && query.get("resourceVersion") !== "0" ? given : rest.length;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  // Objects that are not selected can follow the last one, too.
  const more = given > 0 &&
    last &&
    page.length === limit &&
    last !== left.at(-1) && {
      continue: encode(version, `${keyOf(last)}\0`),
      // The API server has no count for lists with a selector.
      remainingItemCount: query.has("labelSelector") || query.has("fieldSelector") ? undefined : rest.length - limit,
    };
  return { body: listed(kind, page, { resourceVersion: `${version}`, ...more }) };
}

/** Items of built-in kinds do not repeat their kind. Lists of custom resources always have `continue`. */
export function listed(kind: Kind, objects: readonly KubeObject[], metadata: JsonMap) {
  const items = kind.custom ? objects.map((object) => whole(kind, object)) : objects;
  const more = kind.custom ? { continue: "", ...metadata } : metadata;
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata: more, items };
}

const keyOf = ({ metadata: { namespace, name } }: KubeObject): string => (namespace ? `${namespace}/${name}` : name);

interface Start {
  readonly version: number;
  /** The first key of the page. */
  readonly start: string;
  /** True if the list shows `version`, not the latest one. */
  readonly remembered: boolean;
}

/** Returns where a list begins. Throws 410 if its version has expired. */
function startOf({ store, request: { query } }: Handling, limit: number): Start {
  const token = query.get("continue");
  const given = query.get("resourceVersion") ?? "";
  const latest = { version: store.version(), start: "", remembered: false };
  if (token) {
    const { version, start } = decode(token);
    if (given && given !== "0") throw badRequest("specifying resource version is not allowed when using continue");
    if (version < 0) return { ...latest, start };
    if (version < store.oldest()) throw failure(410, tooOld, { metadata: { continue: encode(-1, start) } });
    return { version, start, remembered: true };
  }
  if (given === "") return latest;
  const version = parseVersion(given, "invalid resource version: resourceVersion: ");
  if (version > store.version()) throw tooLargeVersion(version, store.version());
  const match = query.get("resourceVersionMatch");
  const isExact = match === "Exact" || (!match && limit > 0 && version > 0);
  if (!isExact) return latest;
  if (version < store.oldest()) throw failure(410, "The resourceVersion for the provided list is too old.");
  return { version, start: "", remembered: true };
}

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** Throws 400 with `words` before the message. */
export function parseVersion(text: string, words: string): number {
  const why = `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  if (!/^\d+$/.test(text)) throw badRequest(words + why);
  return Number(text);
}

const encode = (rv: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv, start })).toString("base64url");

function decode(token: string): { readonly version: number; readonly start: string } {
  const refuse = (why: string): Error => badRequest(`invalid continue token: continue key is not valid${why}`);
  let parsed: { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown };
  try {
    parsed = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch (error) {
    throw refuse(`: ${(error as Error).message}`);
  }
  const { v, rv, start } = parsed;
  if (v !== "meta.k8s.io/v1") throw refuse(`: server does not recognize this encoded version ${v ?? ""}`);
  if (!rv) throw refuse(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (!start) throw refuse(": encoded start key empty (version meta.k8s.io/v1)");
  return { version: Number(rv), start: String(start) };
}
