/** What can be done with objects, once it is permitted. To add a verb, add an entry at the end. */
import { isDeepStrictEqual } from "node:util";
import type { Request } from "../http.ts";
import { allows, refuseEscalation, type User, type Wish } from "./rbac.ts";
import { alreadyExists, conflict, failure, invalidName, notFound } from "./status.ts";
import { type Kind, type KubeObject, type Metadata, rbacGroup, type Store } from "./store.ts";

/** A request that is permitted, and what it is for; `name` is empty where it is for all. */
type Who = { readonly request: Request; readonly store: Store; readonly user: User };
type Handling = Who & { readonly kind: Kind; readonly namespace: string | undefined; readonly name: string };

const isDryRun = ({ query }: Request): boolean => query.get("dryRun") === "All";
const parse = ({ body }: Request): Partial<KubeObject> => JSON.parse(body || "{}");
const modified = "the object has been modified; please apply your changes to the latest version and try again";

function found({ store, kind, namespace, name }: Handling): KubeObject {
  const object = store.get(kind.plural, namespace, name);
  if (!object) throw notFound(kind, name);
  return { kind: kind.kind, apiVersion: kind.apiVersion, ...object };
}

const pattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const subdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${pattern}')`;

/** Writes unless it is a rehearsal, or there is no difference. */
function write({ store, kind, user, request }: Handling, { metadata, ...rest }: KubeObject, old?: KubeObject) {
  const { name, namespace, resourceVersion } = metadata;
  const current = old?.metadata.resourceVersion;
  if (old && resourceVersion && resourceVersion !== current) throw conflict(kind, name, modified);
  const version = current && { resourceVersion: current };
  const whole: KubeObject = { ...rest, metadata: { ...old?.metadata, ...metadata, ...version } };
  refuseEscalation(store, user, kind, whole);
  // Roles and bindings may be called anything.
  if (kind.group !== rbacGroup && !new RegExp(`^${pattern}$`).test(name)) throw invalidName(kind, name, subdomain);
  if (!old && store.get(kind.plural, namespace, name)) throw alreadyExists(kind, name);
  if (isDryRun(request) || isDeepStrictEqual(whole, old)) return whole;
  return store.put(kind.plural, kind.kind === "Deployment" ? rolledOut(whole) : whole);
}

/** Plays controllers, scheduler and kubelets: its replicas are ready. */
function rolledOut(object: KubeObject): KubeObject {
  const spec = { replicas: 1, ...(object.spec as object) };
  const status = { replicas: spec.replicas, updatedReplicas: spec.replicas, readyReplicas: spec.replicas };
  return { ...object, spec, status: spec.replicas > 0 ? status : {} };
}

/** Questions about oneself or, `user` and `groups`, about another, which nothing keeps. */
type Spec = { readonly resourceAttributes?: Wish; readonly user?: string; readonly groups?: readonly string[] };
function review({ kind, store, user }: Handling, { user: name, groups = [], resourceAttributes: wish }: Spec): object {
  if (kind.kind === "SelfSubjectReview") return { userInfo: { username: user.name, groups: user.groups } };
  return { allowed: allows(store, name === undefined ? user : { name, groups }, wish ?? { verb: "" }) };
}
const isReview = ({ kind }: Kind): boolean => kind.endsWith("Review");

/** The object that was sent, in the place that the path tells. */
function sent({ request, namespace, kind: { kind, apiVersion } }: Handling): KubeObject {
  const { metadata: given, ...object } = parse(request);
  const metadata = { ...(namespace && { namespace }), ...given } as Metadata;
  return { ...object, kind, apiVersion, metadata };
}

function create(handling: Handling): object {
  const { store, namespace, kind } = handling;
  const object = sent(handling);
  if (isReview(kind)) return { ...object, status: review(handling, object.spec ?? {}) };
  const exists = !namespace || store.get("namespaces", undefined, namespace);
  if (!exists) throw notFound({ group: "", plural: "namespaces" }, namespace);
  return write(handling, object);
}

const update = (handling: Handling): object => write(handling, sent(handling), found(handling));

function patch(handling: Handling): object {
  if (handling.request.headers["content-type"] !== "application/merge-patch+json")
    throw failure(415, "415: Unsupported Media Type");
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

type DeleteOptions = { preconditions?: { uid?: string; resourceVersion?: string }; dryRun?: readonly string[] };

function remove(handling: Handling): object {
  const { store, kind, request, name } = handling;
  const object = found(handling);
  const { uid, resourceVersion } = object.metadata;
  const { preconditions = {}, dryRun } = parse(request) as DeleteOptions;
  const differs = (title: string, wanted = "", given = "", then = "") => {
    const why = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${then}`;
    if (wanted && wanted !== given) throw conflict({ ...kind, plural: kind.kind }, name, why);
  };
  differs("UID", preconditions.uid, uid, "deleted and then recreated");
  differs("ResourceVersion", preconditions.resourceVersion, resourceVersion, "modified");
  // Of a request with a body the query does not count.
  const isRehearsal = request.body ? dryRun?.includes("All") : isDryRun(request);
  if (!isRehearsal) store.remove(kind.plural, object);
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
}

/** By one label: `a=b`. */
function list({ store, kind, namespace, request }: Handling): object {
  const [key = "", value = ""] = (request.query.get("labelSelector") ?? "").split("=");
  const isWanted = ({ metadata: { labels } }: KubeObject) => !key || labels?.[key] === value;
  const items = store.list(kind.plural, namespace).filter(isWanted);
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata: {}, items };
}

type Verbs = Readonly<Record<string, (handling: Handling) => object>>;
const ofAll: Verbs = { create, list };
const ofOne: Verbs = { get: found, update, patch, delete: remove };

/** `undefined`: it is not for such an object. */
export const verbOf = (verb: string, kind: Kind, name: string): Verbs[string] | undefined =>
  isReview(kind) && verb !== "create" ? undefined : (name ? ofOne : ofAll)[verb];
