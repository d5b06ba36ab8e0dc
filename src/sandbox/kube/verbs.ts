/** What can be done with objects, once it is permitted. To add a verb, add an entry to `verbs`. */
import { isDeepStrictEqual } from "node:util";
import type { Request } from "../http.ts";
import { refuseEscalation, type User } from "./rbac.ts";
import { alreadyExists, badRequest, conflict, notFound, unsupportedMediaType } from "./status.ts";
import type { Kind, KubeObject, Metadata, Store } from "./store.ts";
import { validate } from "./validate.ts";

/** A request that is permitted, and what it is for. */
export interface Handling {
  readonly request: Request;
  readonly store: Store;
  readonly user: User;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string;
}

const bodies = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const patches =
  "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
const mediaType = ({ headers }: Request): string => headers["content-type"]?.split(";")[0] ?? "application/json";

function parse({ body }: Request): Partial<KubeObject> {
  try {
    return JSON.parse(body || "{}");
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/** The object that was sent, in the place that the path tells. */
export function bodyOf({ request, kind: { kind, apiVersion }, namespace }: Handling): KubeObject {
  if (mediaType(request) !== "application/json") throw unsupportedMediaType(bodies);
  const object = parse(request);
  if ((object.apiVersion ?? apiVersion) !== apiVersion)
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  const metadata = { ...(namespace && { namespace }), ...object.metadata } as Metadata;
  if (metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  return { ...object, kind, apiVersion, metadata };
}

const isDryRun = ({ query }: Request): boolean => query.getAll("dryRun").includes("All");

function found({ store, kind, namespace, name }: Handling): KubeObject {
  const object = store.get(kind.plural, namespace, name);
  if (!object) throw notFound(kind, name);
  return { kind: kind.kind, apiVersion: kind.apiVersion, ...object };
}

const modified = "the object has been modified; please apply your changes to the latest version and try again";

/** Writes unless it is a rehearsal, or there is no difference. */
function write({ store, kind, user, request }: Handling, object: KubeObject, old?: KubeObject): KubeObject {
  const { name, namespace, resourceVersion } = object.metadata;
  if (old && resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name, modified);
  refuseEscalation(store, user, kind, object);
  validate(kind, object, old);
  if (!old && store.get(kind.plural, namespace, name)) throw alreadyExists(kind, name);
  const whole = {
    ...object,
    metadata: { ...old?.metadata, ...object.metadata, ...(old && { resourceVersion: old.metadata.resourceVersion }) },
  } as KubeObject;
  if (isDryRun(request) || isDeepStrictEqual(whole, old)) return whole;
  return kind.kind === "Deployment" ? roll(store, whole) : store.put(kind.plural, whole);
}

/** Plays controllers, scheduler and kubelets: soon its replicas are ready. */
function roll(store: Store, object: KubeObject): KubeObject {
  const spec = { replicas: 1, ...(object.spec as object) };
  const written = store.put("deployments", { status: {}, ...object, spec });
  const { replicas } = spec;
  setTimeout(() => {
    const { namespace, name, resourceVersion } = written.metadata;
    const current = store.get("deployments", namespace, name);
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    if (current?.metadata.resourceVersion === resourceVersion)
      store.put("deployments", { ...written, status: replicas > 0 ? counts : {} });
  }, 30).unref();
  return written;
}

function create(handling: Handling): KubeObject {
  const { store, namespace } = handling;
  const object = bodyOf(handling);
  if (namespace && !store.get("namespaces", undefined, namespace))
    throw notFound({ group: "", plural: "namespaces" }, namespace);
  return write(handling, object);
}

function update(handling: Handling): KubeObject {
  const object = bodyOf(handling);
  if (object.metadata.name === handling.name) return write(handling, object, found(handling));
  throw badRequest(
    `the name of the object (${object.metadata.name}) does not match the name on the URL (${handling.name})`,
  );
}

function patch(handling: Handling): KubeObject {
  if (mediaType(handling.request) !== "application/merge-patch+json") throw unsupportedMediaType(patches);
  const old = found(handling);
  return write(handling, merge(old, parse(handling.request)) as KubeObject, old);
}

/** RFC 7396 */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const old: Record<string, unknown> = typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  const merged = Object.entries(patch).map(([key, value]) => [key, merge(old[key], value)] as const);
  return Object.fromEntries(
    Object.entries({ ...old, ...Object.fromEntries(merged) }).filter(([, value]) => value !== null),
  );
}

function remove(handling: Handling): unknown {
  const { store, kind, request, name } = handling;
  const object = found(handling);
  const { preconditions = {} } = parse(request) as { preconditions?: { uid?: string; resourceVersion?: string } };
  const differs = (title: string, wanted: string | undefined, given: string | undefined, why: string) => {
    const message = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${why}`;
    if (wanted && wanted !== given) throw conflict({ group: kind.group, plural: kind.kind }, name, message);
  };
  differs("UID", preconditions.uid, object.metadata.uid, "deleted and then recreated");
  differs("ResourceVersion", preconditions.resourceVersion, object.metadata.resourceVersion, "modified");
  if (!isDryRun(request)) store.remove(kind.plural, object);
  const details = { name, ...(kind.group && { group: kind.group }), kind: kind.plural, uid: object.metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** By labels: `a=b`, `a!=b`, `a` and commas. */
function list({ store, kind, namespace, request }: Handling) {
  const terms = (request.query.get("labelSelector") ?? "").split(",").filter(Boolean);
  const holds = ({ metadata: { labels = {} } }: KubeObject) =>
    terms.every((term) => {
      const [key = "", value] = term.split(/!?==?/);
      return value === undefined ? key in labels : (labels[key] === value) !== term.includes("!=");
    });
  const items = store.list(kind.plural, namespace).filter(holds);
  return {
    kind: `${kind.kind}List`,
    apiVersion: kind.apiVersion,
    metadata: { resourceVersion: store.version() },
    items,
  };
}

function removeAll(handling: Handling) {
  const all = list(handling);
  if (!isDryRun(handling.request)) for (const object of all.items) handling.store.remove(handling.kind.plural, object);
  return all;
}

export const verbs: Readonly<Record<string, (handling: Handling) => unknown>> = {
  ...{ get: found, list, create, update, patch, delete: remove, deletecollection: removeAll },
};
