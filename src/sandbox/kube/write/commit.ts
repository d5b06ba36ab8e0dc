/** Stores objects. Every create, update and patch ends here. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { admitted } from "../admission/additions.ts";
import { beyondLimits } from "../admission/limits.ts";
import { violation } from "../admission/pod-security.ts";
import { exceeded, refuseQuota } from "../admission/quota.ts";
import { refuseEscalation } from "../escalation.ts";
import type { Handling } from "../handling.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { managerOf, updated } from "../managed/managers.ts";
import { scaled } from "../managed/scale.ts";
import { generatedFrom } from "../names.ts";
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
import type { Pod } from "../objects.ts";
import { isDryRun } from "../options.ts";
import { amountOf } from "../quantity.ts";
import { alreadyExists, conflict, failure, forbidden, invalid, notFound, type Problem, wrong } from "../status.ts";
import { validate } from "../validate.ts";
import { classOf } from "../volumes.ts";
import { completed, hasFields, prepared } from "./defaults.ts";
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
  const { uid, resourceVersion } = sent.metadata;
  const isPosted = handling.request.method === "POST";
  if (!isPosted && uid) throw conflict(kind, handling.name, otherUid(handling, uid, ""));
  if (!isPosted) refuseVersion(resourceVersion);
  if (isPosted && !isRehearsal && Number(resourceVersion) > 0)
    throw failure(500, "resourceVersion should not be set on objects to be created", { reason: undefined });
  // An apply and an update that create an object leave what a create takes away.
  const { creationTimestamp, managedFields, ...metadata } = isPosted ? wiped(sent.metadata) : sent.metadata;
  const name = metadata.name || generated(metadata) || nameOf(kind);
  const named = { ...single(metadata), name, uid: randomUUID() };
  const { status, ...specified } = sent;
  const owned = completed(kind, { ...(kind.subresources.includes("status") ? specified : sent), metadata: named }, by);
  const given = allocated(handling, prepared(kind, admitted(store, kind, withGenerated(kind, owned, sent)), { store }));
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
  if (isRehearsal) return { ...whole, metadata: { ...whole.metadata, creationTimestamp: store.now() } };
  const stored = store.put(kind, unlinked(whole));
  if (kind.id === kinds.claims.id) unwritten.add(stored);
  return stored;
}

/** New claims. The API server stores them without the phase that it shows, and adds it with the first write, whatever that changes. */
const unwritten = new WeakSet<KubeObject>();

/** As it is stored. */
function unlinked({ metadata: { selfLink: _, ...metadata }, ...object }: KubeObject): KubeObject {
  return { ...object, metadata };
}

/** What a create does not take from its writer, and an apply does. */
function wiped({ deletionTimestamp, deletionGracePeriodSeconds, selfLink, ...metadata }: Metadata): Metadata {
  return metadata;
}

/** Throws 500, as the API server does, for a version that is not a number. */
function refuseVersion(version: string | undefined): void {
  if (version && !/^\d+$/.test(version))
    throw failure(500, `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`, { reason: undefined });
}

/** What nobody manages: a Node's first status, and the labels of a Job's Pods. */
function withGenerated({ kind }: Kind, owned: KubeObject, { metadata, status }: KubeObject): KubeObject {
  if (kind === "Job") return withSelector(owned, hasFields(metadata.labels));
  return kind === "Node" ? { ...owned, status: status ?? {} } : owned;
}

/** Equal owners count once. */
export function single<T extends Partial<Metadata>>({ ownerReferences: all, ...metadata }: T) {
  const own = all?.filter((one, at) => all.findIndex((other) => isDeepStrictEqual(one, other)) === at);
  return { ...metadata, ...(own && { ownerReferences: own }) };
}

/** True for objects with a generation: those whose specification a controller implements. */
export const counts = ({ kind, custom }: Kind, { spec }: KubeObject): boolean =>
  custom !== undefined ||
  (spec !== undefined &&
    !/^(LimitRange|Namespace|Node|PersistentVolume|PersistentVolumeClaim|ResourceQuota|Service|Lease)$/.test(kind));

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

/** A LimitRange needs no name. */
const nameOf = ({ id }: Kind): string => (id === kinds.limitRanges.id ? randomUUID() : "");
const generated = ({ generateName }: Partial<Metadata>): string => (generateName ? generatedFrom(generateName) : "");

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

/** Throws if the namespace does not admit the object, by a LimitRange, its PodSecurity or a ResourceQuota. */
export function admitPod({ store, kind }: Pick<Handling, "store" | "kind">, object: KubeObject): void {
  const [quota, pod] = [seenAs(kinds.quotas, { kind, object }), seenAs(kinds.pods, { kind, object })];
  if (quota) refuseQuota(quota);
  const { name, namespace } = object.metadata;
  const home = pod && store.get(kinds.namespaces, undefined, namespace ?? "");
  const ofPod = (one: Pod) => (home && violation(home, one)) ?? exceeded(store, kind, { object: one });
  const why = beyondLimits(store, kind, object) ?? (pod ? ofPod(pod) : exceeded(store, kind, { object }));
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

/** Kinds that an update creates. Source: `AllowCreateOnUpdate` of their strategies */
export const createdByUpdate: ReadonlySet<string> = new Set([
  ...["ClusterRole", "ClusterRoleBinding", "Event", "Lease", "LimitRange", "Role", "RoleBinding", "Service"],
]);

interface Replacing {
  readonly old: KubeObject;
  readonly by: Manager;
  readonly view: View;
}

/** Stores a changed object. Throws if the stored one has another UID or version than the writer sent. */
export function replace(handling: Handling, sent: KubeObject, { old, by, view }: Replacing): KubeObject {
  const { store, kind, name } = handling;
  const { resourceVersion, uid } = sent.metadata;
  refuseVersion(resourceVersion);
  const isOther = uid && uid !== old.metadata.uid;
  if (isOther && handling.request.method === "PUT")
    throw conflict(kind, name, otherUid(handling, uid, old.metadata.uid ?? ""));
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name);
  const unversioned: Problem = ["metadata.resourceVersion", "Invalid value: 0: must be specified for an update"];
  if (((kind.custom && !view.replicas) || needsVersion.has(kind.kind)) && !resourceVersion)
    throw invalid({ group: kind.group, kind: kind.plural }, name, [unversioned]);
  const written = view.merge(old, sent);
  const kept = keep(old.metadata, written.metadata);
  const shown = completed(kind, { ...written, metadata: kept }, by);
  // None is something else than not given.
  const owned = kept.managedFields
    ? { ...shown, metadata: { ...shown.metadata, managedFields: kept.managedFields } }
    : shown;
  const deduplicated = { ...owned, metadata: single(owned.metadata) };
  const given = allocated(handling, prepared(kind, deduplicated, { store, old }), old);
  // Nobody manages what the API server itself adds, and a writer can take all managers away.
  const { managedFields } = (by.operation === "Apply" ? written : tracked(kind, owned, { old, by, view, sent }))
    .metadata;
  const { managedFields: _, ...rest } = given.metadata;
  const metadata = { ...rest, ...(managedFields && { managedFields }), ...generation(kind, old, given) };
  const next = { ...given, metadata };
  refuseEscalation(handling, next);
  const fixed: readonly Problem[] = isOther ? [["metadata.uid", wrong(uid, "field is immutable")]] : [];
  // The API server reports it twice.
  validate(kind, next, { old, sent: written, subresource: view.subresource, found: [...fixed, ...fixed] });
  const unfit =
    kind.id === kinds.claims.id
      ? (unresizable(store, next, old) ??
        beyondLimits(store, kind, next) ??
        exceeded(store, kind, { object: next, old }))
      : undefined;
  if (unfit) throw forbidden(kind, name, unfit);
  if (isDryRun(handling.request.query.getAll("dryRun"), optionsOf(handling))) return next;
  const whole = unlinked(next);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = whole.metadata;
  // A namespace has its own, besides those of any object.
  const holding = [...finalizers, ...(kind.id === kinds.namespaces.id ? listOf(at(next, "spec.finalizers")) : [])];
  if (deletionTimestamp && deletionGracePeriodSeconds <= 0 && holding.length === 0) {
    store.remove(kind, old);
    return whole;
  }
  return isDeepStrictEqual(whole, old) && !unwritten.has(old) ? old : store.put(kind, whole);
}

function tracked(kind: Kind, object: KubeObject, { old, by, view, sent }: Replacing & { readonly sent: KubeObject }) {
  if (view.replicas) return scaled(object, { old, by, path: view.replicas });
  return updated(kind, object, { old, by, ...(view.seen && { sent: view.seen(object, sent) }) });
}

/** Why a claim's request cannot grow. Source: plugin/pkg/admission/storage/persistentvolume/resize */
function unresizable(store: Handling["store"], object: KubeObject, old: KubeObject): string | undefined {
  const sizeOf = (one: KubeObject): number => amountOf(`${at(one, "spec.resources.requests.storage") ?? 0}`);
  const claim = seenAs(kinds.claims, { kind: kinds.claims, object: old });
  if (!claim || sizeOf(object) <= sizeOf(old)) return undefined;
  if (claim.status.phase !== "Bound") return "Only bound persistent volume claims can be expanded";
  const isGrowing = store.get(kinds.classes, undefined, classOf(claim))?.allowVolumeExpansion;
  const why =
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
  return isGrowing ? undefined : why;
}

function otherUid({ kind, namespace, name }: Handling, wanted: string, is: string): string {
  const key = ["/registry", kind.plural, namespace, name].filter(Boolean).join("/");
  const precondition = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${is}`;
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${precondition}`;
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
  const isOfSpec = !kind.custom || kind.subresources.includes("status");
  const counted = ({ metadata, status, ...rest }: KubeObject) => {
    if (!isOfSpec) return { rest, status };
    return kind.kind === "Deployment" ? { rest, annotations: metadata.annotations ?? {} } : rest;
  };
  if (!current || isDeepStrictEqual(counted(old), counted(next))) return {};
  return { generation: current + 1 };
}
