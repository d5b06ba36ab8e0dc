/** Waits for a rollout, and explains one that does not come. It is the code of `status`, without which nothing waits. */
import { hasCode } from "../errors.ts";
import { handlesOf } from "../kube/resource.ts";
import { list, logs, until } from "../kube/streams.ts";
import { rolledOut, type Workload } from "../kube/workloads.ts";
import { type Rollout, type Scope, scopeOf } from "./action.ts";
import { explained } from "./explain/explained.ts";
import { look, lookNeeds } from "./explain/look.ts";
import { waitSignal } from "./wait.ts";

/** The methods of `status`, and of every wait for a rollout. */
export const watching = { list, until, logs };

export const statusNeeds = (scope: Scope<keyof typeof watching>) => ({
  objects: scope.on<Workload>().may("list", "watch"),
  ...lookNeeds(scope),
});

export const rollout: Rollout = async ({ kube, namespace, remainingMs }, { allowed, name }) => {
  const handles = handlesOf(statusNeeds(scopeOf(watching, allowed, namespace)), kube);
  try {
    const { status = {} } = await handles.objects.until({ name }, rolledOut, { signal: waitSignal(remainingMs()) });
    return { rollout: "complete", available: status.availableReplicas ?? status.numberAvailable ?? 0 };
  } catch (error) {
    if (!hasCode(error, "RolloutFailed", "Timeout")) throw error;
    throw await explained(error, async () => look(handles, await handles.objects.until({ name }, () => true)));
  }
};
