/** Stores objects. Every create, update and patch ends here. */
import { randomInt, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { violation } from "../admission/pod-security.ts";
import { exceeded, refuseQuota } from "../admission/quota.ts";
import { refuseEscalation } from "../escalation.ts";
import type { Handling } from "../handling.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { managerOf, updated } from "../managed/managers.ts";
import {
  at,
  isMap,
  type KubeObject,
  type Labels,
  listOf,
  type Manager,
  type Metadata,
  mapOf,
  textsOf,
} from "../object.ts";
import { isDryRun } from "../options.ts";
import { alreadyExists, conflict, failure, forbidden, invalid, notFound, type Problem, wrong } from "../status.ts";
import { validate } from "../validate.ts";
import { completed, defaulted, hasFields, prepared, templateGeneration } from "./defaults.ts";
import { allocated } from "./services.ts";
import type { View } from "./view.ts";

export const byOf = (
  { request, kind, store }: Handling,
  operation: Manager["operation"],
  { subresource }: View,
): Manager => ({
  manager: managerOf(request),
  operation,
  apiVersion: kind.apiVersion,
  time: store.now(),
  ...(subresource && { subresource }),
});

/** Stores a new object. Throws if its namespace does not accept objects, or the name is taken. */
export function add(handling: Handling, sent: KubeObject, by: Manager): KubeObject {
  const { store, kind, namespace } = handling;
  const isRehearsal = isDryRun(handling.request.query.getAll("dryRun"), optionsOf(handling));
  if (!isRehearsal && Number(sent.metadata.resourceVersion) > 0)
    throw failure(500, "resourceVersion should not be set on objects to be created", { reason: undefined });
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, selfLink, managedFields, ...metadata } =
    sent.metadata as Metadata & { readonly selfLink?: string };
  const named = { ...single(metadata), name: metadata.name || generated(metadata), uid: randomUUID() };
  const { status, ...specified } = sent;
  const owned = completed(kind, { ...(kind.subresources.includes("status") ? specified : sent), metadata: named });
  const given = allocated(handling, prepared(kind, withGenerated(kind, owned, sent)));
  const object = counts(kind, given) ? { ...given, metadata: { ...given.metadata, generation: 1 } } : given;
  refuseEscalation(handling, object);
  validate(kind, object);
  if (namespace && kind.namespaced) admit(handling, object);
  if (store.get(kind, namespace, named.name)) throw alreadyExists(kind, named.name);
  admitPod(handling, object);
  // Nobody manages what the API server itself adds.
  const entries =
    by.operation === "Apply" ? managedFields : updated(kind, owned, { old: undefined, by }).metadata.managedFields;
  const whole = entries ? { ...object, metadata: { ...object.metadata, managedFields: entries } } : object;
  return isRehearsal
    ? { ...whole, metadata: { ...whole.metadata, creationTimestamp: store.now() } }
    : store.put(kind, whole);
}

/** What nobody manages: a Node's first status, and the labels of a Job's Pods. */
function withGenerated({ kind }: Kind, owned: KubeObject, { metadata, status }: KubeObject): KubeObject {
  if (kind === "Job") return withSelector(owned, hasFields(metadata.labels));
  return kind === "Node" ? { ...owned, status: status ?? {} } : owned;
}

/** Equal owners count once. */
function single<T extends Partial<Metadata>>({ ownerReferences: all, ...metadata }: T) {
  const own = all?.filter((one, at) => all.findIndex((other) => isDeepStrictEqual(one, other)) === at);
  return { ...metadata, ...(own && { ownerReferences: own }) };
}

/** True for objects with a generation: those whose specification a controller implements. */
const counts = ({ kind, custom }: Kind, { spec }: KubeObject): boolean =>
  custom !== undefined || (spec !== undefined && !/^(Namespace|Node|ResourceQuota|Service|Lease)$/.test(kind));

/** Adds the selector and labels by which a Job finds its Pods. */
function withSelector({ metadata, spec, ...job }: KubeObject, isLabelled: boolean): KubeObject {
  if (!isMap(spec) || !isMap(spec.template) || spec.manualSelector) return { ...job, metadata, spec };
  const [uid, name] = [metadata.uid ?? "", metadata.name];
  const own = { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name };
  const { metadata: of, ...template } = spec.template;
  const labels: Labels = { ...textsOf(at(of, "labels")), ...own, "controller-uid": uid, "job-name": name };
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  return {
    ...job,
    metadata: isLabelled ? metadata : { ...metadata, labels },
    spec: { ...spec, selector, template: { ...template, metadata: { ...mapOf(of), labels } } },
  };
}

const alphabet = "bcdfghjklmnpqrstvwxz2456789";
export const suffix = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
const generated = ({ generateName }: Partial<Metadata>): string => (generateName ? generateName + suffix() : "");

/** Throws if the namespace, or the service account of a Pod, does not exist. */
export function admit({ store, kind }: Pick<Handling, "store" | "kind">, object: KubeObject): void {
  const { name, namespace = "" } = object.metadata;
  const found = store.get(kinds.namespaces, undefined, namespace);
  if (!found) throw notFound(kinds.namespaces, namespace);
  if (found.metadata.deletionTimestamp) throw ending(kind, name, namespace);
  const account = seenAs(kinds.pods, { kind, object })?.spec.serviceAccountName;
  const missing = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
  if (account && !store.get(kinds.serviceAccounts, namespace, account)) throw forbidden(kind, name, missing);
}

/** Throws if the namespace does not admit the Pod, by its PodSecurity or a ResourceQuota. Other objects are admitted. */
export function admitPod({ store, kind }: Pick<Handling, "store" | "kind">, object: KubeObject): void {
  const [quota, pod] = [seenAs(kinds.quotas, { kind, object }), seenAs(kinds.pods, { kind, object })];
  if (quota) refuseQuota(quota);
  if (!pod) return;
  const { name, namespace } = pod.metadata;
  const home = store.get(kinds.namespaces, undefined, namespace ?? "");
  const why = (home && violation(home, pod)) ?? exceeded(store, pod);
  if (why) throw forbidden(kind, name, why);
}

function ending({ group, plural }: Kind, name: string, namespace: string): Error {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  const cause = { reason: "NamespaceTerminating", message, field: "metadata.namespace" };
  const { status } = forbidden({ group, plural }, name, why);
  return failure(403, status.message, { of: { group, plural }, name, causes: [cause] });
}

const optionsOf = ({ request: { method } }: Handling): string =>
  ({ POST: "CreateOptions", PUT: "UpdateOptions" })[method] ?? "PatchOptions";

/** Kinds that nobody replaces without having read them. Source: `AllowUnconditionalUpdate` of their strategies */
const needsVersion = new Set(["CustomResourceDefinition", "Lease", "PodDisruptionBudget"]);

interface Replacing {
  readonly old: KubeObject;
  readonly by: Manager;
  readonly view: View;
}

/** Stores a changed object. Throws if the stored one has another UID or version than the writer sent. */
export function replace(handling: Handling, sent: KubeObject, { old, by, view }: Replacing): KubeObject {
  const { store, kind, name } = handling;
  const { resourceVersion, uid } = sent.metadata;
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name);
  const unversioned: Problem = ["metadata.resourceVersion", "Invalid value: 0: must be specified for an update"];
  if ((kind.custom || needsVersion.has(kind.kind)) && !resourceVersion)
    throw invalid({ group: kind.group, kind: kind.plural }, name, [unversioned]);
  if (uid && uid !== old.metadata.uid) throw isAnother(handling, uid, old);
  const written = view.merge(old, sent);
  const kept = keep(old.metadata, single(written.metadata));
  const given = allocated(handling, defaulted(kind, { ...written, metadata: kept }), old);
  // A writer can take all managers away.
  const { managedFields } = kept;
  const metadata = { ...given.metadata, ...(managedFields && { managedFields }), ...generation(kind, old, given) };
  const object = { ...given, metadata };
  refuseEscalation(handling, object);
  validate(kind, object, { old, sent: written });
  const next = by.operation === "Apply" ? object : updated(kind, object, { old, by });
  if (isDryRun(handling.request.query.getAll("dryRun"), optionsOf(handling))) return next;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = next.metadata;
  // A namespace has its own, besides those of any object.
  const holding = [...finalizers, ...(kind.id === kinds.namespaces.id ? listOf(at(next, "spec.finalizers")) : [])];
  if (deletionTimestamp && deletionGracePeriodSeconds <= 0 && holding.length === 0) {
    store.remove(kind, old);
    return next;
  }
  return isDeepStrictEqual(next, old) ? old : store.put(kind, next);
}

function isAnother({ kind, namespace, name, request }: Handling, uid: string, { metadata }: KubeObject): Error {
  const problem: Problem = ["metadata.uid", wrong(uid, "field is immutable")];
  // The API server reports it twice.
  if (request.method === "PATCH") return invalid(kind, name, [problem, problem]);
  const key = ["/registry", kind.plural, namespace, name].filter(Boolean).join("/");
  const precondition = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${precondition}`;
  return conflict(kind, name, why);
}

/** Keeps the metadata that only the server sets. */
function keep(old: Metadata, written: Metadata): Metadata {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } = old;
  const fixed = { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion };
  const { managedFields = old.managedFields, ...rest } = { ...written, ...fixed };
  const given = Object.entries({ ...rest, managedFields }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Metadata;
}

/** Increments the generation if the specification changes; for a Deployment also if annotations change. */
function generation(kind: Kind, old: KubeObject, next: KubeObject): Partial<Metadata> {
  const current = old.metadata.generation;
  const counted = ({ metadata, status, ...rest }: KubeObject) =>
    kind.kind === "Deployment" ? { rest, annotations: metadata.annotations ?? {} } : rest;
  if (!current || isDeepStrictEqual(counted(old), counted(next))) return {};
  const { annotations } = next.metadata;
  const isOther = !isDeepStrictEqual(at(old, "spec.template"), at(next, "spec.template"));
  const template = { ...annotations, [templateGeneration]: `${Number(annotations?.[templateGeneration] ?? 0) + 1}` };
  return { generation: current + 1, ...(kind.kind === "DaemonSet" && isOther && { annotations: template }) };
}
