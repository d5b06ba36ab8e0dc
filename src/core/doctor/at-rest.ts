/** Makes doctor report a stack operation in progress at once instead of waiting for it. */

import type { CloudFormation } from "../aws/cloudformation.ts";
import { advice, type Command, command } from "../command.ts";
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
        hint: advice`ask again when it is done: ${untilDone(found.status, name, region)}`,
      });
    },
  };
}

/**
 * The AWS CLI has a waiter for each operation, but none that ends well with the rollback of a creation or an import.
 * Source: https://github.com/boto/botocore/blob/develop/botocore/data/cloudformation/2010-05-15/waiters-2.json
 */
function untilDone(status: string, stack: string, region: string): Command {
  if (status.includes("ROLLBACK") && !status.startsWith("UPDATE_ROLLBACK"))
    return command`aws cloudformation describe-stacks --query 'Stacks[].StackStatus' --stack-name ${stack} --region ${region}`;
  const operation = status.startsWith("UPDATE_ROLLBACK") ? "rollback" : status.replace(/_.*/, "").toLowerCase();
  return command`aws cloudformation wait stack-${operation}-complete --stack-name ${stack} --region ${region}`;
}
