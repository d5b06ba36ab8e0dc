/** Deletes what a change set leaves that is not executed. If that fails, the error is still why it was not executed. */

import { parseArn } from "../arn.ts";
import type { ChangeSetIds } from "../aws/cloudformation.ts";
import { advice, adviceLines, command, type Hint, option } from "../command.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { adviceOf } from "../function-hints.ts";
import type { Waiting } from "../plan.ts";
import { removeBegun } from "./remove.ts";
import type { StackPorts } from "./wait.ts";

/** Deletes the change set. Returns what is left, and the command that deletes it; `undefined` if it is gone. */
export const discard = (
  { cloudformation }: Pick<StackPorts, "cloudformation">,
  ids: ChangeSetIds,
): Promise<Hint | undefined> =>
  cloudformation.deleteChangeSet(ids).then(
    () => undefined,
    (error: Error) =>
      advice`the change set is left, because ${error.message}; it changes nothing until someone executes it: ${command`aws cloudformation delete-change-set --change-set-name ${ids.id} ${inRegion(ids)}`}`,
  );

/** Deletes the change set and the new stack that it began. Returns as `discard`. */
export async function discardNew(
  ports: StackPorts,
  { ids, ...removal }: { readonly ids: ChangeSetIds; readonly id: string; readonly roleArn: string | undefined },
  waiting: Waiting,
): Promise<Hint | undefined> {
  await discard(ports, ids);
  try {
    await removeBegun(ports, removal, waiting);
    return undefined;
  } catch (error) {
    // Someone else uses the stack.
    if (hasCode(error, "StackChanged")) return undefined;
    return advice`the stack is left without resources, because ${(error as Error).message}; delete it: ${command`aws cloudformation delete-stack --stack-name ${ids.stackId} ${inRegion(ids)}`}`;
  }
}

const inRegion = ({ id }: ChangeSetIds): readonly string[] => option("--region", parseArn(id)?.region || undefined);

/** The same error, with what was left in its hint. */
export function withLeft(error: unknown, left: Hint | undefined): unknown {
  if (left === undefined || !(error instanceof EksLambdaError)) return error;
  return restated(error, error.message, { hint: adviceLines([adviceOf(error), left]), cause: error.cause });
}
