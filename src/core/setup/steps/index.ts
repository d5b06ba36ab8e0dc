/** The steps of setup. To add one, write its file and add it here. */
import { EksLambdaError, restated } from "../../errors.ts";
import {
  type Change,
  type Intent,
  joined,
  type Planned,
  type PlanOptions,
  type Progress,
  permitted,
  together,
  type Wait,
  type Waiting,
} from "../../plan.ts";
import { changesRights } from "../../rbac/rights.ts";
import type { Context, Step } from "../../setup/context.ts";
import { leavesEntry, previousNames } from "../previous-names.ts";
import type { Target } from "../target.ts";
import { accessModeStep } from "./access-mode.ts";
import { awsAuthStep } from "./aws-auth.ts";
import { kubeconfigStep } from "./kubeconfig.ts";
import { rbacStep } from "./rbac.ts";
import { stackStep } from "./stack.ts";
import { workloadsStep } from "./workloads.ts";

/** Setup applies the steps in this order. */
export const steps: readonly Step[] = [accessModeStep, stackStep, workloadsStep, awsAuthStep, rbacStep, kubeconfigStep];

/**
 * The order of teardown. The mapping is removed before the bindings, because they identify its owner; workloads after the
 * rights to create them; and the stack after both, because it has their names.
 */
const removing: readonly Step[] = [kubeconfigStep, awsAuthStep, rbacStep, workloadsStep, stackStep, accessModeStep];

/**
 * When names change, what the new user may do comes first, then its mapping: the function works all the time. What the
 * earlier names left is late, after the checks.
 */
const moving: readonly Step[] = [accessModeStep, rbacStep, awsAuthStep, stackStep, workloadsStep, kubeconfigStep];

/** A role is mapped after it exists: before that, a role that somebody else makes with its name would be our user. */
const renaming: readonly Step[] = [accessModeStep, rbacStep, stackStep, workloadsStep, awsAuthStep, kubeconfigStep];

function inOrder(target: Target, intent: Intent): readonly Step[] {
  if (intent === "absent") return removing;
  const earlier = previousNames(target);
  if (earlier && earlier.roleName !== target.roleName) return renaming;
  return earlier || leavesEntry(target) || changesRights(target) ? moving : steps;
}

/**
 * Plans all steps in parallel and writes nothing. Teardown reverses their order. Throws the errors of all steps as one.
 */
export async function planAll(
  context: Context,
  intent: Intent,
  options: PlanOptions = {},
): Promise<readonly Planned[]> {
  const ordered = inOrder(context.target, intent);
  const planned = (await together(ordered.map((step) => planOf(step, context, intent)))).flat();
  return permitted(planned, options);
}

function planOf(step: Step, context: Context, intent: Intent): Promise<readonly Planned[]> {
  if (!step.inCluster) return step.plan(context, intent);
  const { kube } = context;
  return kube ? step.plan({ ...context, kube }, intent) : Promise.resolve([]);
}

/** The titles that `applyAll` shows. */
export const titlesOf = (planned: readonly Planned[]): readonly string[] =>
  planned.filter(({ apply }) => apply).map(({ change }) => titleOf(change));

const titleOf = ({ step, target }: Change): string => `${step} ${target}`;

/**
 * Applies one change after the other. One that fails stops only those that need all before them. What others have to
 * complete, such as a finalizer, is waited for last. Throws the errors of all.
 */
export async function applyAll(planned: readonly Planned[], progress: Progress): Promise<void> {
  const [failures, skipped, waits]: [unknown[], string[], Wait[]] = [[], [], []];
  const during = (title: string, wait: Wait) =>
    progress.during(title, wait).catch((error: unknown) => void failures.push(error));
  for (const { change, apply, needsAll } of planned) {
    if (apply && needsAll && failures.length > 0) skipped.push(titleOf(change));
    else if (apply) await during(titleOf(change), (waiting) => apply(waiting, (wait) => waits.push(wait)));
  }
  if (waits.length > 0) await during("finalizers", (waiting) => untilAll(waits, waiting));
  if (failures.length > 0) throw withSkipped(joined(failures), skipped);
}

/** Reports what is still waited for. */
async function untilAll(waits: readonly Wait[], waiting: Waiting): Promise<void> {
  const reasons = new Map<Wait, string>();
  const until = async (wait: Wait) => {
    await wait((what) => waiting([...reasons.set(wait, what).values()].join(", ")));
    reasons.delete(wait);
  };
  await together(waits.map(until));
}

function withSkipped(error: unknown, skipped: readonly string[]): unknown {
  if (!(error instanceof EksLambdaError) || skipped.length === 0) return error;
  const message = `${error.message}; because of that not done: ${skipped.join(", ")}`;
  return restated(error, message, { hint: error.hint, cause: error });
}
