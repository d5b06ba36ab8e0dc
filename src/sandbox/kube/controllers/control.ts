/** What all controllers share: the store, the clock, and how they write objects and Events. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock.ts";
import { admitted } from "../admission/additions.ts";
import { type Kind, kinds } from "../kinds.ts";
import type { Logs } from "../logs.ts";
import { generatedFrom } from "../names.ts";
import { type KubeObject, type Metadata, type Owner, ownersOf } from "../object.ts";
import type { Condition } from "../objects.ts";
import { alreadyExists, type Failure } from "../status.ts";
import type { Store } from "../store.ts";
import { admit, admitPod, counts } from "../write/commit.ts";
import { completed, prepared } from "../write/defaults.ts";
import type { Images } from "./images.ts";

export interface Control {
  readonly store: Store;
  readonly clock: Clock;
  readonly logs: Logs;
  readonly images: Images;
  /**
   * Runs `run` after `ms` milliseconds, with the object as it is then, unless it was deleted. Nothing is added to a
   * waiting call of the same name, unless it is due later.
   */
  readonly later: <T extends KubeObject>(what: string, ms: number, of: Of<T>) => void;
}
interface Of<T extends KubeObject> {
  readonly kind: Kind<T>;
  readonly object: T;
  readonly run: (object: T) => void;
}

/** Takes an object, and the objects that it owns, one step closer to its specification. */
export interface Controller {
  readonly kind: Kind;
  readonly reconcile: (control: Control, place: Pick<Metadata, "namespace" | "name">) => void;
}
type Reconcile<T> = (control: Control, object: T) => void;

export const controllerOf = <T extends KubeObject>(kind: Kind<T>, reconcile: Reconcile<T>): Controller => ({
  kind,
  reconcile(control, { namespace, name }) {
    const object = control.store.get(kind, namespace, name);
    if (object) reconcile(control, object);
  },
});

export const ownerOf = ({ apiVersion, kind }: Kind, { metadata }: KubeObject): Owner => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  ownersOf(object).some(({ uid, controller }) => controller && uid === owner.metadata.uid);

export const ownedBy = <T extends KubeObject>({ store }: Control, kind: Kind<T>, owner: KubeObject): readonly T[] =>
  store.list(kind, owner.metadata.namespace).filter((one) => isOwnedBy(one, owner));

/** Stores the object if it differs from the current one. */
export function put<T extends KubeObject>({ store }: Control, kind: Kind<T>, next: NoInfer<T>): void {
  const { namespace, name } = next.metadata;
  const old = store.get(kind, namespace, name);
  if (old && !isDeepStrictEqual(old, next)) store.put(kind, next);
}

/** The counts in a status. */
type Counts<Status> = {
  readonly [Key in keyof Status as NonNullable<Status[Key]> extends number ? Key : never]?: Status[Key];
};

/** Leaves out counts of zero, as Kubernetes does. */
export const nonZero = <Status = never>(counts: Counts<Status>): Counts<Status> =>
  // `fromEntries` forgets the names.
  Object.fromEntries(Object.entries(counts).filter(([, count]: [string, unknown]) => count)) as Counts<Status>;

/** Creates an object, whose name may be generated. Returns the reason as text if it is not admitted. */
export function make<T extends KubeObject>({ store }: Control, kind: Kind<T>, given: KubeObject): T | string {
  const { name = "", generateName = "" } = given.metadata;
  const metadata = { ...given.metadata, name: name || generateName };
  const object = prepared(kind, admitted(store, kind, completed(kind, { ...given, metadata })), { store });
  const own = { name: name || generatedFrom(generateName), ...(counts(kind, object) && { generation: 1 }) };
  const named = { ...object, metadata: { ...object.metadata, ...own } };
  try {
    if (kind.namespaced) admit({ store, kind }, object);
    admitPod({ store, kind }, named);
  } catch (thrown) {
    const { status } = thrown as Partial<Failure>;
    if (!status) throw thrown;
    return status.message;
  }
  const isTaken = store.get(kind, named.metadata.namespace, named.metadata.name);
  return isTaken ? alreadyExists(kind, named.metadata.name).message : store.put(kind, named);
}

/** Merges `next` into the conditions. The transition time changes only with the status. */
export const withConditions = (all: readonly Condition[], next: readonly Condition[], now: string) =>
  next.reduce((conditions, one) => withCondition(conditions, one, now), all);

function withCondition(all: readonly Condition[], next: Condition, now: string): readonly Condition[] {
  const old = all.find(({ type }) => type === next.type);
  const lastTransitionTime = (old?.status === next.status ? old.lastTransitionTime : undefined) ?? now;
  const condition = { ...next, lastTransitionTime };
  return old ? all.map((one) => (one === old ? condition : one)) : [...all, condition];
}

interface Happening {
  readonly of: Kind;
  readonly type?: "Warning";
  readonly reason: string;
  readonly message: string;
  /** The source of the Event: the kind's controller, if not given. */
  readonly component?: string;
}

/** Records an Event. The count of an equal one grows. */
export function recordEvent({ store }: Control, about: KubeObject, happening: Happening): void {
  const { of, reason, message, type = "Normal", component = `${of.kind.toLowerCase()}-controller` } = happening;
  const { namespace, name, uid = "", resourceVersion } = about.metadata;
  const hash = createHash("sha256").update(`${uid} ${reason} ${message}`).digest("hex").slice(0, 16);
  const metadata = { name: `${name}.${hash}`, namespace: namespace ?? "default" };
  const old = store.get(kinds.events, metadata.namespace, metadata.name);
  store.put(kinds.events, {
    metadata,
    type,
    reason,
    message,
    firstTimestamp: store.now(),
    involvedObject: { kind: of.kind, apiVersion: of.apiVersion, namespace, name, uid, resourceVersion },
    source: { component },
    reportingComponent: component,
    reportingInstance: "",
    ...old,
    count: (old?.count ?? 0) + 1,
    lastTimestamp: store.now(),
  });
}
