/** Shows what the function may do, and checks that it has the rights for that, and one that it must not have. */
import { review } from "../kube/review.ts";
import type { Action } from "./action.ts";
import { label } from "./fields.ts";
import { formatAllowed } from "./place.ts";

/** Every function may do this: it needs no right. */
export const check: Action = {
  fields: { namespace: label },
  resources: [],
  needs: () => [],
  async run(event, { kube, needs, namespace, allowed }) {
    const where = typeof event.namespace === "string" ? event.namespace : namespace;
    const checks = await review(kube, needs(), where);
    return { action: "check", namespace, allowed: allowed.map(formatAllowed), checks };
  },
};
