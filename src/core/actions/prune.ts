/** Sets of applied objects: deletes what is no longer in a set. */
import { formatResource } from "../kube/need.ts";
import { ownerHash } from "../kube/owner.ts";
import { ifFound } from "../kube/request.ts";
import type { ActionContext } from "./action.ts";
import { onConflict } from "./conflict.ts";
import { removal } from "./delete.ts";
import { type Placed, titleOf } from "./manifests.ts";
import { type Allowed, notAllowed } from "./place.ts";

/** The field manager of what a function applies, which conflicts name: at most 128 characters, another for each owner. */
export const managerOf = ({ owner = "eks-lambda" }: Pick<ActionContext, "owner">): string =>
  owner.length > 128 ? `${owner.slice(0, 95)}-${ownerHash(owner)}` : owner;

interface Applied {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly object[];
  readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[];
}

/**
 * The labels of a set, which belongs to the function's stack: other functions may use its name. Throws `NotAllowed` if
 * the function may delete a written kind by names only, or not there: a list cannot be limited to names.
 */
export function pruned(set: string, all: readonly Placed[], context: ActionContext) {
  const { allowed, namespace: here, kube, owner = "" } = context;
  const deletes = allowed.filter(({ action }) => action === "delete");
  const entries = deletes.filter(({ names }) => !names);
  const isKept = ({ allowed: on, namespace }: Placed) => {
    const same = deletes.filter((one) => formatResource(one) === formatResource(on));
    const covers = (one: Allowed) => !one.names && [namespace, "*"].includes(one.namespace ?? here);
    return (same.length > 0 || entries.length === 0) && !same.some(covers);
  };
  const kept = all.find(isKept);
  if (kept) {
    const elsewhere = kept.namespace === here ? {} : { namespace: kept.namespace };
    throw notAllowed(allowed, { action: "delete", resource: formatResource(kept.allowed), ...elsewhere });
  }
  const labels = { "eks-lambda/set": set, "eks-lambda/set-owner": ownerHash(owner) };
  const labelSelector = Object.entries(labels)
    .map((label) => label.join("="))
    .join(",");
  const written = all.map(titleOf);
  const isStale = (entry: Allowed, { name, namespace, ...metadata }: Applied): boolean => {
    const { ownerReferences = [], managedFields = [], deletionTimestamp } = metadata;
    const manifest = { apiVersion: "", kind: entry.kind, metadata: { name } };
    const isOurs = managedFields.some(
      ({ manager, operation }) => manager === managerOf(context) && operation === "Apply",
    );
    const isWritten = written.includes(titleOf({ manifest, allowed: entry, namespace }));
    return isOurs && !isWritten && ownerReferences.length === 0 && !deletionTimestamp;
  };
  return {
    labels,
    async prune(): Promise<readonly object[]> {
      const deleted: object[] = [];
      for (const entry of entries) {
        const { objects } = removal(entry, entry.namespace ?? here, kube);
        await onConflict(async () => {
          for (const { metadata } of await objects.list({ labelSelector }).toArray()) {
            const { name, namespace, uid, resourceVersion } = metadata as Applied;
            if (!isStale(entry, metadata as Applied)) continue;
            const at = { ...(namespace !== undefined && { namespace }), name };
            // Under the version that was read: another function may have taken it over.
            await ifFound(objects.delete(at as { readonly name: string }, { preconditions: { uid, resourceVersion } }));
            deleted.push({ kind: entry.kind, ...at });
          }
        });
      }
      return deleted;
    },
  };
}
