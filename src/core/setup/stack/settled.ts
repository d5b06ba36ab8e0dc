/** A stack when nothing is under way in it. */
import type { CloudFormation, Stack } from "../../aws/cloudformation.ts";
import type { Clock } from "../../clock.ts";
import type { Waiting } from "../../plan.ts";

export interface StackPorts {
  readonly cloudformation: CloudFormation;
  readonly clock: Clock;
}

/** Milliseconds between two looks: soon at first, for stand-ins and small changes, then as CloudFormation likes it. */
export const pause = (look: number): number => Math.min(100 * 1.5 ** look, 3_000);

/** By name or id. Reports which resource it waits for; `undefined`: there is no such stack. */
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
