/** Waits until no operation on a stack is in progress. */
import type { CloudFormation, Stack } from "../../aws/cloudformation.ts";
import type { Clock } from "../../clock.ts";
import type { Waiting } from "../../plan.ts";

export interface StackPorts {
  readonly cloudformation: CloudFormation;
  readonly clock: Clock;
}

/** Milliseconds between two reads: short at first, for quick changes, then longer. */
export const pause = (look: number): number => Math.min(100 * 1.5 ** look, 3_000);

/** Takes a name or an id. Reports which resource it waits for. Returns `undefined` if there is no such stack. */
export async function settled(
  { cloudformation, clock }: StackPorts,
  stackName: string,
  waiting: Waiting,
): Promise<Stack | undefined> {
  for (let look = 0; ; look++) {
    const stack = await cloudformation.stack(stackName);
    if (!stack || stack.status === "REVIEW_IN_PROGRESS" || !stack.status.endsWith("_IN_PROGRESS")) return stack;
    const [latest] = (await cloudformation.events(stack.id)).filter(({ status }) => status.endsWith("_IN_PROGRESS"));
    waiting(latest ? `${latest.logicalId} (${latest.status})` : `${stack.name} (${stack.status})`);
    await clock.sleep(pause(look));
  }
}
