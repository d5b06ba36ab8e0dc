/** The IAM role that a grant is for. */
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { roleNamed } from "../doctor/principal.ts";
import { EksLambdaError, usageError } from "../errors.ts";
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
export async function readRole({ iam, caller }: GrantContext, given: string): Promise<GrantedRole> {
  const unknown = { arn: mappableArn(given), principal: roleOfSession(given), identity: undefined };
  const { account } = parseArn(given) ?? {};
  if (account !== caller.account) return { ...unknown, unread: `it is in account ${account}` };
  try {
    const identity = await roleNamed(iam, given);
    if (!identity) return { ...unknown, unread: undefined };
    return { arn: mappableArn(identity.arn), principal: identity.arn, identity, unread: undefined };
  } catch (error) {
    if (!(error instanceof EksLambdaError && error.code === "AwsForbidden")) throw error;
    return { ...unknown, unread: error.message };
  }
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
    "create it first, with SAM, CDK, Terraform or `aws iam create-role`; `aws iam list-roles` shows those that exist",
  );
}
