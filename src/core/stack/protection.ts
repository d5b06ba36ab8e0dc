/** Termination protection: somebody said that this stack must stay. */

import { parseArn } from "../arn.ts";
import type { Stack } from "../aws/cloudformation.ts";
import { advice, command, option } from "../command.ts";
import { EksLambdaError } from "../errors.ts";

/** Throws `StackProtected`. */
export function refuseProtected(stack: Stack | undefined): void {
  if (!stack?.isProtected) return;
  const { id, name } = stack;
  throw new EksLambdaError("StackProtected", `the stack "${name}" has termination protection`, {
    hint: advice`if it may go: ${command`aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name} ${option("--region", parseArn(id)?.region)}`}`,
  });
}
