/** Termination protection: somebody said that this stack must stay. */
import { EksLambdaError } from "../../errors.ts";
import type { Target } from "../target.ts";

/** Throws `StackProtected`. */
export function refuseProtected({ found, stack, region }: Pick<Target, "found" | "stack" | "region">): void {
  if (!found?.isProtected) return;
  throw new EksLambdaError("StackProtected", `the stack "${stack}" has termination protection`, {
    hint: `if it may go: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${stack} --region ${region}`,
  });
}
