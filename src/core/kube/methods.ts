/**
 * The methods of a handle, by the target that it acts on. Their types, which a handle narrows, are in `client.ts`.
 * `Kube.request` says which requests are sent again after a failure.
 */
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  EvictOptions,
  LogOptions,
  ScaleOptions,
  WriteOptions,
} from "./client.ts";
import type { ContentType } from "./connection.ts";
import { linesOf, many } from "./lines.ts";
import { type ListOptions, pagesOf } from "./list.ts";
import type { Manifest, UntypedObject } from "./object.ts";
import { type At, namespaceOf, objectPath, pathOf, type Target } from "./place.ts";

export { until, untilGone } from "./until.ts";
export { watch } from "./watch.ts";

export const get =
  ({ kube, place }: Target) =>
  async (at: At, { signal }: CallOptions = {}) =>
    kube.request({ path: objectPath({ kube, place }, at), signal });

export const list =
  (target: Target) =>
  (options: ListOptions = {}) =>
    many(async function* () {
      for await (const { items } of pagesOf(target, options)) yield* items;
    });

export const create =
  (target: Target) =>
  async (object: UntypedObject, options: WriteOptions = {}) =>
    target.kube.request({
      method: "POST",
      path: pathOf(target, object.metadata?.namespace),
      query: writeQuery(target, options),
      body: { apiVersion: target.place.apiVersion, ...object },
      signal: options.signal,
    });

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const satisfies Record<string, ContentType>;

interface PatchOptions extends ApplyOptions {
  readonly type?: keyof typeof patchTypes | undefined;
}

const send = (target: Target, path: string, { body, ...options }: PatchOptions & { readonly body: unknown }) =>
  target.kube.request({
    method: "PATCH",
    path,
    query: { ...writeQuery(target, options), force: options.force },
    body,
    contentType: patchTypes[options.type ?? (Array.isArray(body) ? "json" : "merge")],
    signal: options.signal,
  });

export const patch = (target: Target) => async (at: At, body: unknown, options?: PatchOptions) =>
  send(target, objectPath(target, at), { ...options, body });

export const apply = (target: Target) => async (manifest: Manifest<UntypedObject>, options?: ApplyOptions) => {
  const body = { apiVersion: target.place.apiVersion, ...manifest };
  return send(target, objectPath(target, manifest.metadata), { ...options, body, type: "apply" });
};

const remove =
  (target: Target) =>
  async (at: At, { signal, ...options }: DeleteOptions = {}) => {
    const path = objectPath(target, at);
    await target.kube.request({ method: "DELETE", path, body: deletion(options), signal });
  };

export { remove as delete };

export const logs =
  (target: Target) =>
  (at: At, { signal, ...query }: LogOptions = {}) =>
    many(async function* () {
      const path = objectPath(target, at, "log");
      yield* linesOf(await target.kube.request({ path, query: { ...query }, as: "stream", signal }));
    });

export const scale =
  (target: Target) =>
  async (at: At, replicas?: number, { from, dryRun, signal }: ScaleOptions = {}) => {
    const path = objectPath(target, at, "scale");
    if (replicas === undefined) return target.kube.request({ path, signal });
    const operation = { path: "/spec/replicas", value: replicas };
    const guarded = [
      { ...operation, op: "test", value: from },
      { ...operation, op: "replace" },
    ];
    const body = from === undefined ? { spec: { replicas } } : guarded;
    return send(target, path, { body, dryRun, signal });
  };

export const evict =
  (target: Target) =>
  async (at: At, { signal, ...options }: EvictOptions = {}) => {
    const path = objectPath(target, at, "eviction");
    const metadata = { name: at.name, namespace: namespaceOf(target, at.namespace) };
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions: deletion(options) };
    await target.kube.request({ method: "POST", path, body, signal });
  };

const writeQuery = ({ kube }: Target, { fieldManager, dryRun }: WriteOptions) => ({
  fieldManager: fieldManager ?? kube.fieldManager ?? "eks-lambda",
  dryRun: dryRun ? "All" : undefined,
});

/** The options of a deletion are read in its body alone. */
const deletion = ({ dryRun, ...options }: Omit<DeleteOptions, "signal">) => ({
  ...options,
  dryRun: dryRun ? ["All"] : undefined,
});
