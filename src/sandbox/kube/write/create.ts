/** Creates and updates. */
import { found, type Handling, type Result } from "../handling.ts";
import type { Subresource } from "../kinds.ts";
import { whole } from "../object.ts";
import { bodyOf } from "./body.ts";
import { add, byOf, replace } from "./commit.ts";
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
    const old = found(handling);
    const next = replace(handling, sent, { old, view, by: byOf(handling, "Update", view) });
    return { body: whole(view.kind, view.show(next)) };
  };

export const read =
  (subresource?: Subresource) =>
  (handling: Handling): Result => {
    const view = viewOf(handling.kind, subresource);
    return { body: whole(view.kind, view.show(found(handling))) };
  };
