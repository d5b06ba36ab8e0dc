/** PodDisruptionBudgets: computes the allowed disruptions. Source: k8s.io/kubernetes/pkg/controller/disruption */
import { kinds } from "./kinds.ts";
import type { Pod, PodDisruptionBudget } from "./objects.ts";
import { isReady, shareOf } from "./pods.ts";
import { matches, requirementsOf } from "./select/labels.ts";
import type { Store } from "./store.ts";

export interface Budget {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

export const isUnder = ({ spec }: PodDisruptionBudget, pod: Pod): boolean =>
  matches(requirementsOf(spec?.selector), pod.metadata.labels);

export function budgetOf(store: Store, budget: PodDisruptionBudget): Budget {
  const pods = store.list(kinds.pods, budget.metadata.namespace).filter((pod) => isUnder(budget, pod));
  const { minAvailable, maxUnavailable = 1 } = budget.spec ?? {};
  const [expectedPods, currentHealthy] = [pods.length, pods.filter(isReady).length];
  const desiredHealthy =
    minAvailable === undefined
      ? Math.max(expectedPods - shareOf(maxUnavailable, expectedPods), 0)
      : shareOf(minAvailable, expectedPods);
  const disruptionsAllowed = expectedPods > 0 ? Math.max(currentHealthy - desiredHealthy, 0) : 0;
  return { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed };
}
