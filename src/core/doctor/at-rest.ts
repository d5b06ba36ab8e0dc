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
        hint: `ask again when it is done: aws cloudformation wait stack-${waiterFor(found.status)}-complete --stack-name ${name} --region ${region}`,
      });
    },
  };
}

/** The AWS CLI has a waiter for each operation. That for rollbacks waits for UPDATE_ROLLBACK_COMPLETE alone. */
const waiterFor = (status: string): string => {
  if (status.startsWith("UPDATE_ROLLBACK")) return "rollback";
  return status.startsWith("ROLLBACK") ? "create" : status.replace(/_.*/, "").toLowerCase();
};
