/** Finds the role of an ARN with its path, which STS does not report and an access entry needs. */

import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { Iam, RoleIdentity } from "../aws/iam.ts";
import { sameArn } from "../aws-auth/text.ts";
import { type Command, command } from "../command.ts";

/** Returns `undefined` if there is no such role in the caller's account. Throws `AwsForbidden`. */
export async function roleNamed(iam: Pick<Iam, "role">, arn: string): Promise<RoleIdentity | undefined> {
  const name = parseArn(roleOfSession(arn))?.resource.split("/").at(-1) ?? "";
  const found = await iam.role(name);
  return found && sameArn(mappableArn(found.arn), mappableArn(arn)) ? found : undefined;
}

/** A role of IAM Identity Center, which has a path. */
const ssoRole = /^role\/(AWSReservedSSO_[^/]+)$/;

/**
 * Returns the ARN for a command about an access entry. If the caller may not read the role, the command itself asks IAM
 * for the ARN of a role of IAM Identity Center.
 */
export async function principalFor(iam: Pick<Iam, "role">, arn: string): Promise<string | Command> {
  const role = await roleNamed(iam, arn).catch(() => undefined);
  if (role) return role.arn;
  const principal = roleOfSession(arn);
  const [, name] = ssoRole.exec(parseArn(principal)?.resource ?? "") ?? [];
  return name === undefined ? principal : command`aws iam get-role --role-name ${name} --query Role.Arn --output text`;
}
