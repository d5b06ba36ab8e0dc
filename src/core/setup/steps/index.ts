/** The steps of setup. To add one, write its file and add it here. */
import { EksLambdaError } from "../../errors.ts";
import type { Change, Intent, Planned, Waiting } from "../../plan.ts";
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

/** All steps read side by side and write nothing; what they refuse is thrown. Teardown's order is the other way round. */
export async function planAll(context: Context, intent: Intent): Promise<readonly Planned[]> {
  const possible = steps.filter(({ inCluster }) => !inCluster || context.target.clusterExists);
  const ordered = intent === "present" ? possible : possible.toReversed();
  const outcomes = await Promise.allSettled(ordered.map((step) => step.plan(context, intent)));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason as unknown);
  if (refused.length > 0) throw joined(refused);
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
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

/** One error for a person who wants to mend all at once: the first one's code, everyone's message and hint. */
function joined(errors: readonly unknown[]): unknown {
  const [first, ...others] = errors;
  const more = others.filter((error) => error instanceof EksLambdaError);
  if (!(first instanceof EksLambdaError) || more.length === 0) return first;
  const distinct = [...new Map([first, ...more].map((error) => [error.message, error])).values()];
  return new EksLambdaError(first.code, distinct.map(({ message }) => message).join("\n"), {
    hint: [...new Set(distinct.flatMap(({ hint }) => hint ?? []))].join("\n") || undefined,
    cause: first,
    exitCode: first.exitCode,
  });
}
