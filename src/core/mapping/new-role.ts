/**
 * EKS refuses a role that was just created, until it has the role from IAM: usually some ten seconds.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */

import type { Clock } from "../clock.ts";
import type { Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Waiting } from "../plan.ts";

/** Milliseconds before each further attempt: together two minutes. */
const pauses: readonly number[] = [2_000, 4_000, 8_000, 16_000, 32_000, 64_000];

/** EKS's words, which CloudFormation repeats. A role that never existed gets the same. */
export const refusesRole = (words: string): boolean => /principalArn is invalid: invalid principal/i.test(words);

interface Attempts {
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** True for EKS's refusal. */
  readonly isTooNew: (error: unknown) => boolean;
  /** The error when EKS still refuses the role. */
  readonly otherwise: { readonly roleArn: string; readonly hint: Hint };
}

/** Attempts it until EKS knows the role. Throws `RoleTooNew`. */
export async function onceKnown<T>(
  attempt: () => Promise<T>,
  { clock, waiting, isTooNew, otherwise: { roleArn, hint } }: Attempts,
): Promise<T> {
  for (let failed = 0; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTooNew(error)) throw error;
      const pause = pauses[failed];
      if (pause === undefined)
        throw new EksLambdaError(
          "RoleTooNew",
          `EKS still refuses the role ${roleArn} after two minutes, as it does until it knows a new role`,
          { hint, cause: error },
        );
      waiting("EKS to know the new role");
      await clock.sleep(pause);
    }
  }
}
