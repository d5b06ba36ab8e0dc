/** Checks that the function has the rights that it needs, and one that it must not have. */
import type { Need } from "../kube/need.ts";
import { review } from "../kube/review.ts";
import { defineAction } from "./action.ts";
import { label } from "./fields.ts";

export const check = (needs: () => readonly Need[]) =>
  defineAction({
    event: { namespace: label },
    needs: () => ({}),
    run: async (_, { kube, namespace }) => ({ action: "check", checks: await review(kube, needs(), namespace) }),
  });
