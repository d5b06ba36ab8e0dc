/** Types of Kubernetes objects: the fields of every kind, and the forms that are sent to change them. */

/** The fields of `metadata` that the client reads. Types of the package `kubernetes-types` fit. */
export interface ObjectMeta {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  /** RFC 3339. */
  readonly creationTimestamp?: string | undefined;
  /** RFC 3339. */
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: ObjectMeta | undefined;
}

/** The kinds that the type of an object tells; `string` if it tells none. */
export type KindOf<T extends KubeObject> = NonNullable<T["kind"]>;

/** An object without a specific type. Its other fields are `unknown`. */
export interface UntypedObject extends KubeObject {
  readonly [field: string]: unknown;
}

/** `namespaced`: one namespace. `all`: every namespace. `cluster`: a kind without namespaces. */
export type Scope = "namespaced" | "all" | "cluster";

/** The `metadata` that an object needs on a handle for every namespace. */
export type Placed<S extends Scope> = S extends "all" ? { readonly namespace: string } : unknown;

declare const own: unique symbol;
/** The namespace of an object as a handle returned it. A text could be any other namespace. */
export type OwnNamespace = string & { readonly [own]: true };

/** An object as the API server returns it. Methods of its handle take its `metadata`. */
export type Stored<T extends KubeObject, S extends Scope = "namespaced", N extends string = string> = T & {
  readonly metadata: {
    readonly name: N;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  } & (S extends "all" ? { readonly namespace: OwnNamespace } : { readonly namespace?: OwnNamespaceIn<S> });
};

/** None for a kind without namespaces. */
export type OwnNamespaceIn<S extends Scope> = S extends "cluster" ? never : OwnNamespace | undefined;

/** An object to create. On a handle for every namespace, with `metadata.namespace`. */
export type New<T extends KubeObject, S extends Scope = "namespaced"> = Sent<T> &
  (S extends "all" ? { readonly metadata: Placed<S> } : unknown);

/** `T` with dates as strings, as in JSON. For the types of `@kubernetes/client-node`. */
export type Wire<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;

/** `T` with read-only lists and objects allowed, and with `undefined`, which JSON leaves out, for what may be left out. */
export type Sent<T> = T extends object
  ? { readonly [K in keyof T]: Sent<T[K]> | (T extends Record<K, unknown> ? never : undefined) }
  : T;

/** A part of `T`. Lists must be complete. */
export type Part<T> = T extends readonly (infer E)[]
  ? readonly Part<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Part<T[K]> | undefined }
    : T;

/** A part of `T`, with `null` to remove a field and, in a strategic patch, directives such as `$patch`. */
export type Patch<T> = T extends readonly (infer E)[]
  ? readonly Patch<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Patch<T[K]> | null | undefined } & { readonly [directive: `$${string}`]: unknown }
    : T;

/** Source: RFC 6902. */
export type JsonPatch = readonly (
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string }
)[];

/**
 * The manifest for server-side apply: the fields that the caller wants to own, with `kind` and `metadata.name`, and on a
 * handle for every namespace `metadata.namespace`.
 */
export type Manifest<T extends KubeObject, N extends string = string, S extends Scope = "namespaced"> = Omit<
  Part<T>,
  "kind" | "metadata"
> & {
  readonly kind: NonNullable<T["kind"]>;
  readonly metadata: Part<NonNullable<T["metadata"]>> & { readonly name: N } & Placed<S>;
};

/** An object that was read, with changes: its name and `resourceVersion` are needed. */
export type Changed<T extends KubeObject, S extends Scope = "namespaced", N extends string = string> = Sent<T> & {
  readonly metadata: { readonly name: N; readonly resourceVersion: string } & Placed<S>;
};
