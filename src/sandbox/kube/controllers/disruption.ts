/** PodDisruptionBudgets: keeps the number of allowed disruptions in their status. */
import { budgetOf } from "../budget.ts";
import { kinds } from "../kinds.ts";
import type { Condition } from "../objects.ts";
import { conditionsOf } from "../pods.ts";
import { controllerOf, put, withConditions } from "./control.ts";

const kind = kinds.budgets;

export const budgets = controllerOf(kind, (control, budget) => {
  const counts = budgetOf(control.store, budget);
  const isEnough = counts.disruptionsAllowed > 0;
  const allowed: Condition = {
    type: "DisruptionAllowed",
    status: isEnough ? "True" : "False",
    reason: isEnough ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
  const conditions = withConditions(conditionsOf(budget), [allowed], control.store.now());
  const { generation: observedGeneration } = budget.metadata;
  put(control, kind, { ...budget, status: { observedGeneration, ...counts, conditions } });
});
