/** Deletes: at once, after the owned objects, or after a grace period. Source: apiserver's registry/generic/registry */
import { isDeepStrictEqual } from "node:util";
import { found, type Handling, type Result } from "../handling.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { at, isMap, type JsonMap, type KubeObject, listOf, type Metadata, mapOf, whole } from "../object.ts";
import type { Pod } from "../objects.ts";
import { invalidOptions, isDryRun, numberOf } from "../options.ts";
import { listed, selection } from "../read/list.ts";
import { badRequest, conflict, forbidden, type Problem, unsupported, wrong } from "../status.ts";
import { decode } from "../types/decode.ts";
import { Refused } from "../types/errors.ts";
import { typeOf } from "../types/types.ts";
import { sentOptions } from "./body.ts";

export interface DeleteOptions {
  readonly dryRun?: readonly string[];
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: string | undefined;
  /** The deprecated form of `Orphan` and `Background`. */
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}
const deleteOptions = { apiVersion: "v1", kind: "DeleteOptions" };
type Place = Pick<Handling, "store" | "kind">;

/** Source: k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle */
const immortal: readonly string[] = ["default", "kube-system", "kube-public"];

/** Finalizers of the garbage collector. */
export const foreground = "foregroundDeletion";
export const orphan = "orphan";

export function remove(handling: Handling): Result {
  const options = optionsOf(handling);
  return end(handling, found(handling), options);
}

/** Deletes all objects that the query selects. Answers with them as they were before. */
export function removeAll(handling: Handling): Result {
  const { store, kind, namespace } = handling;
  const options = optionsOf(handling);
  const items = store.list(kind, namespace).filter(selection(handling));
  const body = listed(kind, items, { resourceVersion: `${store.version()}` });
  for (const object of items) end(handling, object, options);
  return { body };
}

/** Reads the options from the body, or from the query if there is no body. */
export function optionsOf({ request }: Handling): DeleteOptions {
  const { query } = request;
  const sent = sentOptions(request, typeOf(deleteOptions)) ?? {};
  const kind = isMap(sent) ? (sent.kind ?? "DeleteOptions") : "";
  const unknown = `no kind ${JSON.stringify(kind)} is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"`;
  if (kind !== "DeleteOptions") throw badRequest(unknown);
  const inQuery: DeleteOptions = {
    dryRun: query.getAll("dryRun"),
    gracePeriodSeconds: numberOf(query, "gracePeriodSeconds"),
    propagationPolicy: query.get("propagationPolicy") ?? undefined,
  };
  const options = request.body ? decodedOptions(mapOf(sent)) : inQuery;
  const { propagationPolicy: policy } = options;
  const problems: Problem[] = [];
  if (policy !== undefined && options.orphanDependents !== undefined)
    problems.push(["propagationPolicy", wrong(policy, "orphanDependents and deletionPropagation cannot be both set")]);
  if (policy !== undefined && !/^(Foreground|Background|Orphan)$/.test(policy))
    problems.push(["propagationPolicy", unsupported(policy, ["Foreground", "Background", "Orphan", "nil"])]);
  if (problems.length > 0) throw invalidOptions("DeleteOptions", problems);
  isDryRun(options.dryRun ?? [], "DeleteOptions");
  return options;
}

/** Throws 400 for a value of the wrong type. */
function decodedOptions(sent: JsonMap): DeleteOptions {
  const type = typeOf(deleteOptions);
  try {
    return type ? decode(sent, type).value : {};
  } catch (error) {
    throw error instanceof Refused ? badRequest(error.message) : error;
  }
}

/** Deletes the object, or marks it as terminating if finalizers, a grace period or contents delay that. */
export function end(place: Place, object: KubeObject, options: DeleteOptions): Result {
  const { store, kind } = place;
  check(kind, object, options);
  if (kind.id === kinds.namespaces.id && immortal.includes(object.metadata.name))
    throw forbidden(kind, object.metadata.name, "this namespace may not be deleted");
  const isRehearsal = isDryRun(options.dryRun ?? [], "DeleteOptions");
  const pod = seenAs(kinds.pods, { kind, object });
  if (isWaiting(object, options)) return { body: whole(kind, object) };
  const marked = mark(place, object, options);
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = marked.metadata;
  if (finalizers.length > 0 || deletionGracePeriodSeconds > 0 || isHeld(kind, object)) {
    const isSame = isDeepStrictEqual(marked, object);
    const status = options.orphanDependents === false ? 202 : 200;
    return { status, body: whole(kind, isRehearsal || isSame ? marked : store.put(kind, marked)) };
  }
  // The grace period of a Pod, even one of 0 seconds, is a separate change.
  const last = pod && !isRehearsal ? store.put(kind, marked) : marked;
  const removed = isRehearsal ? last : (store.remove(kind, last) ?? last);
  if (answersWithObject.test(kind.id)) return { body: whole(kind, pod ? removed : versionedAs(object, removed)) };
  const { name, uid } = object.metadata;
  const details = { name, group: kind.group || undefined, kind: kind.plural, uid };
  return { body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
}

/** Source: `ReturnDeletedObject` in k8s.io/kubernetes/pkg/registry */
const answersWithObject =
  /^(persistentvolumeclaims|persistentvolumes|pods|resourcequotas|serviceaccounts|services|storageclasses\.storage\.k8s\.io)$/;

const versionedAs = (object: KubeObject, { metadata: { resourceVersion } }: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...(resourceVersion && { resourceVersion }) },
});

/** True for an object whose grace period has not ended: it can only become shorter. */
function isWaiting({ metadata }: KubeObject, { gracePeriodSeconds }: DeleteOptions): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (!deletionTimestamp || deletionGracePeriodSeconds === 0) return false;
  return gracePeriodSeconds === undefined || seconds(gracePeriodSeconds) >= deletionGracePeriodSeconds;
}

/** A negative number stands for one second. */
const seconds = (given: number): number => (given < 0 ? 1 : given);

/** A namespace is marked first, and removed once it is empty. */
const isHeld = ({ id }: Kind, { metadata, spec }: KubeObject): boolean =>
  id === kinds.namespaces.id && (!metadata.deletionTimestamp || listOf(at(spec, "finalizers")).length > 0);

function check(kind: Kind, { metadata }: KubeObject, { preconditions = {} }: DeleteOptions): void {
  const differs = (title: string, [wanted, given]: readonly [string | undefined, string | undefined], then: string) => {
    const why = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${then}`;
    if (wanted && wanted !== given) throw conflict({ ...kind, plural: kind.kind }, metadata.name, why);
  };
  differs("UID", [preconditions.uid, metadata.uid], "deleted and then recreated");
  differs("ResourceVersion", [preconditions.resourceVersion, metadata.resourceVersion], "modified");
}

/** The object with the time of its deletion, and the finalizers that the options ask for. */
function mark({ kind, store }: Place, { metadata, ...object }: KubeObject, options: DeleteOptions): KubeObject {
  const { finalizers: _, generation, deletionTimestamp, deletionGracePeriodSeconds, ...rest } = metadata;
  const before = { metadata, ...object };
  const isNamespace = isHeld(kind, before);
  if (isNamespace && deletionTimestamp) return before;
  const pod = seenAs(kinds.pods, { kind, object: before });
  const grace = pod ? graceOf(pod, options) : 0;
  const isShorter = deletionTimestamp && grace < (deletionGracePeriodSeconds ?? 0);
  const finalizers = finalizersOf(kind, metadata, options);
  const marked: Metadata = {
    ...rest,
    ...(generation && { generation: deletionTimestamp ? generation : generation + 1 }),
    deletionTimestamp: deletionTimestamp && !isShorter ? deletionTimestamp : store.now(grace),
    ...(!isNamespace && { deletionGracePeriodSeconds: grace }),
    ...(finalizers.length > 0 && { finalizers }),
  };
  const status = isNamespace ? { status: { ...mapOf(object.status), phase: "Terminating" } } : {};
  return { ...object, ...status, metadata: marked };
}

/** The grace period of a Pod in seconds: 0 if it does not run. */
function graceOf({ spec, status, metadata }: Pod, { gracePeriodSeconds }: DeleteOptions): number {
  if (metadata.deletionTimestamp) return seconds(gracePeriodSeconds ?? 0);
  const isRunning = spec.nodeName && !/^(Succeeded|Failed)$/.test(status.phase);
  return isRunning ? seconds(gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) : 0;
}

/** Source: `deletionFinalizersForGarbageCollection` in k8s.io/apiserver/pkg/registry/generic/registry/store.go */
function finalizersOf({ id }: Kind, { finalizers = [] }: Metadata, options: DeleteOptions): readonly string[] {
  const { orphanDependents: orphans, propagationPolicy } = options;
  // For a namespace, not to orphan is to delete in the foreground.
  const kept = id === kinds.namespaces.id ? "Foreground" : "Background";
  const given = propagationPolicy ?? (orphans === undefined ? undefined : orphans ? "Orphan" : kept);
  const earlier = finalizers.find((one) => one === foreground || one === orphan);
  const wanted = given === undefined ? (earlier ?? ownPolicy[id]) : { Foreground: foreground, Orphan: orphan }[given];
  // Nothing depends on an event.
  const own = wanted && id !== kinds.events.id ? [wanted] : [];
  const others = finalizers.filter((one) => one !== foreground && one !== orphan);
  const next = [...others, ...own];
  return next.length === finalizers.length && next.every((one) => finalizers.includes(one)) ? finalizers : next;
}

/** What becomes of dependents without a policy. */
const ownPolicy: Readonly<Record<string, string>> = { [kinds.jobs.id]: orphan };
