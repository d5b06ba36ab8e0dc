/** The role behind an ARN, with its path, which STS does not tell and an access entry needs. */
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { Iam, RoleIdentity } from "../aws/iam.ts";
import { sameArn } from "../aws-auth/text.ts";

/** `undefined`: there is none, or it is in another account: IAM knows the caller's alone. Throws `AwsForbidden`. */
export async function roleNamed(iam: Iam, arn: string): Promise<RoleIdentity | undefined> {
  const name = parseArn(roleOfSession(arn))?.resource.split("/").at(-1) ?? "";
  const found = await iam.role(name);
  return found && sameArn(mappableArn(found.arn), mappableArn(arn)) ? found : undefined;
}

/** A role of IAM Identity Center, whose path nobody knows by heart. */
const ssoRole = /^role\/(AWSReservedSSO_[^/]+)$/;

/**
 * The ARN to write into a command for an access entry. Where IAM cannot be asked, the command asks it for a role of IAM
 * Identity Center.
 */
export async function principalFor(iam: Iam, arn: string): Promise<string> {
  const role = await roleNamed(iam, arn).catch(() => undefined);
  if (role) return role.arn;
  const principal = roleOfSession(arn);
  const [, name] = ssoRole.exec(parseArn(principal)?.resource ?? "") ?? [];
  return name === undefined ? principal : `$(aws iam get-role --role-name ${name} --query Role.Arn --output text)`;
}
