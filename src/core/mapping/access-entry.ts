/** An access entry that is for an earlier role, and the command that deletes one. */

import type { AccessEntry } from "../aws/eks.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { type Command, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { EntryPlace } from "./access-policies.ts";

/** An entry remembers the unique id of the role for which it was made: one that is older than the role gives no access. */
export const isDead = (
  entry: Pick<AccessEntry, "createdAt">,
  role: Pick<RoleIdentity, "createdAt"> | undefined,
): boolean => entry.createdAt !== undefined && role?.createdAt !== undefined && entry.createdAt < role.createdAt;

/** The command that deletes the access entry of a role. */
export const deleteEntry = ({ cluster, region, principalArn }: EntryPlace): Command =>
  command`aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${principalArn} --region ${region}`;

export const deadEntry = ({ principalArn }: EntryPlace, hint: Hint): EksLambdaError =>
  new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${principalArn} is older than the role: it is for an earlier role of that name, and gives no access`,
    { hint },
  );
