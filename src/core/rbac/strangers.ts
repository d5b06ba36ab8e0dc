/** Objects that carry a label of ours under names that we do not give: any tenant can make one in their namespace. */
import type { Planned } from "../plan.ts";
import { type RbacObject, titleOf } from "./objects.ts";

interface About {
  /** The command whose label they carry. */
  readonly by: "setup" | "grant";
  readonly warnings?: readonly string[];
}

/** One line of the plan about all of them: they are kept. */
export function strangers(objects: readonly RbacObject[], { by, warnings = [] }: About): readonly Planned[] {
  const [first, ...more] = objects;
  if (!first) return [];
  const which = more.length > 0 ? `it and ${more.length} more have` : "it has";
  const summary = `kept: ${which} the label of ${by}, but not a name that ${by} gives`;
  return [{ change: { step: "rbac", target: titleOf(first), action: "unchanged", summary, warnings } }];
}
