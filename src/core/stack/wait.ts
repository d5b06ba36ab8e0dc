/** Waits until no operation on a stack is in progress. */
import type { CloudFormation, Stack } from "../aws/cloudformation.ts";
import type { Clock } from "../clock.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Waiting } from "../plan.ts";

export interface StackPorts {
  readonly cloudformation: CloudFormation;
  readonly clock: Clock;
}

/** Milliseconds between two reads: short at first, for quick changes, then longer. */
export const pause = (look: number): number => Math.min(100 * 1.5 ** look, 3_000);

/** Lambda can take 40 minutes to delete the network interfaces of a function. */
const limitMs = 60 * 60_000;

/**
 * Takes a name or an id. Reports which resource it waits for. Returns `undefined` if there is no such stack. Throws
 * `StackFailed` after an hour.
 */
export async function waitForStack(
  { cloudformation, clock }: StackPorts,
  stackName: string,
  waiting: Waiting,
): Promise<Stack | undefined> {
  const end = clock.now() + limitMs;
  for (let look = 0; ; look++) {
    const stack = await cloudformation.stack(stackName);
    if (!stack || stack.status === "REVIEW_IN_PROGRESS" || !stack.status.endsWith("_IN_PROGRESS")) return stack;
    if (clock.now() >= end) throw unfinished(stack);
    const [latest] = (await cloudformation.events(stack.id)).filter(({ status }) => status.endsWith("_IN_PROGRESS"));
    waiting(latest ? `${latest.logicalId} (${latest.status})` : `${stack.name} (${stack.status})`);
    await clock.sleep(pause(look));
  }
}

const unfinished = ({ name, status }: Stack): EksLambdaError =>
  new EksLambdaError("StackFailed", `the stack "${name}" is still in ${status} after ${limitMs / 60_000} minutes`, {
    hint: advice`run the command again to continue waiting; to see what CloudFormation waits for: ${command`aws cloudformation describe-stack-events --stack-name ${name}`}`,
  });
