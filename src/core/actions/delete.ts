/** Deletes objects. One that is absent is `unchanged`, which is also what a retry finds. */

import { usageError } from "../errors.ts";
import { delete as deleteMethod, list, untilGone } from "../kube/methods.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { handlesOf, needsOf } from "../kube/resource.ts";
import { type Action, type Scope, scopeOf } from "./action.ts";
import { flag, label, objectName, objects, resourceName } from "./fields.ts";
import { inOrder, type Placed, placed } from "./manifests.ts";
import { type Allowed, find } from "./place.ts";
import { waitSignal } from "./wait.ts";

const methods = { delete: deleteMethod, list, untilGone };

const needs = ({ on }: Scope<keyof typeof methods>) => ({ objects: on().may("delete", "list", "watch") });

/** The handle that deletes what an entry allows; also to prune. */
export const removal = (allowed: Allowed, namespace: string | undefined, kube: Kube) =>
  handlesOf(needs(scopeOf(methods, allowed, namespace ?? "*")), kube);

export const remove: Action = {
  fields: { namespace: label, resource: resourceName, name: objectName, manifests: objects, wait: flag },
  resources: undefined,
  needs: (allowed) => needsOf(needs(scopeOf(methods, allowed, allowed.namespace))),
  async run(event, context) {
    const { resource, name, namespace, manifests, wait } = event as Readonly<Record<string, string | undefined>>;
    if ((name === undefined) === (manifests === undefined))
      throw usageError("InvalidEvent", "`delete` takes `name`, or `manifests`");
    const single = (): Placed => {
      const found = find(context.allowed, { action: "delete", resource, namespace, name }, context.namespace);
      const { kind } = found.allowed;
      return { ...found, manifest: { apiVersion: "", kind, metadata: { name: name ?? "" } } };
    };
    const all = manifests === undefined ? [single()] : placed("delete", event as never, context);
    const results: object[] = [];
    // What depends on others goes first.
    for (const { manifest, allowed, namespace } of [...inOrder(all)].reverse()) {
      const { objects } = removal(allowed, namespace, context.kube);
      const at = { name: manifest.metadata.name };
      const deleted = objects.delete(at, { propagationPolicy: wait ? "Foreground" : "Background" });
      const isThere = await ifFound(deleted.then(() => true));
      if (isThere && wait) await objects.untilGone(at, { signal: waitSignal(context.remainingMs()) });
      const about = { kind: manifest.kind, ...(namespace !== undefined && { namespace }), ...at };
      results.push({ action: isThere ? "deleted" : "unchanged", ...about });
    }
    return { action: "deleted", objects: results };
  },
};
