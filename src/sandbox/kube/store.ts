/** The objects of the cluster and their history, as in etcd. */
import { randomUUID } from "node:crypto";
import { type Clock, timestamp } from "../clock.ts";
import { type Kind, seenAs } from "./kinds.ts";
import type { KubeObject, Metadata } from "./object.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: Kind;
  readonly version: number;
  readonly time: number;
  /** After the change; before it, if the object was deleted. */
  readonly object: KubeObject;
  /** Before the change. */
  readonly old?: KubeObject;
}
type Listener = (change: Change) => void;

/** How long the API server keeps the history, in milliseconds. */
const memoryMs = 5 * 60_000;

export type Store = ReturnType<typeof createStore>;

/** Objects are immutable: a change stores a new one. */
export function createStore(clock: Clock) {
  const objects = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<Listener>();
  /** Sorted keys by kind, until an object is added or removed. */
  const orders = new Map<string, readonly string[]>();
  const changes: Change[] = [];
  let version = 1000;
  /** The oldest version in the history. */
  let oldest = version;

  const keyOf = ({ namespace, name }: Metadata): string => (namespace ? `${namespace}/${name}` : name);
  const ofKind = <T extends KubeObject>({ id }: Kind<T>): Map<string, T> => {
    const found = objects.get(id) ?? new Map<string, KubeObject>();
    objects.set(id, found);
    // `put` takes nothing else for the kind.
    return found as Map<string, T>;
  };

  const keysOf = (kind: Kind): readonly string[] => {
    const keys = orders.get(kind.id) ?? [...ofKind(kind).keys()].sort();
    orders.set(kind.id, keys);
    return keys;
  };

  function forget(before: number): void {
    const kept = changes.findIndex(({ time }) => time >= before);
    oldest = changes.splice(0, kept < 0 ? changes.length : kept).at(-1)?.version ?? oldest;
  }

  function record(given: Omit<Change, "time">): void {
    const change = { ...given, time: clock.now() };
    if (change.type !== "MODIFIED") orders.delete(change.kind.id);
    if (changes[0] && changes[0].time < change.time - 2 * memoryMs) forget(change.time - memoryMs);
    changes.push(change);
    for (const listener of listeners) listener(change);
  }

  const store = {
    /** The time now, or `seconds` later, in the format of objects. */
    now: (seconds = 0) => timestamp(clock.now() + seconds * 1000),
    version: () => version,
    oldest: () => oldest,
    get: <T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string): T | undefined =>
      ofKind(kind).get(namespace ? `${namespace}/${name}` : name),
    /** Objects in the order of their keys. */
    list: <T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] =>
      keysOf(kind)
        .filter((key) => !namespace || key.startsWith(`${namespace}/`))
        .flatMap((key) => ofKind(kind).get(key) ?? []),
    /** As `list`, at an earlier version not older than `oldest()`. */
    listAt(earlier: number, kind: Kind, namespace?: string): readonly KubeObject[] {
      const then = new Map(ofKind(kind));
      for (const change of changes.filter((one) => one.version > earlier && one.kind.id === kind.id).reverse()) {
        if (change.old) then.set(keyOf(change.object.metadata), change.old);
        else then.delete(keyOf(change.object.metadata));
      }
      const keys = [...then.keys()].filter((key) => !namespace || key.startsWith(`${namespace}/`));
      return keys.sort().flatMap((key) => then.get(key) ?? []);
    },
    /** Stores an object under a new version. Adds UID and creation time to a new one. */
    put<T extends KubeObject>(kind: Kind<T>, given: NoInfer<T>): T {
      const { metadata } = given;
      const old = ofKind(kind).get(keyOf(metadata));
      const created = { uid: randomUUID(), creationTimestamp: store.now() };
      const object = { ...given, metadata: { ...created, ...metadata, resourceVersion: String(++version) } };
      ofKind(kind).set(keyOf(metadata), object);
      record({ type: old ? "MODIFIED" : "ADDED", kind, version, object, ...(old && { old }) });
      return object;
    },
    /** Returns the object as it was, under the version of its removal. */
    remove(kind: Kind, { metadata }: KubeObject): KubeObject | undefined {
      const old = ofKind(kind).get(keyOf(metadata));
      if (!old) return undefined;
      ofKind(kind).delete(keyOf(metadata));
      const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(++version) } };
      record({ type: "DELETED", kind, version, object, old });
      return object;
    },
    /** Changes of a kind since a version not older than `oldest()`. */
    since: (earlier: number, { id }: Kind): readonly Change[] =>
      changes.filter((change) => change.version > earlier && change.kind.id === id),
    /** An object as it was `ms` milliseconds ago, within the history. */
    ago<T extends KubeObject>(ms: number, kind: Kind<T>, metadata: Metadata): T | undefined {
      const isOfObject = (change: Change) =>
        change.kind.id === kind.id && keyOf(change.object.metadata) === keyOf(metadata);
      const later = changes.find((change) => change.time > clock.now() - ms && isOfObject(change));
      return later
        ? later.old && seenAs(kind, { kind: later.kind, object: later.old })
        : ofKind(kind).get(keyOf(metadata));
    },
    /** Discards the history: earlier versions are expired. */
    compact: () => forget(Number.POSITIVE_INFINITY),
    /** Calls `listener` after each change, until the returned function is called. */
    subscribe(listener: Listener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}
