/** Creates and updates. */
import { authorize } from "../authorize.ts";
import { found, type Handling, type Result } from "../handling.ts";
import type { Subresource } from "../kinds.ts";
import { at, whole } from "../object.ts";
import { internal } from "../status.ts";
import { bodyOf } from "./body.ts";
import { add, byOf, createdByUpdate, replace, single } from "./commit.ts";
import { viewOf } from "./view.ts";

export function create(handling: Handling): Result {
  const { kind } = handling;
  const object = add(handling, bodyOf(handling, kind), byOf(handling, "Update", viewOf(kind, undefined)));
  return { status: 201, body: whole(kind, object) };
}

export const update =
  (subresource?: Subresource) =>
  (handling: Handling): Result => {
    const view = viewOf(handling.kind, subresource);
    const sent = bodyOf(handling, view.kind);
    const by = byOf(handling, "Update", view);
    const { kind, name, namespace, store, user } = handling;
    if (!subresource && createdByUpdate.has(kind.kind) && !store.get(kind, namespace, name)) {
      authorize(store, user, { verb: "create", group: kind.group, resource: kind.plural, namespace, name });
      return { status: 201, body: whole(kind, add(handling, sent, by)) };
    }
    const once = { ...sent, metadata: single(sent.metadata) };
    const next = replace(handling, once, { old: found(handling), view, by });
    return { body: whole(view.kind, view.show(next)) };
  };

export const read =
  (subresource?: Subresource) =>
  (handling: Handling): Result => {
    const view = viewOf(handling.kind, subresource);
    const object = found(handling);
    const { replicas } = view;
    if (replicas && handling.kind.custom && at(object, replicas) === undefined)
      throw internal(`the spec replicas field ".${replicas}" does not exist`);
    return { body: whole(view.kind, view.show(object)) };
  };
