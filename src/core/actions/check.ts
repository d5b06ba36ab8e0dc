/** Checks that the function has the rights that it needs, and one that it must not have. */
import { review } from "../kube/review.ts";
import type { Action } from "./action.ts";
import { label } from "./fields.ts";

/** Every function may do this: it needs no right. */
export const check: Action = {
  fields: { namespace: label },
  resources: [],
  needs: () => [],
  async run(event, { kube, needs, namespace }) {
    const where = typeof event.namespace === "string" ? event.namespace : namespace;
    return { action: "check", checks: await review(kube, needs(), where) };
  },
};
