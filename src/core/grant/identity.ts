/** The user that the cluster maps the role to, and who made that mapping. */

import { advice } from "../command.ts";
import {
  deadEntry,
  deleteEntry,
  entryPlaceOf,
  isTagged,
  mapsOnlyTo,
  type TaggedEntry,
} from "../mapping/access-entry.ts";
import { type AwsAuthMap, hasMark, readAwsAuth } from "../mapping/aws-auth/config-map.ts";
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

export type Principal = Pick<NamedRole, "arn" | "principal">;

/** The access entry that grant makes for a role. */
export const entryFor = (context: GrantContext, { arn, principal }: Principal): TaggedEntry => ({
  place: entryPlaceOf(context, principal),
  username: arn,
  tags: { [grantKey]: grantId(arn) },
});

/** Throws `AccessEntryDead` for someone else's, `AwsAuthInvalid`, `RoleNotMapped` for an entry without a username. */
export async function readMapping(context: GrantContext, role: NamedRole): Promise<FoundMapping> {
  const { cluster, eks, kube } = context;
  const own = entryFor(context, role);
  // Others in aws-auth may have the role's user, even if an access entry maps the role.
  const reading = modeOf(cluster.authenticationMode).readsAwsAuth ? readAwsAuth(kube) : undefined;
  const [found, awsAuth] = await Promise.all([
    findMapping({ cluster, eks, awsAuth: async () => reading }, role),
    reading,
  ]);
  if (found.is === "dead") {
    const { place } = own;
    if (!isTagged(found.entry, own) || !mapsOnlyTo(own.username, found.entry))
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
  return { identity, made: makerOf(identity, awsAuth, own), isDead: false, awsAuth };
}

/** A person may have changed it since: then it is someone else's. */
function makerOf(identity: Identity | undefined, awsAuth: AwsAuthMap | undefined, own: TaggedEntry): MadeMapping {
  if (!identity || !mapsOnlyTo(own.username, identity)) return "others";
  if (identity.entry) return isTagged(identity.entry, own) ? "access-entry" : "others";
  return hasMark(awsAuth, awsAuthMark(own.username)) ? "aws-auth" : "others";
}
