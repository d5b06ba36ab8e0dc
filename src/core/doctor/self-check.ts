/** Invokes the function to check its own rights. `setup`'s last step and doctor's last link. */

import { functionError } from "../actions/function-error.ts";
import type { Invocation, Lambda } from "../aws/lambda.ts";
import type { Clock } from "../clock.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode, shown } from "../errors.ts";
import { type Check, isPassed } from "../kube/review.ts";
import type { Waiting } from "../plan.ts";
import type { Origin } from "../rbac/rights.ts";
import { pauseMs, spreadMs } from "../rbac/spreading.ts";

export interface Checked {
  readonly lambda: Pick<Lambda, "invoke">;
  readonly functionName: string;
  /** Whose check it is. */
  readonly origin: Exclude<Origin, "allow">;
  readonly clock: Clock;
  readonly waiting: Waiting;
  readonly passes?: (check: Check) => boolean;
  /** True if no wait changes the answer. */
  readonly isFinal?: (checks: readonly Check[]) => Promise<boolean>;
}

/** The events that ask a function for its checks. */
export const checkEvents = { stock: { action: "check" }, code: { "eks-lambda": "check" } } as const;

/**
 * Invokes `check` until every check passes or the answer is final, for at most `spreadMs`; then returns the last answer. Aborts an invocation
 * that is still running. Throws the function's error, or `AwsUnreachable` if it never answered.
 */
export async function checkFunction({
  lambda,
  functionName,
  origin,
  clock,
  waiting,
  passes = isPassed,
  isFinal = async () => false,
}: Checked): Promise<readonly Check[]> {
  const end = clock.now() + spreadMs;
  let answer: Invocation | undefined;
  for (;;) {
    try {
      answer = await lambda.invoke(functionName, checkEvents[origin], end - clock.now());
    } catch (error) {
      const isInTime = clock.now() + pauseMs < end;
      if (isInTime && isRoleNew(error)) {
        waiting("Lambda to know the new role");
        await clock.sleep(pauseMs);
        continue;
      }
      if (!answer || isInTime) throw error;
    }
    const { payload, failed } = answer;
    const checks = failed ? [] : checksOf(payload, functionName);
    if (!failed && (checks.every(passes) || (await isFinal(checks)))) return checks;
    const error = failed ? functionError(payload) : undefined;
    const spreading = !error || error.code === "Unauthorized" || error.code === "Forbidden";
    if (!spreading || clock.now() + pauseMs >= end) {
      if (error) throw error;
      return checks;
    }
    waiting(`the cluster to know the role (${error?.code ?? "rights"})`);
    await clock.sleep(pauseMs);
  }
}

/** Several actions may need the same right. */
const merged = (checks: readonly Check[]): readonly Check[] =>
  [...new Set(checks.map(({ name }) => name))].map((name) => ({
    name,
    ok: checks.every((check) => check.name !== name || check.ok),
  }));

/** Lambda knows a role some seconds after CloudFormation has created it. */
const isRoleNew = (error: unknown): boolean => hasCode(error, "FunctionRoleChanged");

/** The warnings in the function's answer, such as that it cannot reach S3. */
export function warningsOf(payload: unknown): readonly string[] {
  const { warnings } = Object(payload) as { readonly warnings?: unknown };
  return Array.isArray(warnings) ? warnings.filter((one: unknown): one is string => typeof one === "string") : [];
}

/** The checks in the function's answer. Throws `UnexpectedAnswer`. */
export function checksOf(payload: unknown, functionName: string): readonly Check[] {
  const { checks } = (payload ?? {}) as { readonly checks?: unknown };
  if (Array.isArray(checks) && checks.every((check: Partial<Check> | null) => typeof check?.name === "string"))
    return merged(checks);
  throw new EksLambdaError(
    "UnexpectedAnswer",
    `the function ${functionName} answered its checks with ${shown(payload)}`,
    { hint: advice`someone replaced its code: run ${command`eks-lambda teardown`}, then ${command`eks-lambda setup`}` },
  );
}
