/** Makes doctor report a stack operation in progress at once instead of waiting for it. */
import type { CloudFormation } from "../aws/cloudformation.ts";
import { EksLambdaError } from "../errors.ts";

/** Its `stack` throws `StackUnderWay`. */
export function atRest(cloudformation: CloudFormation, region: string): CloudFormation {
  return {
    ...cloudformation,
    async stack(name) {
      const found = await cloudformation.stack(name);
      if (!found || found.status === "REVIEW_IN_PROGRESS" || !found.status.endsWith("_IN_PROGRESS")) return found;
      const events = await cloudformation.events(found.id);
      const [latest] = events.filter(({ status }) => status.endsWith("_IN_PROGRESS"));
      const what = latest && latest.logicalId !== name ? `: ${latest.logicalId} (${latest.status})` : "";
      throw new EksLambdaError("StackUnderWay", `the stack "${name}" is in ${found.status}${what}`, {
        hint: `ask again when it is done: aws cloudformation ${untilDone(found.status)} --stack-name ${name} --region ${region}`,
      });
    },
  };
}

/**
 * The AWS CLI has a waiter for each operation, but none that ends well with the rollback of a creation or an import.
 * Source: https://github.com/boto/botocore/blob/develop/botocore/data/cloudformation/2010-05-15/waiters-2.json
 */
function untilDone(status: string): string {
  if (status.startsWith("UPDATE_ROLLBACK")) return "wait stack-rollback-complete";
  if (status.includes("ROLLBACK")) return "describe-stacks --query 'Stacks[].StackStatus'";
  return `wait stack-${status.replace(/_.*/, "").toLowerCase()}-complete`;
}
