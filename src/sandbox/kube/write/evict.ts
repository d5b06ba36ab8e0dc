/** Eviction: a delete that a PodDisruptionBudget can refuse. Source: k8s.io/kubernetes/pkg/registry/core/pod/storage */
import { budgetOf, isUnder } from "../budget.ts";
import { found, type Handling, type Result } from "../handling.ts";
import { kinds } from "../kinds.ts";
import { mapOf } from "../object.ts";
import type { Pod } from "../objects.ts";
import { badRequest, failure } from "../status.ts";
import { bodyOf } from "./body.ts";
import { type DeleteOptions, end } from "./delete.ts";

const eviction = { group: "policy", apiVersion: "policy/v1", kind: "Eviction" };

export function evict(handling: Handling): Result {
  const { name, request } = handling;
  // The check of the name has other words for an eviction.
  const sent = bodyOf({ ...handling, name: "" }, eviction);
  const pod = found({ ...handling, kind: kinds.pods });
  if (sent.metadata.name !== name) throw badRequest("name in URL does not match name in Eviction object");
  if (pod.status.phase === "Running") refuse(handling, pod);
  // They are decoded.
  const { dryRun = [], ...options } = mapOf(sent.deleteOptions) as DeleteOptions;
  end(handling, pod, { ...options, dryRun: [...dryRun, ...request.query.getAll("dryRun")] });
  return { status: 201, body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } };
}

/** Throws 429 if one of the Pod's budgets allows no disruption. */
function refuse({ store, namespace }: Handling, pod: Pod): void {
  const own = store.list(kinds.budgets, namespace).filter((budget) => isUnder(budget, pod));
  for (const budget of own) {
    const { disruptionsAllowed, desiredHealthy, currentHealthy } = budgetOf(store, budget);
    if (disruptionsAllowed > 0) continue;
    const why = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    const message = `The disruption budget ${budget.metadata.name} ${why}`;
    const causes = [{ reason: "DisruptionBudget", message }];
    throw failure(429, "Cannot evict pod as it would violate the pod's disruption budget.", { of: {}, causes });
  }
}
