/** The parameters and results of a handle's methods. */
import type { Many } from "./lines.ts";
import type { ListOptions, Selection } from "./list.ts";
import type { Changed, JsonPatch, KubeObject, Manifest, New, OwnNamespaceIn, Patch, Scope, Stored } from "./object.ts";
import type { Signal } from "./signal.ts";
import type { Condition, UntilGoneOptions, UntilOptions } from "./until.ts";
import type { WatchEvent } from "./watch.ts";

export interface CallOptions {
  /** Aborts the request. The promise rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** The owner of the fields, at most 128 characters. Default: the function's name. */
  readonly fieldManager?: string | undefined;
  /** The server processes the request without storing the result. */
  readonly dryRun?: boolean | undefined;
  /**
   * What the server does with unknown and duplicate fields: refuses the object, warns, or drops them silently. Its default
   * is `Warn`, whose warnings `connect({ onWarning })` receives.
   */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields of other field managers. Without it, they cause a `Conflict`, which names them. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only the object with this uid and version. Any other causes a `Conflict`. */
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
  /** `Foreground`: after the objects that it owns. `Background`: before them. `Orphan`: keeps them. */
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export type DeleteAllOptions = Omit<DeleteOptions, "preconditions" | "signal">;

export interface EvictOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string | undefined };
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface LogOptions extends CallOptions {
  /** Required if the Pod has several containers. */
  readonly container?: string | undefined;
  /** Continues with new lines until the container ends. */
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
  /** Scales only from this number of replicas. Any other causes `Invalid`. */
  readonly from?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/ */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

/** Identifies an object: by its name and, on a handle for every namespace, its namespace. */
export type At<S extends Scope, N extends string = string> = { readonly name: N } & (S extends "all"
  ? { readonly namespace: string }
  : { readonly namespace?: OwnNamespaceIn<S> });
/** Selects objects: by labels and fields and, on a handle for every namespace, by namespace. */
export type Select<S extends Scope> = Omit<Selection, "namespace"> &
  (S extends "all" ? Pick<Selection, "namespace"> : { readonly namespace?: never });

/** Selects objects by labels, fields or both and, on a handle for every namespace, in one. */
export type Chosen<S extends Scope> = Omit<Selection, "namespace"> &
  (S extends "all" ? { readonly namespace: string } : { readonly namespace?: never }) &
  ({ readonly labelSelector: string } | { readonly fieldSelector: string });

/**
 * All methods throw `KubernetesError` if the server refuses a request. `Kube.request` describes retries after 401, 429 and
 * 5xx; what happens after a lost connection, when the request may have been carried out, is written at each method.
 */
export interface Client<T extends KubeObject, S extends Scope = "namespaced", N extends string = string> {
  /** Retried after a lost connection. */
  get(at: At<S, N>, options?: CallOptions): Promise<Stored<T, S, N>>;

  /** As `get`; `undefined` if the object is absent. */
  getIfFound(at: At<S, N>, options?: CallOptions): Promise<Stored<T, S, N> | undefined>;

  /** Yields the objects, page after page, each with `apiVersion` and `kind`. A page is retried after a lost connection. */
  list(options?: Omit<ListOptions, "namespace"> & Select<S>): Many<Stored<T, S>>;

  /**
   * Yields each existing object as `ADDED`, then each change, until the signal or the loop ends. Survives the end of
   * the server's watch, 410 Gone, a lost connection and a restart of the API server: it lists again, and yields one
   * event for each object that changed meanwhile.
   */
  watch(options?: Select<S>): AsyncIterable<WatchEvent<T, S>>;

  /** Waits until the object meets the condition. Lists and watches it like `watch`, and survives as much. */
  until(at: At<S, N>, condition: Condition<Stored<T, S>>, options?: UntilOptions): Promise<Stored<T, S, N>>;

  /** Waits until the object is gone, or another one has its name. Survives as much as `watch`. */
  untilGone(at: At<S, N>, options?: UntilGoneOptions): Promise<void>;

  /**
   * Retried after a lost connection only if the object has a `metadata.name`. Then `AlreadyExists` may refer to the
   * object that the first attempt created; the hint says so. Never retried with `generateName`.
   */
  create(object: New<T, S>, options?: WriteOptions): Promise<Stored<T, S>>;

  /**
   * Replaces the object that was read, by its `metadata.resourceVersion`: if someone changed it meanwhile, `Conflict`. After
   * a lost connection it is retried, and `Conflict` may then mean that the first attempt was carried out; the hint says so.
   */
  update(object: Changed<T, S, N>, options?: WriteOptions): Promise<Stored<T, S, N>>;

  /** A JSON patch is never retried after a lost connection: it could add to a list twice. */
  patch(at: At<S, N>, patch: JsonPatch, options?: WriteOptions & { readonly type?: "json" }): Promise<Stored<T, S, N>>;
  /**
   * `merge`, the default: lists are replaced. `strategic`: lists are merged by their keys, which custom resources do not
   * have; a mistyped container name then adds a container. Both are retried after a lost connection.
   */
  patch(
    at: At<S, N>,
    patch: Patch<T>,
    options?: WriteOptions & { readonly type?: "merge" | "strategic" },
  ): Promise<Stored<T, S, N>>;

  /**
   * Server-side apply: creates the object, or changes the fields that the manifest names. Retried after a lost connection.
   */
  apply(manifest: Manifest<T, N, S>, options?: ApplyOptions): Promise<Stored<T, S, N>>;

  /**
   * Changes only the status, which `patch` leaves as it is where a kind has the subresource `status`. Retried after a lost
   * connection.
   */
  patchStatus(
    at: At<S, N>,
    patch: Patch<T>,
    options?: WriteOptions & { readonly type?: "merge" | "strategic" },
  ): Promise<Stored<T, S, N>>;

  /** Server-side apply of only the status, to an object that exists. Retried after a lost connection. */
  applyStatus(manifest: Manifest<T, N, S>, options?: ApplyOptions): Promise<Stored<T, S, N>>;

  /**
   * Does not wait until the object is gone; see `untilGone`. Retried after a lost connection: use `preconditions` to
   * keep a new object of the same name, such as a Pod of a StatefulSet.
   */
  delete(at: At<S, N>, options?: DeleteOptions): Promise<void>;

  /**
   * Deletes the objects that a selector names, which is not empty; on a handle for every namespace, in one. Does not wait
   * until they are gone. Retried after a lost connection: then it also deletes objects that were created meanwhile.
   */
  deleteAll(selection: Chosen<S>, options?: DeleteAllOptions): Promise<void>;

  /** Yields the lines of a container's log. Retried after a lost connection only before the first line. */
  logs(at: At<S, N>, options?: LogOptions): Many<string>;

  /** Reads the scale, or sets it to `replicas`. Retried after a lost connection, but not with `from`. */
  scale(at: At<S, N>, replicas?: number, options?: ScaleOptions): Promise<Scale>;

  /**
   * Deletes a Pod. Throws `TooManyRequests` if a PodDisruptionBudget forbids it until the request's time is up. Retried
   * after a lost connection: use `preconditions` to keep a new Pod of the same name.
   */
  evict(at: At<S, N>, options?: EvictOptions): Promise<void>;
}

export type MethodName = keyof Client<KubeObject>;

/** A right that `may` declares: a verb, or a subresource with the verbs that its method needs. */
export type Right =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  | "log"
  | "status"
  | "scale"
  | "evict";
