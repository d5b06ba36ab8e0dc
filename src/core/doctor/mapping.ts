/** Who a role is to the cluster; and if nobody, why the entries that look right do not match. */
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { Cluster } from "../aws/eks.ts";
import { readAwsAuth } from "../aws-auth/config-map.ts";
import {
  type AwsAuthData,
  entryOf,
  type RoleEntry,
  readAccounts,
  readRoles,
  readUsers,
  sameArn,
} from "../aws-auth/text.ts";
import { EksLambdaError } from "../errors.ts";
import { isDead } from "../setup/access.ts";
import type { Facts, Identity } from "./facts.ts";
import { type Link, looking } from "./link.ts";
import { nearMisses } from "./near-misses.ts";

export const mapping: Link = {
  id: "mapping",
  after: ["caller", "stack"],
  async prove(facts) {
    const expected = await facts.expectedUser();
    const { username, groups, by } = await facts.identity().catch(async (error: unknown) => {
      throw expected === undefined ? byHand(error, await facts.roleArn(), await facts.cluster()) : error;
    });
    if (expected !== undefined && username !== expected) throw mappedOtherwise(username, expected, by);
    return `${await facts.roleArn()} is "${username}"${groups.length ? ` in ${groups.join(", ")}` : ""}, by ${by}`;
  },
};

/** An access entry overrides aws-auth. Throws `RoleNotMapped`, `AccessEntryDead`, `AwsAuthInvalid`. */
export async function readIdentity({ roleArn, cluster, region, eks, iam, kube }: Facts): Promise<Identity> {
  const [given, { name, authenticationMode }] = await Promise.all([roleArn(), cluster()]);
  const arn = roleOfSession(given);
  if (authenticationMode !== "CONFIG_MAP") {
    const named = await iam.role(parseArn(arn)?.resource.split("/").at(-1) ?? "");
    // IAM knows the caller's account alone; with the same name in another it is another role.
    const role = named && sameArn(mappableArn(named.arn), mappableArn(arn)) ? named : undefined;
    const principal = role?.arn ?? arn;
    const entry = await eks.accessEntry(name, principal);
    if (entry) {
      if (isDead(entry, role)) throw deadEntry(principal, name, region);
      return { ...entry, by: "its access entry" };
    }
    if (authenticationMode === "API")
      throw notMapped(arn, [`the cluster "${name}" has authentication mode API, and no access entry for it`]);
  }
  return identityIn((await looking(readAwsAuth(await kube())))?.data ?? {}, arn);
}

/**
 * As the authenticator looks: `mapRoles`, of duplicates the last; then `mapUsers`; then `mapAccounts`.
 * Throws `RoleNotMapped` with the near misses, `AwsAuthInvalid` with line and column.
 */
export function identityIn(data: AwsAuthData, arn: string): Identity {
  const wanted = mappableArn(arn);
  const roles = readRoles(data.mapRoles);
  const found = entryOf(data.mapRoles, wanted);
  if (found) return identityOf(found, wanted, `entry ${found.index + 1} of mapRoles${shadowed(roles, found, wanted)}`);
  const user = readUsers(data.mapUsers).findLast(({ rolearn }) => sameArn(rolearn, wanted));
  if (user) return identityOf(user, wanted, `entry ${user.index + 1} of mapUsers`);
  const account = parseArn(wanted)?.account ?? "";
  if (readAccounts(data.mapAccounts).includes(account))
    return { username: wanted, groups: [], by: `mapAccounts, which lets in all of account ${account}` };
  throw notMapped(wanted, nearMisses(roles, wanted));
}

function identityOf({ username, groups }: RoleEntry, arn: string, by: string): Identity {
  if (!username) throw notMapped(arn, [`${by} has no username, and so names nobody`]);
  return { username, groups, by };
}

/** Of two entries with the same ARN the last wins, without a word. */
function shadowed(roles: readonly RoleEntry[], winner: RoleEntry, arn: string): string {
  const losers = roles.filter(({ rolearn, index }) => sameArn(rolearn, arn) && index !== winner.index);
  return losers.length === 0
    ? ""
    : `, which shadows ${losers.map(({ index, username }) => `entry ${index + 1} ("${username ?? ""}")`).join(", ")}`;
}

const mappedOtherwise = (username: string, expected: string, by: string) =>
  new EksLambdaError("MappedOtherwise", `the role is "${username}" and not "${expected}", by ${by}`, {
    hint: `eks-lambda setup maps it to "${expected}" again`,
  });

const notMapped = (arn: string, reasons: readonly string[]) =>
  new EksLambdaError("RoleNotMapped", [`the cluster knows no mapping for ${arn}`, ...reasons].join("; "), {
    hint: "eks-lambda setup makes the mapping",
  });

/** Another role is none of setup's: how a person maps it, by what the cluster reads. */
export function byHand(
  error: unknown,
  arn: string,
  { name, authenticationMode }: Pick<Cluster, "name" | "authenticationMode">,
) {
  if (!(error instanceof EksLambdaError) || error.code !== "RoleNotMapped") return error;
  const hint =
    authenticationMode === "CONFIG_MAP"
      ? `kubectl edit -n kube-system configmap/aws-auth, and add to mapRoles\n- rolearn: ${mappableArn(arn)}\n  username: a-name-for-it`
      : `aws eks create-access-entry --cluster-name ${name} --principal-arn ${roleOfSession(arn)} --username a-name-for-it`;
  return new EksLambdaError(error.code, error.message, { hint, cause: error });
}

const deadEntry = (arn: string, cluster: string, region: string) =>
  new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${arn} is older than the role: it is for an earlier role of that name, and lets nobody in`,
    {
      hint: `aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${arn} --region ${region}, then eks-lambda setup`,
    },
  );
