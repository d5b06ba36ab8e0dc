/** Deploys a stack that makes an access entry for its role, which EKS may not know yet. */
import { onceKnown } from "../mapping/new-role.ts";
import { fieldOf, parametersOf } from "../parameters/deployed.ts";
import type { Waiting } from "../plan.ts";
import { type Deployment, deployStack, isTooNew, type Outcome } from "./deploy.ts";
import { roleArn } from "./resources.ts";
import type { StackPorts } from "./wait.ts";

/**
 * Deploys the whole stack at once. Only if EKS does not know its role, deploys it without the entry, so that the role
 * stays and gets older, and adds the entry then. A run that is killed leaves a stack that the next one completes.
 */
export async function deployWithEntry(ports: StackPorts, deployment: Deployment, waiting: Waiting): Promise<Outcome> {
  try {
    return await deployStack(ports, deployment, waiting);
  } catch (error) {
    if (!isTooNew(error)) throw error;
  }
  const { cloudformation, clock } = ports;
  const { stack, parameters, tags, planned, template, roleArn: deployer } = deployment;
  const without = { ...parameters, ...parametersOf({ mapByAccessEntry: false }) };
  waiting("the stack without its access entry, because EKS does not know the new role yet");
  await deployStack(ports, { ...deployment, parameters: without }, waiting);
  const made = await cloudformation.stack(planned?.id ?? stack);
  // What others change meanwhile is not overwritten.
  const before = made && { ...made, parameters: without, tags };
  const whole = { stack, template, parameters, tags, roleArn: deployer, planned: before };
  return onceKnown(() => deployStack(ports, whole, waiting), {
    clock,
    waiting,
    isTooNew,
    otherwise: {
      roleArn: roleArn(made?.id ?? "", {
        rolePath: fieldOf("rolePath", parameters),
        roleName: fieldOf("roleName", parameters),
      }),
      hint: `the stack "${stack}" is deployed without its access entry: run the command again, which adds it`,
    },
  });
}
