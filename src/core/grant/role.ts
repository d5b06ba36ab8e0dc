/** The IAM role that a grant is for. */

import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { advice, command, option } from "../command.ts";
import { roleNamed } from "../doctor/principal.ts";
import { hasCode, usageError } from "../errors.ts";
import { stackOfOwner } from "../kube/owner.ts";
import { nameInStack, roleOfStack } from "../setup/names.ts";
import type { GrantContext } from "./context.ts";

export interface GrantedRole {
  /** Without its path, as aws-auth names it. It is also the Kubernetes user of a new mapping. */
  readonly arn: string;
  /** With its path, as access entries name it. */
  readonly principal: string;
  /** `undefined`: it does not exist, or the caller may not read it. */
  readonly identity: RoleIdentity | undefined;
  /** Why it is not known whether the role exists. */
  readonly unread: string | undefined;
}

/** `given` is the ARN of a role or of a session. */
export async function readRole(
  { iam, caller }: Pick<GrantContext, "iam" | "caller">,
  given: string,
): Promise<GrantedRole> {
  const unknown = { arn: mappableArn(given), principal: roleOfSession(given), identity: undefined };
  const { account } = parseArn(given) ?? {};
  if (account !== caller.account) return { ...unknown, unread: `it is in account ${account}` };
  try {
    const identity = await roleNamed(iam, given);
    if (!identity) return { ...unknown, unread: undefined };
    return { arn: mappableArn(identity.arn), principal: identity.arn, identity, unread: undefined };
  } catch (error) {
    if (!hasCode(error, "AwsForbidden")) throw error;
    return { ...unknown, unread: error.message };
  }
}

/** Setup maps the role of a function, and gives it its rights. Throws `RoleOfFunction`. `owners` are those of objects in the cluster. */
export function refuseFunctionRole(
  { cluster, region, caller }: GrantContext,
  { arn }: GrantedRole,
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

/**
 * A role that someone creates later under that name inherits the mapping. Throws `RoleNotFound`. Returns a warning where it is not
 * known whether the role exists.
 */
export function refuseMissing({ arn, identity, unread }: GrantedRole): readonly string[] {
  if (unread !== undefined) return [`it is not known whether the role exists: ${unread}`];
  if (identity) return [];
  throw usageError(
    "RoleNotFound",
    `there is no role ${arn}`,
    advice`create it first, with SAM, CDK, Terraform or \`${command`aws iam create-role`}\`; \`${command`aws iam list-roles`}\` shows those that exist`,
  );
}
