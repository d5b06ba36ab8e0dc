/** The steps of setup. To add one, write its file and add it here. */
import { type Change, type Intent, joined, type Planned, together, type Waiting } from "../../plan.ts";
import type { Context, Step } from "../../setup/context.ts";
import { accessModeStep } from "./access-mode.ts";
import { awsAuthStep } from "./aws-auth.ts";
import { kubeconfigStep } from "./kubeconfig.ts";
import { rbacStep } from "./rbac.ts";
import { stackStep } from "./stack.ts";
import { workloadsStep } from "./workloads.ts";

/**
 * In the order in which setup applies them, and teardown backwards: the stack last, for it knows the names of all the
 * rest, and the workloads when nobody may make more of them.
 */
export const steps: readonly Step[] = [accessModeStep, stackStep, workloadsStep, awsAuthStep, rbacStep, kubeconfigStep];

export interface PlanOptions {
  /** What becomes of a change that the cluster forbids the caller: refused, or planned with a warning. */
  readonly forbidden?: "refuse" | "warn";
}

/**
 * All steps read side by side and write nothing; what they refuse is thrown. Teardown's order is the other way round.
 */
export async function planAll(
  context: Context,
  intent: Intent,
  { forbidden = "refuse" }: PlanOptions = {},
): Promise<readonly Planned[]> {
  const ordered = intent === "present" ? steps : steps.toReversed();
  const planned = (await together(ordered.map((step) => planOf(step, context, intent)))).flat();
  if (forbidden === "warn") return planned.map(warned);
  const refusals = planned.flatMap((one) => one.forbidden ?? []);
  if (refusals.length > 0) throw joined(refusals);
  return planned;
}

function warned(planned: Planned): Planned {
  const { change, forbidden } = planned;
  if (!forbidden) return planned;
  const warnings = [...(change.warnings ?? []), `you may not make this change: ${forbidden.message}`];
  return { ...planned, change: { ...change, warnings } };
}

function planOf(step: Step, context: Context, intent: Intent): Promise<readonly Planned[]> {
  if (!step.inCluster) return step.plan(context, intent);
  const { kube } = context;
  return kube ? step.plan({ ...context, kube }, intent) : Promise.resolve([]);
}

/** Shows what is done while it is. */
export interface Progress {
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

/** What is told while it is applied. */
export const titlesOf = (planned: readonly Planned[]): readonly string[] =>
  planned.filter(({ apply }) => apply).map(({ change }) => titleOf(change));

const titleOf = ({ step, target }: Change): string => `${step} ${target}`;

/** One after the other: each rests on the one before. */
export async function applyAll(planned: readonly Planned[], progress: Progress): Promise<void> {
  for (const { change, apply } of planned) {
    if (apply) await progress.during(titleOf(change), apply);
  }
}
