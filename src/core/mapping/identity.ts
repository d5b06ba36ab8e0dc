/** Who is a role in the cluster? Looks where the authenticator looks: at the access entry, then at aws-auth. */
import { mappableArn, parseArn } from "../arn.ts";
import type { AccessEntry, Cluster, Eks } from "../aws/eks.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import type { Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { isDead } from "./access-entry.ts";
import {
  type AwsAuthData,
  entryOf,
  type RoleEntry,
  readAccounts,
  readRoles,
  readUsers,
  sameArn,
} from "./aws-auth/text.ts";
import { modeOf } from "./modes.ts";
import { nearMisses } from "./near-misses.ts";

/** The role as the cluster knows it. */
export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
  /** The source of the mapping: `entry 2 of mapRoles`. */
  readonly by: string;
  /** The access entry that maps it. `undefined`: aws-auth maps it. */
  readonly entry?: AccessEntry;
}

interface Mapped {
  readonly is: "mapped";
  readonly identity: Identity;
}

interface Nobody {
  readonly is: "nobody";
  readonly arn: string;
  /** Its near misses, for a message. */
  readonly why: readonly string[];
}

/** An access entry for an earlier role of that name has no effect. */
interface Dead {
  readonly is: "dead";
  readonly entry: AccessEntry;
  /** Looks on where the authenticator does. */
  readonly otherwise: () => Promise<Mapped | Nobody>;
}

interface Places {
  readonly cluster: Pick<Cluster, "name" | "authenticationMode">;
  readonly eks: Pick<Eks, "accessEntry">;
  /** Is asked only if no access entry maps the role, and the cluster reads aws-auth. A caller may have no right to read it. */
  readonly awsAuth: () => Promise<{ readonly data?: AwsAuthData } | undefined>;
}

interface AskedRole {
  readonly arn: string;
  /** With its path. */
  readonly principal: string;
  /** `undefined`: it is not known when the role was made, and its entry counts. */
  readonly identity: Pick<RoleIdentity, "createdAt"> | undefined;
}

/** Throws `AwsAuthInvalid`. */
export async function findMapping(
  { cluster: { name, authenticationMode }, eks, awsAuth }: Places,
  { arn, principal, identity }: AskedRole,
): Promise<Mapped | Nobody | Dead> {
  const { readsEntries, readsAwsAuth } = modeOf(authenticationMode);
  const inAwsAuth = async (): Promise<Mapped | Nobody> => {
    if (readsAwsAuth) return identityIn((await awsAuth())?.data ?? {}, arn);
    const why = `the cluster "${name}" has authentication mode ${authenticationMode}, and no access entry for it`;
    return { is: "nobody", arn, why: [why] };
  };
  const entry = readsEntries ? await eks.accessEntry(name, principal) : undefined;
  if (!entry) return inAwsAuth();
  if (isDead(entry, identity)) return { is: "dead", entry, otherwise: inAwsAuth };
  const { username, groups } = entry;
  return { is: "mapped", identity: { username, groups, by: "its access entry", entry } };
}

/** The last match in `mapRoles`, then `mapUsers`, then `mapAccounts`. Throws `AwsAuthInvalid` with line and column. */
export function identityIn(data: AwsAuthData, arn: string): Mapped | Nobody {
  const wanted = mappableArn(arn);
  const roles = readRoles(data.mapRoles);
  const found = entryOf(data.mapRoles, wanted);
  if (found) return mappedBy(wanted, found, `entry ${found.index + 1} of mapRoles${shadowed(roles, found, wanted)}`);
  const user = readUsers(data.mapUsers).findLast(({ rolearn }) => sameArn(rolearn, wanted));
  if (user) return mappedBy(wanted, user, `entry ${user.index + 1} of mapUsers`);
  const account = parseArn(wanted)?.account ?? "";
  if (!readAccounts(data.mapAccounts).includes(account))
    return { is: "nobody", arn: wanted, why: nearMisses(roles, wanted) };
  return mappedBy(wanted, { username: wanted, groups: [] }, `mapAccounts, which admits all of account ${account}`);
}

const mappedBy = (
  arn: string,
  { username, groups }: Pick<RoleEntry, "username" | "groups">,
  by: string,
): Mapped | Nobody =>
  username
    ? { is: "mapped", identity: { username, groups, by } }
    : { is: "nobody", arn, why: [`${by} has no username, so it maps to no user`] };

/** Names the earlier entries of the same ARN, which have no effect. */
function shadowed(roles: readonly RoleEntry[], winner: RoleEntry, arn: string): string {
  const losers = roles.filter(({ rolearn, index }) => sameArn(rolearn, arn) && index !== winner.index);
  return losers.length === 0
    ? ""
    : `, which shadows ${losers.map(({ index, username }) => `entry ${index + 1} ("${username ?? ""}")`).join(", ")}`;
}

export const notMapped = ({ arn, why }: Nobody, hint: Hint): EksLambdaError =>
  new EksLambdaError("RoleNotMapped", [`the cluster has no mapping for ${arn}`, ...why].join("; "), { hint });
