/** What can be done with objects, once it is permitted. To add a verb, add an entry at the end. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock.ts";
import { jsonOf, type Request } from "../http.ts";
import type { Pairs } from "../state.ts";
import { allows, refuseEscalation, type User } from "./rbac.ts";
import { alreadyExists, conflict, failure, notFound } from "./status.ts";
import type { Kind, KubeObject, Metadata, Store } from "./store.ts";
import { type Sent, validate } from "./validate.ts";

/** A request that is permitted, and what it is for; `name` is empty where it is for all. */
interface Handling {
  readonly request: Request;
  readonly clock: Clock;
  readonly store: Store;
  readonly user: User;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string;
}

const format =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
const isDryRun = ({ query }: Request): boolean => query.get("dryRun") === "All";
/** Source: `MaxRequestBodyBytes` in k8s.io/apiserver/pkg/server/config.go */
export const maxBodyBytes = 3 * 2 ** 20;

function parse(request: Request) {
  refuse(request.tooLong === true, `Request entity too large: limit is ${maxBodyBytes}`, 413);
  return jsonOf(request, (why) => failure(400, `couldn't get version/kind; json parse error: ${why}`));
}

function refuse(when: boolean, why: string, code = 400, about?: object): void {
  if (when) throw failure(code, why, about);
}

function found({ store, kind, namespace, name }: Handling): KubeObject {
  const object = store.get(kind.plural, namespace, name);
  if (!object) throw notFound(kind, name);
  return { kind: kind.kind, apiVersion: kind.apiVersion, ...object };
}

/** Writes unless it is a rehearsal, or there is no difference. */
function write(handling: Handling, { metadata, ...rest }: KubeObject, old?: KubeObject) {
  const { store, kind, user, request } = handling;
  const { name, namespace, resourceVersion } = metadata;
  const current = old?.metadata.resourceVersion;
  if (old && resourceVersion && resourceVersion !== current) throw conflict(kind, name);
  const version = current && { resourceVersion: current };
  const whole: KubeObject = { ...rest, metadata: { ...old?.metadata, ...metadata, ...version } };
  refuseEscalation(store, user, kind, whole);
  validate(kind, whole, old);
  if (!old && store.get(kind.plural, namespace, name)) throw alreadyExists(kind, name);
  if (isDryRun(request) || isDeepStrictEqual(whole, old)) return whole;
  return kind.kind === "Deployment" ? rollOut(handling, whole) : store.put(kind.plural, whole);
}

/** Plays controllers, scheduler and kubelets: soon its replicas are ready. */
function rollOut({ store, clock }: Handling, { metadata, ...object }: KubeObject): KubeObject {
  const spec = { replicas: 1, ...(object.spec as object) };
  const { replicas } = spec;
  const status = replicas > 0 ? { replicas, updatedReplicas: replicas, readyReplicas: replicas } : {};
  const written = store.put("deployments", { status: {}, ...object, spec, metadata });
  const isCurrent = () => store.get("deployments", metadata.namespace, metadata.name) === written;
  void clock.sleep(30).then(() => isCurrent() && store.put("deployments", { ...written, status }));
  return written;
}

/** Questions about oneself or, `user` and `groups`, about another, which nothing keeps. */
function review({ kind, store, user }: Handling, object: KubeObject): object {
  validate(kind, object);
  const { user: name, groups = [], resourceAttributes: wish } = object.spec ?? ({} as Sent);
  if (kind.kind === "SelfSubjectReview") return { userInfo: { username: user.name, groups: user.groups } };
  return { allowed: allows(store, name === undefined ? user : { name, groups }, wish ?? { verb: "" }) };
}
const isReview = ({ kind }: Kind): boolean => kind.endsWith("Review");

/** The object that was sent, which must be of the place that the path tells. */
function sent({ request, namespace, name, kind: { kind, apiVersion, group } }: Handling): KubeObject {
  refuse(!/^application\/json/.test(request.headers["content-type"] ?? "application/json"), format, 415);
  const { metadata: given, kind: other = kind, apiVersion: version = apiVersion, ...object } = parse(request);
  const metadata = { ...(namespace && { namespace }), ...given } as Metadata;
  const handled = `${other} in version "${version}" cannot be handled as a ${kind}`;
  const converting = `converting (v1.${other}) to (${group || "core"}.${kind})`;
  const unknown = `no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`;
  refuse(other !== kind, `${handled}: ${converting}: unknown conversion`);
  refuse(version !== apiVersion, `${handled}: ${unknown}`);
  const elsewhere = "the namespace of the provided object does not match the namespace sent on the request";
  refuse(metadata.namespace !== namespace, elsewhere);
  const renamed = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
  refuse(name !== "" && metadata.name !== name, renamed);
  return { ...object, kind, apiVersion, metadata };
}

function create(handling: Handling): object {
  const { store, namespace, kind } = handling;
  const object = sent(handling);
  if (isReview(kind)) return { ...object, status: review(handling, object) };
  const exists = !namespace || store.get("namespaces", undefined, namespace);
  if (!exists) throw notFound({ group: "", plural: "namespaces" }, namespace);
  return write(handling, object);
}

const update = (handling: Handling): object => write(handling, sent(handling), found(handling));

function patch(handling: Handling): object {
  const type = handling.request.headers["content-type"];
  refuse(type !== "application/merge-patch+json", "415: Unsupported Media Type", 415, {});
  const old = found(handling);
  return write(handling, merge(old, parse(handling.request)), old);
}

/** RFC 7396 */
function merge(target: Sent, patch: unknown): Sent {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = { ...(typeof target === "object" && !Array.isArray(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) merged[key] = merge(merged[key], value);
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

function remove(handling: Handling): object {
  const { store, kind, request, name } = handling;
  const object = found(handling);
  const { uid, resourceVersion } = object.metadata;
  const { preconditions = {}, dryRun } = parse(request);
  const differs = (title: string, wanted = "", given = "", then = "") => {
    const why = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${then}`;
    if (wanted && wanted !== given) throw conflict({ ...kind, plural: kind.kind }, name, why);
  };
  differs("UID", preconditions.uid, uid, "deleted and then recreated");
  differs("ResourceVersion", preconditions.resourceVersion, resourceVersion, "modified");
  // Of a request with a body the query does not count.
  const isRehearsal = request.body ? dryRun?.includes("All") : isDryRun(request);
  if (!isRehearsal) store.remove(kind.plural, object);
  const details = { name, group: kind.group || undefined, kind: kind.plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** By label, where one is asked for. */
function list({ store, kind, namespace, request }: Handling): object {
  const selector = request.query.get("labelSelector") ?? "";
  const requirements = selector.split(",").filter(Boolean).map(requirementOf);
  const isSelected = ({ metadata: { labels = {} } }: KubeObject) => requirements.every((holds) => holds(labels));
  const items = store.list(kind.plural, namespace).filter(isSelected);
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata: {}, items };
}

/** One requirement of a label selector: `a=b`, `a` or `!a`. */
function requirementOf(text: string): (labels: Pairs) => boolean {
  const { not, key = "", value } = /^(?<not>!)?(?<key>[\w./-]+)(=(?<value>[\w.-]*))?$/.exec(text)?.groups ?? {};
  const isKnown = key !== "" && (not === undefined || value === undefined);
  refuse(!isKnown, `the sandbox does not know the label selector "${text}"; it knows a=b, a and !a`);
  if (value !== undefined) return (labels) => labels[key] === value;
  return (labels) => Object.hasOwn(labels, key) !== Boolean(not);
}

type Verbs = Readonly<Record<string, (handling: Handling) => object>>;
const ofAll: Verbs = { create, list };
const ofOne: Verbs = { get: found, update, patch, delete: remove };

/** `undefined`: it is not for such an object. */
export const verbOf = (verb: string, kind: Kind, name: string): Verbs[string] | undefined =>
  isReview(kind) && verb !== "create" ? undefined : (name ? ofOne : ofAll)[verb];
