/** Finds the function that `--name`, `--stack` or `--function` selects. */

import { cloudformation } from "../core/aws/cloudformation.ts";
import { advice, command } from "../core/command.ts";
import { EksLambdaError } from "../core/errors.ts";
import { fieldOf } from "../core/parameters/deployed.ts";
import { functionNameOf } from "../core/stack/found.ts";
import { stackName } from "../core/stack/names.ts";
import type { Flags } from "./flag-table.ts";
import { checkSetting } from "./flags.ts";
import { learnFunction } from "./hints.ts";
import type { Session } from "./session.ts";

/** Throws `InvalidFlag`. */
export function checkFunctionFlags({ name, stack }: Flags): void {
  checkSetting("name", name);
  checkSetting("stack", stack);
}

/**
 * Reads the name from the stack's output, because setup can choose it. What hints need to name the same function is
 * learned. Throws `NotSetUp`, `StackInvalid`.
 */
export async function deployedFunction(session: Session, flags: Flags): Promise<string> {
  if (flags.function !== undefined) return flags.function;
  const stack = flags.stack ?? stackName(await session.clusterName(), flags.name);
  const found = await cloudformation(session.aws).stack(stack);
  const name = found && functionNameOf(found, { stack, region: session.region });
  learnFunction(flags, { name: fieldOf("name", found?.parameters), entry: fieldOf("entry", found?.parameters) });
  if (name !== undefined) return name;
  throw new EksLambdaError("NotSetUp", `no complete stack named "${stack}" in ${session.region}`, {
    hint: advice`run \`${command`eks-lambda setup`}\`; or choose a function of \`${command`eks-lambda list`}\` with --name, --stack or --function`,
  });
}
