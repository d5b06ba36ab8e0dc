/**
 * The methods of a handle: all rights that each needs, and its requests. Their types are in `client.ts`. `Kube.request`
 * documents which requests are retried.
 */

import { usageError } from "../errors.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteAllOptions,
  DeleteOptions,
  EvictOptions,
  ScaleOptions,
  WriteOptions,
} from "./client.ts";
import type { Selection } from "./list.ts";
import type { Method } from "./method.ts";
import type { Manifest, Stored, UntypedObject } from "./object.ts";
import { type Named, namespaceOf, objectPath, pathOf, type Target } from "./place.ts";
import { ifFound } from "./request.ts";

export * from "./streams.ts";

export const get = {
  rights: ["get"],
  on:
    (target: Target) =>
    async (at: Named, { signal }: CallOptions = {}) =>
      target.kube.request({ path: objectPath(target, at), signal }),
} as const satisfies Method;

export const getIfFound = {
  rights: ["get"],
  on: (target: Target) => (at: Named, options?: CallOptions) => ifFound(get.on(target)(at, options)),
} as const satisfies Method;

export const update = {
  rights: ["update"],
  on:
    (target: Target) =>
    async (object: Stored<UntypedObject>, options: WriteOptions = {}) => {
      if (!object.metadata.resourceVersion)
        throw usageError("Invalid", "update needs `metadata.resourceVersion`, the version that was read");
      return target.kube.request({
        method: "PUT",
        path: objectPath(target, object.metadata),
        query: writeQuery(target, options),
        body: { apiVersion: target.place.apiVersion, ...object },
        signal: options.signal,
      });
    },
} as const satisfies Method;

export const create = {
  rights: ["create"],
  on:
    (target: Target) =>
    async (object: UntypedObject, options: WriteOptions = {}) =>
      target.kube.request({
        method: "POST",
        path: pathOf(target, object.metadata?.namespace),
        query: writeQuery(target, options),
        body: { apiVersion: target.place.apiVersion, ...object },
        signal: options.signal,
      }),
} as const satisfies Method;

const patchTypes = {
  json: "json-patch+json",
  merge: "merge-patch+json",
  strategic: "strategic-merge-patch+json",
  apply: "apply-patch+yaml",
} as const;

interface PatchOptions extends ApplyOptions {
  readonly type?: keyof typeof patchTypes | undefined;
}

const send = (target: Target, path: string, { body, ...options }: PatchOptions & { readonly body: unknown }) =>
  target.kube.request({
    method: "PATCH",
    path,
    query: { ...writeQuery(target, options), force: options.force },
    body,
    contentType: `application/${patchTypes[options.type ?? (Array.isArray(body) ? "json" : "merge")]}`,
    signal: options.signal,
  });

export const patch = {
  rights: ["patch"],
  on:
    (target: Target) =>
    async (at: Named, body: unknown, options: PatchOptions = {}) =>
      send(target, objectPath(target, at), { ...options, body }),
} as const satisfies Method;

export const apply = {
  rights: ["patch", "create"],
  on:
    (target: Target) =>
    async (manifest: Manifest<UntypedObject>, options: ApplyOptions = {}) => {
      const body = { apiVersion: target.place.apiVersion, ...manifest };
      return send(target, objectPath(target, manifest.metadata), { ...options, body, type: "apply" });
    },
} as const satisfies Method;

export const patchStatus = {
  rights: ["status"],
  on:
    (target: Target) =>
    async (at: Named, body: unknown, options: PatchOptions = {}) =>
      send(target, objectPath(target, at, "/status"), { ...options, body }),
} as const satisfies Method;

export const applyStatus = {
  rights: ["status"],
  on:
    (target: Target) =>
    async (manifest: Manifest<UntypedObject>, options: ApplyOptions = {}) => {
      const body = { apiVersion: target.place.apiVersion, ...manifest };
      return send(target, objectPath(target, manifest.metadata, "/status"), { ...options, body, type: "apply" });
    },
} as const satisfies Method;

const remove = {
  rights: ["delete"],
  on:
    (target: Target) =>
    async (at: Named, { signal, ...options }: DeleteOptions = {}) => {
      const path = objectPath(target, at);
      await target.kube.request({ method: "DELETE", path, body: deletion(options), signal });
    },
} as const satisfies Method;

export { remove as delete };

export const deleteAll = {
  rights: ["deletecollection"],
  on:
    (target: Target) =>
    async (selection: Selection, options: DeleteAllOptions = {}) => {
      const { labelSelector, fieldSelector, namespace } = selection;
      // Without one, the server deletes every object of the namespace.
      if (!labelSelector && !fieldSelector)
        throw usageError("Invalid", "deleteAll needs a selector, which is not empty");
      await target.kube.request({
        method: "DELETE",
        path: pathOf(target, namespace),
        query: { labelSelector, fieldSelector },
        body: deletion(options),
        signal: selection.signal,
      });
    },
} as const satisfies Method;

export const scale = {
  rights: ["scale"],
  on:
    (target: Target) =>
    async (at: Named, replicas?: number, { from, dryRun, signal }: ScaleOptions = {}) => {
      const path = objectPath(target, at, "/scale");
      if (replicas === undefined) return target.kube.request({ path, signal });
      const operation = { path: "/spec/replicas", value: replicas };
      const guarded = [
        { ...operation, op: "test", value: from },
        { ...operation, op: "replace" },
      ];
      const body = from === undefined ? { spec: { replicas } } : guarded;
      return send(target, path, { body, dryRun, signal });
    },
} as const satisfies Method;

export const evict = {
  rights: ["evict"],
  on:
    (target: Target) =>
    async (at: Named, { signal, ...options }: EvictOptions = {}) => {
      const path = objectPath(target, at, "/eviction");
      const metadata = { name: at.name, namespace: namespaceOf(target, at.namespace) };
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions: deletion(options) };
      await target.kube.request({ method: "POST", path, body, signal });
    },
} as const satisfies Method;

const writeQuery = ({ kube }: Target, { fieldManager, dryRun, fieldValidation }: WriteOptions) => ({
  fieldValidation,
  fieldManager: fieldManager ?? kube.fieldManager ?? "eks-lambda",
  dryRun: dryRun ? "All" : undefined,
});

/** The server reads the options of a deletion only from its body. */
const deletion = ({ dryRun, ...options }: Omit<DeleteOptions, "signal">) => ({
  ...options,
  dryRun: dryRun ? ["All"] : undefined,
});
