/** The user that the cluster maps the role to, and who made that mapping. */

import type { AccessEntry } from "../aws/eks.ts";
import { advice } from "../command.ts";
import { deadEntry, deleteEntry } from "../mapping/access-entry.ts";
import type { EntryPlace } from "../mapping/access-policies.ts";
import { type AwsAuthMap, readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import { entryOf } from "../mapping/aws-auth/text.ts";
import { findMapping, type Identity, notMapped } from "../mapping/identity.ts";
import { modeOf } from "../mapping/modes.ts";
import type { NamedRole } from "../mapping/principal.ts";
import type { GrantContext } from "./context.ts";
import { awsAuthMark, grantId, grantKey, type MadeMapping } from "./marks.ts";

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

/** Where the role's access entry is. */
export const entryPlaceOf = (
  { cluster, region }: Pick<GrantContext, "cluster" | "region">,
  { principal }: Pick<NamedRole, "principal">,
): EntryPlace => ({ cluster: cluster.name, region, principalArn: principal });

/** Throws `AccessEntryDead` for someone else's, `AwsAuthInvalid`, `RoleNotMapped` for an entry without a username. */
export async function readMapping(
  { cluster, region, eks, kube }: GrantContext,
  role: NamedRole,
): Promise<FoundMapping> {
  // Others in aws-auth may have the role's user, even if an access entry maps the role.
  const reading = modeOf(cluster.authenticationMode).readsAwsAuth ? readAwsAuth(kube) : undefined;
  const [found, awsAuth] = await Promise.all([
    findMapping({ cluster, eks, awsAuth: async () => reading }, role),
    reading,
  ]);
  if (found.is === "dead") {
    const place = entryPlaceOf({ cluster, region }, role);
    if (!isTagged(found.entry, role) || !isWrittenByGrant(found.entry, role))
      throw deadEntry(place, advice`${deleteEntry(place)}, then grant again`);
    return { identity: undefined, made: "access-entry", isDead: true, awsAuth };
  }
  // It has no username. To complete it would change what someone else wrote.
  if (found.is === "nobody" && entryOf(awsAuth?.data?.mapRoles, role.arn) !== undefined)
    throw notMapped(
      found,
      "someone else wrote this entry, and grant does not change it: give it a username, or remove it",
    );
  const identity = found.is === "mapped" ? found.identity : undefined;
  return { identity, made: makerOf(identity, awsAuth, role), isDead: false, awsAuth };
}

function makerOf(identity: Identity | undefined, awsAuth: AwsAuthMap | undefined, role: NamedRole): MadeMapping {
  if (!identity || !isWrittenByGrant(identity, role)) return "others";
  if (identity.entry) return isTagged(identity.entry, role) ? "access-entry" : "others";
  return isMarked(awsAuth, role) ? "aws-auth" : "others";
}

type User = Pick<Identity, "username" | "groups">;

/** A person may have changed an entry since: it is as grant writes it, or someone else's. */
export const isWrittenByGrant = ({ username, groups }: User, { arn }: Pick<NamedRole, "arn">): boolean =>
  username === arn && groups.length === 0;

/** Grant made the access entry. */
export const isTagged = ({ tags }: Pick<AccessEntry, "tags">, { arn }: Pick<NamedRole, "arn">): boolean =>
  tags?.[grantKey] === grantId(arn);

/** Grant made the role's entry in aws-auth. */
export const isMarked = (map: AwsAuthMap | undefined, { arn }: Pick<NamedRole, "arn">): boolean =>
  map?.metadata.annotations?.[awsAuthMark(arn)] !== undefined;
