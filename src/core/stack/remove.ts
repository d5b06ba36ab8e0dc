/** Deletes a stack by its id, so that a new stack of the same name is kept. */

import type { Stack } from "../aws/cloudformation.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { refusesRole } from "../mapping/new-role.ts";
import type { Waiting } from "../plan.ts";
import { exportRefusal, refuseImported } from "./exports.ts";
import { causeOf, refuseProtected } from "./status.ts";
import { pause, type StackPorts, waitForStack } from "./wait.ts";

export const changeSetPrefix = "eks-lambda-";

/** Returns the stack if it has only change sets of setup that were not executed. */
export async function begunStack(
  { cloudformation }: Pick<StackPorts, "cloudformation">,
  stack: string,
): Promise<Stack | undefined> {
  const found = await cloudformation.stack(stack);
  if (found?.status !== "REVIEW_IN_PROGRESS") return undefined;
  const pending = await cloudformation.changeSets(found.id);
  return pending.every((name) => name.startsWith(changeSetPrefix)) ? found : undefined;
}

/** True for a stack whose creation failed because its role was new to EKS. The run ended before it deleted the stack. */
export const isAbandoned = async (
  { cloudformation }: Pick<StackPorts, "cloudformation">,
  { id, status }: Stack,
): Promise<boolean> => status === "ROLLBACK_COMPLETE" && refusesRole(causeOf(await cloudformation.events(id)));

export interface Removal {
  readonly id: string;
  /** The role that CloudFormation assumes. Without it, CloudFormation acts as the caller. */
  readonly roleArn: string | undefined;
  /** Called with the stack, read again before it is deleted. Throws if it is not the planned one. */
  readonly check?: (now: Stack) => Promise<unknown>;
}

/** Attempts while others change the stack. */
const maxAttempts = 5;

/** Deletes the stack and waits until it is gone. Throws `StackFailed`, `StackBusy`, `StackProtected`, `ExportInUse`. */
export async function removeStack(ports: StackPorts, removal: Removal, waiting: Waiting): Promise<void> {
  const { cloudformation } = ports;
  for (let attempt = 1; ; attempt++) {
    const now = await waitForStack(ports, removal.id, waiting);
    if (!now) return;
    await removal.check?.(now);
    refuseProtected(now);
    await refuseImported(cloudformation, now);
    try {
      await cloudformation.deleteStack(now.id, removal.roleArn);
      break;
    } catch (error) {
      // It may have been protected since it was read.
      refuseProtected(await cloudformation.stack(now.id).catch(() => undefined));
      if (!hasCode(error, "StackBusy") || attempt === maxAttempts)
        throw refusedFor(now, (error as Error).message) ?? error;
      await ports.clock.sleep(pause(attempt));
    }
  }
  const after = await waitForStack(ports, removal.id, waiting);
  if (!after) return;
  const reason = causeOf(await cloudformation.events(after.id));
  const refused = refusedFor(after, after.reason?.replace(/\.$/, "") ?? "") ?? refusedFor(after, reason);
  if (refused) throw refused;
  throw new EksLambdaError(
    "StackFailed",
    `the stack "${after.name}" is in ${after.status} after its deletion: ${reason}`,
    {
      hint: advice`fix that and run the command again; more in: ${command`aws cloudformation describe-stack-events --stack-name ${after.name}`}`,
    },
  );
}

/** CloudFormation cancels the deletion of a stack whose export is in use, and the stack is then in the status before. */
function refusedFor({ id, name, parameters }: Stack, reason: string): EksLambdaError | undefined {
  const refusal = exportRefusal(reason, { id, before: parameters, after: undefined });
  return refusal && new EksLambdaError(refusal.code, `the stack "${name}" could not be deleted: ${reason}`, refusal);
}

interface Leftover extends Pick<Removal, "id" | "roleArn"> {
  readonly isStill: (now: Stack) => Promise<boolean>;
}

/** Deletes a stack that a killed run left. Throws `StackChanged` if someone else has gone on with it. */
export const removeLeftover = (ports: StackPorts, { isStill, ...removal }: Leftover, waiting: Waiting): Promise<void> =>
  removeStack(
    ports,
    {
      ...removal,
      check: async (now) => {
        if (await isStill(now)) return;
        throw new EksLambdaError("StackChanged", `someone else changed the stack "${now.name}" meanwhile`, {
          hint: "run the command again to see the plan for the stack as it is now",
        });
      },
    },
    waiting,
  );

/** Deletes the stack that `begunStack` found. */
export const removeBegun = (
  ports: StackPorts,
  removal: Pick<Removal, "id" | "roleArn">,
  waiting: Waiting,
): Promise<void> =>
  removeLeftover(
    ports,
    { ...removal, isStill: async ({ id }) => (await begunStack(ports, id)) !== undefined },
    waiting,
  );

/** Deletes the stack that `isAbandoned` found. */
export const removeAbandoned = (
  ports: StackPorts,
  removal: Pick<Removal, "id" | "roleArn">,
  waiting: Waiting,
): Promise<void> => removeLeftover(ports, { ...removal, isStill: (now) => isAbandoned(ports, now) }, waiting);
