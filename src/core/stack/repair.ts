/** Deploys a stack after others changed or deleted its resources. */
import type { Stack } from "../aws/cloudformation.ts";
import { fieldOf, parametersOf } from "../parameters/deployed.ts";
import type { Waiting } from "../plan.ts";
import type { Deployment } from "./deploy.ts";
import type { Drift } from "./drift.ts";
import { deployWithEntry } from "./new-role.ts";
import { removeStack } from "./remove.ts";
import type { StackPorts } from "./wait.ts";

export interface Repair {
  readonly deployment: Deployment;
  readonly drift: Drift;
  /** Throws if the stack is not what the plan was made from. */
  readonly check: (now: Stack) => Promise<unknown>;
}

/**
 * Two updates delete the access entry and create it again. A change set that compares with the account restores the
 * rest. If CloudFormation cannot do that, or finds nothing to restore, the stack is deleted and created again. Code that
 * somebody changed needs no such change set: the template has other code than before.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
 */
export async function repairStack(
  ports: StackPorts,
  { deployment, drift, check }: Repair,
  waiting: Waiting,
): Promise<void> {
  const { planned, parameters, roleArn } = deployment;
  const mustRevert = drift.reverted.length > 0;
  const revertsDrift = mustRevert || drift.code !== undefined;
  const remakesEntry = drift.entry !== undefined && fieldOf("mapByAccessEntry", parameters);
  const first = remakesEntry ? { ...parameters, ...parametersOf({ mapByAccessEntry: false }) } : parameters;
  const outcome = await deployWithEntry(ports, { ...deployment, parameters: first, revertsDrift, mustRevert }, waiting);
  if (!planned) return;
  if (mustRevert && outcome === "unchanged") {
    await removeStack(ports, { id: planned.id, roleArn, check }, waiting);
    await deployWithEntry(ports, { ...deployment, planned: undefined }, waiting);
  } else if (remakesEntry) {
    const now = await ports.cloudformation.stack(planned.id);
    await deployWithEntry(ports, { ...deployment, planned: now }, waiting);
  }
}
