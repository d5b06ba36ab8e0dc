/** What the methods of a handle take and return. */
import type { Many } from "./lines.ts";
import type { ListOptions, Selection } from "./list.ts";
import type { JsonPatch, KubeObject, Manifest, Patch, Sent, Stored } from "./object.ts";
import type { Condition, UntilGoneOptions, UntilOptions } from "./until.ts";
import type { WatchEvent } from "./watch.ts";

export interface CallOptions {
  /** Ends the request. The promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Who owns the fields: the function's name, if not given; at most 128 characters. */
  readonly fieldManager?: string | undefined;
  /** The server does all but keep the result. */
  readonly dryRun?: boolean | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields that other field managers own. Otherwise that is a `Conflict`, which names them. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Only the object that was read. Otherwise that is a `Conflict`. */
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
  /** `Foreground`: after what the object owns. `Background`: before it. `Orphan`: what it owns stays. */
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface EvictOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string | undefined };
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface LogOptions extends CallOptions {
  /** Required if the Pod has several containers. */
  readonly container?: string | undefined;
  /** Goes on with what the container writes from now on, until it ends. */
  readonly follow?: boolean | undefined;
  /** The container before its last restart. */
  readonly previous?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly sinceSeconds?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** An RFC 3339 time before each line. */
  readonly timestamps?: boolean | undefined;
}

export interface ScaleOptions extends CallOptions {
  /** Only if there are so many now. Otherwise that is `Invalid`. */
  readonly from?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/ */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

type OnlyAll<S, T> = S extends "all" ? T : unknown;
/** One object: by its name and, on a handle for the whole cluster, its namespace. */
export type Name<S, N extends string> = { readonly name: N } & OnlyAll<S, { readonly namespace?: string | undefined }>;
type Select<S> = Omit<Selection, "namespace"> & OnlyAll<S, Pick<Selection, "namespace">>;

/** All methods throw `KubernetesError` for what the server refuses. */
export interface Client<T extends KubeObject, S extends "one" | "all" = "one", N extends string = string> {
  get(name: Name<S, N>, options?: CallOptions): Promise<Stored<T>>;

  /** Every object, page after page, each with `apiVersion` and `kind`. */
  list(options?: Omit<ListOptions, "namespace"> & Select<S>): Many<Stored<T>>;

  /**
   * First each object that exists as `ADDED`, then each change, until the signal or the loop ends. Survives the end of the
   * server's watch, 410 Gone, a lost connection and a restart of the API server: then it lists again, and what became of
   * each object meanwhile is one event.
   */
  watch(options?: Select<S>): AsyncIterable<WatchEvent<T>>;

  /** Waits until the condition is met: lists the object, then watches it, as `watch` does. */
  until(name: Name<S, N>, condition: Condition<Stored<T>>, options?: UntilOptions): Promise<Stored<T>>;

  /** Waits until the object does not exist any more, or is another one of the same name. */
  untilGone(name: Name<S, N>, options?: UntilGoneOptions): Promise<void>;

  /**
   * After a lost connection it is sent again only with a `metadata.name`. The answer may then be `AlreadyExists` for the
   * object that the first attempt created; the hint says so. With `generateName` it is never sent again.
   */
  create(object: Sent<T>, options?: WriteOptions): Promise<Stored<T>>;

  /** A JSON patch is never sent again after a lost connection: it could add to a list twice. */
  patch(name: Name<S, N>, patch: JsonPatch, options?: WriteOptions & { readonly type?: "json" }): Promise<Stored<T>>;
  /**
   * `merge`, the default: lists are replaced. `strategic`: lists are merged by their keys, which custom resources do not
   * have; a mistyped container name then adds a container.
   */
  patch(
    name: Name<S, N>,
    patch: Patch<T>,
    options?: WriteOptions & { readonly type?: "merge" | "strategic" },
  ): Promise<Stored<T>>;

  /** Server-side apply: creates the object, or changes the fields that the manifest names. */
  apply(manifest: Manifest<T, N>, options?: ApplyOptions): Promise<Stored<T>>;

  /**
   * Does not wait for the end: `untilGone`. After a lost connection it is sent again; `preconditions` keep that from
   * deleting an object that has taken the place of the first, such as a Pod of a StatefulSet.
   */
  delete(name: Name<S, N>, options?: DeleteOptions): Promise<void>;

  /** The lines of a container's log, as they come. */
  logs(name: Name<S, N>, options?: LogOptions): Many<string>;

  /** Reads the scale, or with `replicas` sets it. With `from` it is never sent again after a lost connection. */
  scale(name: Name<S, N>, replicas?: number, options?: ScaleOptions): Promise<Scale>;

  /** Deletes a Pod unless a PodDisruptionBudget forbids it now: that is `TooManyRequests`. */
  evict(name: Name<S, N>, options?: EvictOptions): Promise<void>;
}

export type MethodName = keyof Client<KubeObject>;

/** What `may` declares: a verb, or a subresource with the verbs that its method needs. */
export type Right = "get" | "list" | "watch" | "create" | "patch" | "delete" | "log" | "scale" | "evict";
