/** What a target gets from the cluster: AWS does not know it. */
import type { Kube } from "../kube/request.ts";
import type { Intent } from "../plan.ts";
import { withAllowed } from "./allow.ts";
import { recalled } from "./recalled.ts";
import type { Target } from "./target.ts";

/** Without the stack, teardown finds the names that were chosen at setup in the cluster. */
export function completed(kube: Kube, target: Target, intent: Intent): Promise<Target> | Target {
  if (intent === "present") return withAllowed(kube, target);
  return target.found ? target : recalled(kube, target);
}
