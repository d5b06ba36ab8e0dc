/** Deletes: at once, after the owned objects, or after a grace period. Source: apiserver's registry/generic/registry */
import { found, type Handling, type Result } from "../handling.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { isMap, type JsonMap, type KubeObject, type Metadata, mapOf, whole } from "../object.ts";
import type { Pod } from "../objects.ts";
import { invalidOptions, isDryRun, numberOf } from "../options.ts";
import { selection } from "../read/list.ts";
import { badRequest, conflict, forbidden, unsupported } from "../status.ts";
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

export const remove = (handling: Handling): Result => end(handling, found(handling), optionsOf(handling));

/** Deletes all objects that the query selects. */
export function removeAll(handling: Handling): Result {
  const { store, kind, namespace } = handling;
  const options = optionsOf(handling);
  const items = store.list(kind, namespace).filter(selection(handling));
  for (const object of items) end(handling, object, options);
  const metadata = { resourceVersion: `${store.version()}` };
  return { body: { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items } };
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
  const problem = unsupported(policy, ["Foreground", "Background", "Orphan", "nil"]);
  if (policy !== undefined && !/^(Foreground|Background|Orphan)$/.test(policy))
    throw invalidOptions("DeleteOptions", [["propagationPolicy", problem]]);
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
  if (kind.id === "namespaces" && immortal.includes(object.metadata.name))
    throw forbidden(kind, object.metadata.name, "this namespace may not be deleted");
  const isRehearsal = isDryRun(options.dryRun ?? [], "DeleteOptions");
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  const pod = seenAs(kinds.pods, { kind, object });
  const grace = pod ? graceOf(pod, options) : 0;
  if (deletionTimestamp && grace >= deletionGracePeriodSeconds) return { body: whole(kind, object) };
  const marked = mark(place, object, { grace, finalizers: finalizersOf(kind, object.metadata, options) });
  // A namespace is removed once it is empty.
  if (marked.metadata.finalizers?.length || grace > 0 || kind.id === "namespaces")
    return { body: whole(kind, isRehearsal ? marked : store.put(kind, marked)) };
  if (!isRehearsal) store.remove(kind, object);
  if (pod) return { body: whole(kind, marked) };
  if (/^(serviceaccounts|services)$/.test(kind.id)) return { body: whole(kind, object) };
  const { name, uid } = object.metadata;
  const details = { name, group: kind.group || undefined, kind: kind.plural, uid };
  return { body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
}

function check(kind: Kind, { metadata }: KubeObject, { preconditions = {} }: DeleteOptions): void {
  const differs = (title: string, [wanted, given]: readonly [string | undefined, string | undefined], then: string) => {
    const why = `the ${title} in the precondition (${wanted}) does not match the ${title} in record (${given}). The object might have been ${then}`;
    if (wanted && wanted !== given) throw conflict({ ...kind, plural: kind.kind }, metadata.name, why);
  };
  differs("UID", [preconditions.uid, metadata.uid], "deleted and then recreated");
  differs("ResourceVersion", [preconditions.resourceVersion, metadata.resourceVersion], "modified");
}

interface Marking {
  readonly grace: number;
  readonly finalizers: readonly string[];
}

function mark({ kind, store }: Place, { metadata, ...object }: KubeObject, { grace, finalizers }: Marking): KubeObject {
  const { finalizers: _, generation, ...rest } = metadata;
  const grown = generation && { generation: generation + (metadata.deletionTimestamp ? 0 : 1) };
  const marked: Metadata = {
    ...rest,
    ...grown,
    deletionTimestamp: store.now(grace),
    ...(kind.id !== "namespaces" && { deletionGracePeriodSeconds: grace }),
    ...(finalizers.length > 0 && { finalizers }),
  };
  const status = kind.id === "namespaces" ? { status: { phase: "Terminating" } } : {};
  return { ...object, ...status, metadata: marked };
}

/** The grace period of a Pod in seconds: 0 if it does not run. */
function graceOf({ spec, status }: Pod, { gracePeriodSeconds }: DeleteOptions): number {
  const isRunning = spec.nodeName && !/^(Succeeded|Failed)$/.test(status.phase);
  return isRunning ? Math.max(gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30, 0) : 0;
}

function finalizersOf({ id }: Kind, metadata: Metadata, options: DeleteOptions): readonly string[] {
  const { finalizers = [], deletionTimestamp } = metadata;
  if (deletionTimestamp) return finalizers;
  const { orphanDependents: orphans, propagationPolicy } = options;
  const given = propagationPolicy ?? (orphans === undefined ? undefined : orphans ? "Orphan" : "Background");
  // The default of batch/v1 Jobs is to orphan their Pods.
  const policy = given ?? (id === "jobs.batch" ? "Orphan" : "Background");
  const own = { Foreground: [foreground], Orphan: [orphan] }[policy] ?? [];
  return [...finalizers.filter((one) => one !== foreground && one !== orphan), ...own];
}
