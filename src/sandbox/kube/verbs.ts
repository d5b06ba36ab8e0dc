/** What can be done with objects, once it is permitted. To add a verb, add an entry to `verbs`. */
import { isDeepStrictEqual } from "node:util";
import type { Request } from "../http.ts";
import { allows, refuseEscalation, rulesOf, type User, type Wish } from "./rbac.ts";
import { alreadyExists, badRequest, conflict, notFound, unsupportedMediaType } from "./status.ts";
import type { Kind, KubeObject, Metadata, Store } from "./store.ts";
import { validate } from "./validate.ts";

/** A request that is permitted, and what it is for. */
type Where = { readonly kind: Kind; readonly namespace: string | undefined; readonly name: string };
type Handling = Where & { readonly request: Request; readonly store: Store; readonly user: User };

const format =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
const mediaType = ({ headers }: Request): string => headers["content-type"]?.split(";")[0] ?? "application/json";
const isDryRun = ({ query }: Request): boolean => query.getAll("dryRun").includes("All");

function parse({ body }: Request): Partial<KubeObject> {
  try {
    return JSON.parse(body || "{}");
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/** The object that was sent, in the place that the path tells. */
function bodyOf({ request, kind: { kind, group, apiVersion }, namespace }: Handling): KubeObject {
  if (mediaType(request) !== "application/json") throw unsupportedMediaType(format);
  const { apiVersion: given = apiVersion, ...object } = parse(request);
  const other = object.kind ?? kind;
  const types = `(v1.${other}) to (${group.split(".")[0] || "core"}.${kind})`;
  if (other !== kind)
    throw badRequest(
      `${other} in version "v1" cannot be handled as a ${kind}: converting ${types}: unknown conversion`,
    );
  const why = `no kind "${kind}" is registered for version "${given}" in scheme "pkg/runtime/scheme.go:111"`;
  if (given !== apiVersion) throw badRequest(`${kind} in version "${given}" cannot be handled as a ${kind}: ${why}`);
  const metadata = { ...(namespace && { namespace }), ...object.metadata } as Metadata;
  if (metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  return { ...object, kind, apiVersion, metadata };
}

function found({ store, kind, namespace, name }: Handling): KubeObject {
  const object = store.get(kind.plural, namespace, name);
  if (!object) throw notFound(kind, name);
  return { kind: kind.kind, apiVersion: kind.apiVersion, ...object };
}

const modified = "the object has been modified; please apply your changes to the latest version and try again";

/** Writes unless it is a rehearsal, or there is no difference. */
function write({ store, kind, user, request }: Handling, { metadata, ...rest }: KubeObject, old?: KubeObject) {
  const { name, namespace, resourceVersion } = metadata;
  const current = old?.metadata.resourceVersion;
  if (old && resourceVersion && resourceVersion !== current) throw conflict(kind, name, modified);
  const whole: KubeObject = {
    ...rest,
    metadata: { ...old?.metadata, ...metadata, ...(current && { resourceVersion: current }) },
  };
  refuseEscalation(store, user, kind, whole);
  validate(kind, whole, old);
  if (!old && store.get(kind.plural, namespace, name)) throw alreadyExists(kind, name);
  if (isDryRun(request) || isDeepStrictEqual(whole, old)) return whole;
  return kind.kind === "Deployment" ? roll(store, whole) : store.put(kind.plural, whole);
}

/** Plays controllers, scheduler and kubelets: soon its replicas are ready. */
function roll(store: Store, object: KubeObject): KubeObject {
  const spec = { replicas: 1, ...(object.spec as object) };
  const { namespace, name, resourceVersion } = store.put("deployments", { status: {}, ...object, spec }).metadata;
  const { replicas } = spec;
  setTimeout(() => {
    const current = store.get("deployments", namespace, name);
    const status = replicas > 0 ? { replicas, updatedReplicas: replicas, readyReplicas: replicas } : {};
    if (current && current.metadata.resourceVersion === resourceVersion)
      store.put("deployments", { ...current, status });
  }, 30).unref();
  return store.get("deployments", namespace, name) ?? object;
}

/** Questions about oneself or, `user` and `groups`, about another, which nothing keeps. */
type Spec = {
  readonly resourceAttributes?: Wish;
  readonly nonResourceAttributes?: Wish;
  readonly namespace?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
};
const reviews: Readonly<Record<string, (handling: Handling, spec: Spec) => unknown>> = {
  subjectaccessreviews: ({ store }, { user = "", groups = [], resourceAttributes, nonResourceAttributes }) => {
    return {
      allowed: allows(store, { name: user, groups }, resourceAttributes ?? nonResourceAttributes ?? { verb: "" }),
    };
  },
  selfsubjectaccessreviews: ({ store, user }, { resourceAttributes, nonResourceAttributes }) => {
    return { allowed: allows(store, user, resourceAttributes ?? nonResourceAttributes ?? { verb: "" }) };
  },
  selfsubjectrulesreviews: ({ store, user }, { namespace }) => {
    const rules = rulesOf(store, user, namespace);
    const [resourceRules, nonResourceRules] = [true, false].map((is) =>
      rules.filter((one) => !one.nonResourceURLs === is),
    );
    return { resourceRules, nonResourceRules, incomplete: false };
  },
  selfsubjectreviews: ({ user: { name: username, groups } }) => ({ userInfo: { username, groups } }),
};

function create(handling: Handling): unknown {
  const { store, namespace, kind } = handling;
  const object = bodyOf(handling);
  const review = reviews[kind.plural];
  if (review) validate(kind, object, undefined);
  if (review) return { ...object, status: review(handling, (object.spec ?? {}) as Spec) };
  const exists = !namespace || store.get("namespaces", undefined, namespace);
  if (!exists) throw notFound({ group: "", plural: "namespaces" }, namespace);
  return write(handling, object);
}

function update(handling: Handling): unknown {
  const object = bodyOf(handling);
  const { name } = object.metadata;
  const names = `the name of the object (${name}) does not match the name on the URL (${handling.name})`;
  if (name !== handling.name) throw badRequest(names);
  return write(handling, object, found(handling));
}

function patch(handling: Handling): unknown {
  if (mediaType(handling.request) !== "application/merge-patch+json")
    throw unsupportedMediaType("415: Unsupported Media Type", {});
  const old = found(handling);
  return write(handling, merge(old, parse(handling.request)) as KubeObject, old);
}

/** RFC 7396 */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const old: Record<string, unknown> = typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  const merged = Object.entries(patch).map(([key, value]) => [key, merge(old[key], value)] as const);
  const kept = Object.entries({ ...old, ...Object.fromEntries(merged) }).filter(([, value]) => value !== null);
  return Object.fromEntries(kept);
}

type DeleteOptions = {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
};

function remove(handling: Handling): unknown {
  const { store, kind, request, name } = handling;
  const object = found(handling);
  const { uid, resourceVersion } = object.metadata;
  const { preconditions = {}, dryRun } = parse(request) as DeleteOptions;
  // Of a request with a body the query does not count.
  const rehearsal = request.body ? dryRun?.includes("All") : isDryRun(request);
  const differs = (title: string, wanted = "", given = "", then = "") => {
    const why = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${then}`;
    if (wanted && wanted !== given) throw conflict({ ...kind, plural: kind.kind }, name, why);
  };
  differs("UID", preconditions.uid, uid, "deleted and then recreated");
  differs("ResourceVersion", preconditions.resourceVersion, resourceVersion, "modified");
  if (!rehearsal) store.remove(kind.plural, object);
  const details = { name, ...(kind.group && { group: kind.group }), kind: kind.plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** By labels: `a=b`, `a!=b`, `a` and commas. */
function list({ store, kind, namespace, request }: Handling): unknown {
  const terms = (request.query.get("labelSelector") ?? "").split(",").filter(Boolean);
  const holds = ({ metadata: { labels = {} } }: KubeObject, term: string) => {
    const [key = "", value] = term.split(/!?==?/);
    return value === undefined ? key in labels : (labels[key] === value) !== term.includes("!=");
  };
  const items = store.list(kind.plural, namespace).filter((object) => terms.every((term) => holds(object, term)));
  const metadata = { resourceVersion: store.version() };
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items };
}

/** With a name and without one. */
const all: readonly Readonly<Record<string, (handling: Handling) => unknown>>[] = [
  { create, list },
  { get: found, update, patch, delete: remove },
];

/** `undefined`: it is not for such an object. */
export const verbOf = (verb: string, { kind, name }: Where): ((handling: Handling) => unknown) | undefined =>
  kind.plural in reviews && verb !== "create" ? undefined : all[name ? 1 : 0]?.[verb];
