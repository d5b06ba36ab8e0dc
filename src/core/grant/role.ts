/** The IAM role that a grant is for. */

import { parseArn } from "../arn.ts";
import { advice, command, option } from "../command.ts";
import { usageError } from "../errors.ts";
import { stackOfOwner } from "../kube/owner.ts";
import type { NamedRole } from "../mapping/principal.ts";
import { nameInStack, roleOfStack } from "../stack/names.ts";
import type { GrantContext } from "./context.ts";

/** Setup maps the role of a function, and gives it its rights. Throws `RoleOfFunction`. `owners` are those of objects in the cluster. */
export function refuseFunctionRole(
  { cluster, region, caller }: GrantContext,
  { arn }: NamedRole,
  owners: readonly string[],
): void {
  const { account, resource } = parseArn(arn) ?? {};
  const stack = owners
    .flatMap((owner) => stackOfOwner(owner, { account: caller.account, region }) ?? [])
    .find((one) => account === caller.account && resource === `role/${roleOfStack(cluster.name, region, one)}`);
  if (stack === undefined) return;
  const name = nameInStack(cluster.name, stack);
  throw usageError(
    "RoleOfFunction",
    `${arn} is the role of the function of the stack "${stack}", which has what setup gives it`,
    advice`see what is wrong with the function: ${command`eks-lambda doctor ${option("--name", name)}`}\nmore rights come from the flag --allow of setup, or from what your code declares`,
  );
}
