/** Termination protection: somebody said that this stack must stay. */
import { parseArn } from "../../arn.ts";
import type { Stack } from "../../aws/cloudformation.ts";
import { EksLambdaError } from "../../errors.ts";

/** Throws `StackProtected`. */
export function refuseProtected(stack: Stack | undefined): void {
  if (!stack?.isProtected) return;
  const { id, name } = stack;
  throw new EksLambdaError("StackProtected", `the stack "${name}" has termination protection`, {
    hint: `if it may go: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name} --region ${parseArn(id)?.region}`,
  });
}
