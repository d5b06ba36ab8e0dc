/** Finds the role of an ARN with its path, which STS does not report and an access entry needs. */
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { Iam, RoleIdentity } from "../aws/iam.ts";
import type { Caller } from "../aws/sts.ts";
import { advice, type Command, command } from "../command.ts";
import { hasCode, usageError } from "../errors.ts";
import { sameArn } from "./aws-auth/text.ts";

export interface NamedRole {
  /** Without its path, as aws-auth names it. It is also the Kubernetes user of a new mapping. */
  readonly arn: string;
  /** With its path, as access entries name it. */
  readonly principal: string;
  /** `undefined`: it does not exist, or the caller may not read it. */
  readonly identity: RoleIdentity | undefined;
  /** Why it is not known whether the role exists. */
  readonly unread: string | undefined;
}

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

/** `given` is the ARN of a role or of a session. */
export async function readRole(
  { iam, caller }: { readonly iam: Pick<Iam, "role">; readonly caller: Pick<Caller, "account"> },
  given: string,
): Promise<NamedRole> {
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

/**
 * A role that someone creates later under that name inherits the mapping. Throws `RoleNotFound`. Returns a warning where it is not
 * known whether the role exists.
 */
export function refuseMissing({ arn, identity, unread }: NamedRole): readonly string[] {
  if (unread !== undefined) return [`it is not known whether the role exists: ${unread}`];
  if (identity) return [];
  throw usageError(
    "RoleNotFound",
    `there is no role ${arn}`,
    advice`create it first, with SAM, CDK, Terraform or \`${command`aws iam create-role`}\`; \`${command`aws iam list-roles`}\` shows those that exist`,
  );
}
