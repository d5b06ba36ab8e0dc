/** The user that the cluster maps the role to, and who made that mapping. */
import type { AccessEntry } from "../aws/eks.ts";
import { type AwsAuthMap, readAwsAuth } from "../aws-auth/config-map.ts";
import { entryOf } from "../aws-auth/text.ts";
import { advice } from "../command.ts";
import type { Identity } from "../doctor/facts.ts";
import { identityIn } from "../doctor/mapping.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { deleteEntry, isDead } from "../mapping/choose.ts";
import { modeOf } from "../mapping/modes.ts";
import type { GrantContext } from "./context.ts";
import { awsAuthMark, grantId, grantKey, type MadeMapping } from "./marks.ts";
import type { GrantedRole } from "./role.ts";

export interface FoundMapping {
  /** `undefined`: the role has none, or one that grant makes again. */
  readonly identity: Identity | undefined;
  /** Who made it. */
  readonly made: MadeMapping;
  /** An access entry that grant made for an earlier role of that name. */
  readonly isDead: boolean;
  /** `undefined`: there is none, or the cluster does not read it. */
  readonly awsAuth: AwsAuthMap | undefined;
}

/**
 * Looks where the authenticator looks: at the access entry, then at aws-auth. Throws `AccessEntryDead` for someone else's,
 * `AwsAuthInvalid`, `RoleNotMapped` for an entry without a username.
 */
export async function readMapping(
  { cluster, region, eks, kube }: GrantContext,
  role: GrantedRole,
): Promise<FoundMapping> {
  const { readsEntries, readsAwsAuth } = modeOf(cluster.authenticationMode);
  const [entry, awsAuth] = await Promise.all([
    readsEntries ? eks.accessEntry(cluster.name, role.principal) : undefined,
    readsAwsAuth ? readAwsAuth(kube) : undefined,
  ]);
  const isOurs = entry !== undefined && isTagged(entry, role) && isWrittenByGrant(entry, role);
  const dead = entry !== undefined && isDead(entry, role.identity);
  if (entry && !dead) {
    const { username, groups } = entry;
    const identity = { username, groups, by: "its access entry" };
    return { identity, made: isOurs ? "access-entry" : "others", isDead: false, awsAuth };
  }
  if (dead && !isOurs) throw deadEntry(role.principal, cluster.name, region);
  if (dead) return { identity: undefined, made: "access-entry", isDead: true, awsAuth };
  const identity = identityFrom(awsAuth, role.arn);
  const made = identity && isMarked(awsAuth, role) && isWrittenByGrant(identity, role) ? "aws-auth" : "others";
  return { identity, made, isDead: false, awsAuth };
}

type User = Pick<Identity, "username" | "groups">;

/** A person may have changed an entry since: it is as grant writes it, or someone else's. */
export const isWrittenByGrant = ({ username, groups }: User, { arn }: Pick<GrantedRole, "arn">): boolean =>
  username === arn && groups.length === 0;

/** Grant made the access entry. */
export const isTagged = ({ tags }: Pick<AccessEntry, "tags">, { arn }: Pick<GrantedRole, "arn">): boolean =>
  tags?.[grantKey] === grantId(arn);

/** Grant made the role's entry in aws-auth. */
export const isMarked = (map: AwsAuthMap | undefined, { arn }: Pick<GrantedRole, "arn">): boolean =>
  map?.metadata.annotations?.[awsAuthMark(arn)] !== undefined;

/** Throws for an entry that names nobody: to complete it would change what someone else wrote. */
function identityFrom(awsAuth: AwsAuthMap | undefined, arn: string): Identity | undefined {
  const { data = {} } = awsAuth ?? {};
  try {
    return identityIn(data, arn);
  } catch (error) {
    const isMissing = hasCode(error, "RoleNotMapped");
    if (!isMissing) throw error;
    if (entryOf(data.mapRoles, arn) === undefined) return undefined;
    throw restated(error, error.message, {
      hint: "someone else wrote this entry, and grant does not change it: give it a username, or remove it",
    });
  }
}

const deadEntry = (arn: string, cluster: string, region: string) =>
  new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${arn} is older than the role: it is for an earlier role of that name, and lets nobody in`,
    { hint: advice`${deleteEntry(cluster, arn, region)}, then grant again` },
  );
