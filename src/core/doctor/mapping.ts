/** Which user does the cluster map the role to? If none, why do similar entries not match? */
import { policiesTooWide, readPolicies, showPolicies } from "../access-policies.ts";
import { mappableArn, parseArn, roleOfSession } from "../arn.ts";
import type { AccessPolicy } from "../aws/eks.ts";
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
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { readRole, refuseMissing } from "../grant/role.ts";
import { deleteEntry, isDead } from "../mapping/choose.ts";
import { modeOf } from "../mapping/modes.ts";
import { entryPlaceOf } from "../setup/stack/entry.ts";
import { hasResource } from "../setup/stack/resources.ts";
import type { Facts, Identity } from "./facts.ts";
import { grantCommand } from "./grant-command.ts";
import { type Link, looking } from "./link.ts";
import { nearMisses } from "./near-misses.ts";
import { roleNamed } from "./principal.ts";
import { setupCommand } from "./role-stack.ts";

export const mapping: Link = {
  id: "mapping",
  after: ["caller", "stack"],
  async prove(facts) {
    const expected = await facts.expectedUser();
    const { username, groups, by, accessPolicies } = await facts.identity().catch(async (error: unknown) => {
      throw expected === undefined ? await byGrant(error, facts) : await bySetup(error, facts);
    });
    if (expected !== undefined && (username !== expected || groups.length > 0))
      throw mappedOtherwise({ username, groups, by }, expected);
    const { policies = [], unread = [] } = accessPolicies ?? {};
    if (expected !== undefined && policies.length > 0) throw await givenPolicies(facts, policies);
    const inGroups = groups.length ? ` in ${groups.join(", ")}` : "";
    const withPolicies = policies.length ? `, which has ${showPolicies(policies)}` : "";
    return [`${await facts.roleArn()} is "${username}"${inGroups}, by ${by}${withPolicies}`, ...unread].join("; ");
  },
};

/** Setup takes them from the stack's own entry. */
async function givenPolicies({ target }: Facts, policies: readonly AccessPolicy[]): Promise<EksLambdaError> {
  const examined = await target();
  const isInStack = hasResource(examined.found?.resources ?? [], "AccessEntry");
  const remedy = isInStack ? advice`${command`eks-lambda setup`} makes the entry again without them` : undefined;
  return policiesTooWide(entryPlaceOf(examined), policies, remedy);
}

/**
 * Looks like the authenticator: an access entry overrides aws-auth, and the entry of an earlier role of that name has
 * no effect. Throws `RoleNotMapped`, `AccessEntryDead`, `AwsAuthInvalid`.
 */
export async function readIdentity({ roleArn, cluster, region, eks, iam, kube }: Facts): Promise<Identity> {
  const [given, { name, authenticationMode }] = await Promise.all([roleArn(), cluster()]);
  const arn = roleOfSession(given);
  const { readsEntries, readsAwsAuth } = modeOf(authenticationMode);
  let dead: EksLambdaError | undefined;
  if (readsEntries) {
    const role = await roleNamed(iam, arn);
    const principal = role?.arn ?? arn;
    const entry = await eks.accessEntry(name, principal);
    dead = entry && isDead(entry, role) ? deadEntry(principal, name, region) : undefined;
    if (entry && !dead) {
      const accessPolicies = await readPolicies(eks, { cluster: name, principalArn: principal });
      return { ...entry, by: "its access entry", accessPolicies };
    }
    if (!readsAwsAuth)
      throw (
        dead ??
        notMapped(arn, [
          `the cluster "${name}" has authentication mode ${authenticationMode}, and no access entry for it`,
        ])
      );
  }
  try {
    return identityIn((await looking(readAwsAuth(await kube())))?.data ?? {}, arn);
  } catch (error) {
    throw dead !== undefined && isNotMapped(error) ? dead : error;
  }
}

/**
 * Looks like the authenticator: the last match in `mapRoles`, then `mapUsers`, then `mapAccounts`. Throws
 * `RoleNotMapped` with the near misses, `AwsAuthInvalid` with line and column.
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
    return { username: wanted, groups: [], by: `mapAccounts, which admits all of account ${account}` };
  throw notMapped(wanted, nearMisses(roles, wanted));
}

function identityOf({ username, groups }: RoleEntry, arn: string, by: string): Identity {
  if (!username) throw notMapped(arn, [`${by} has no username, so it maps to no user`]);
  return { username, groups, by };
}

/** Names the earlier entries of the same ARN, which have no effect. */
function shadowed(roles: readonly RoleEntry[], winner: RoleEntry, arn: string): string {
  const losers = roles.filter(({ rolearn, index }) => sameArn(rolearn, arn) && index !== winner.index);
  return losers.length === 0
    ? ""
    : `, which shadows ${losers.map(({ index, username }) => `entry ${index + 1} ("${username ?? ""}")`).join(", ")}`;
}

const mappedOtherwise = ({ username, groups, by }: Identity, expected: string) =>
  new EksLambdaError(
    "MappedOtherwise",
    username === expected
      ? `the role is "${expected}" in the groups ${groups.join(", ")}, which may have more rights, by ${by}`
      : `the role is "${username}" and not "${expected}", by ${by}`,
    { hint: advice`${command`eks-lambda setup`} maps it to "${expected}" again` },
  );

const notMapped = (arn: string, reasons: readonly string[]) =>
  new EksLambdaError("RoleNotMapped", [`the cluster has no mapping for ${arn}`, ...reasons].join("; "), {
    hint: advice`${command`eks-lambda setup`} creates the mapping`,
  });

const isNotMapped = (error: unknown): error is EksLambdaError => hasCode(error, "RoleNotMapped");

/** For a role that `--role` names, which may be that of a function. Throws `RoleNotFound`. */
async function byGrant(error: unknown, facts: Facts): Promise<unknown> {
  if (!isNotMapped(error)) return error;
  refuseMissing(await readRole({ iam: facts.iam, caller: await facts.sts.identity() }, await facts.roleArn()));
  const setup = await setupCommand(facts);
  const hint = setup
    ? advice`it is the role of a function: ${setup} creates the mapping`
    : advice`map it, and say what it may do: ${await grantCommand(facts, ["get,list,watch pods @default"])}`;
  return restated(error, error.message, { hint });
}

/** The stack makes its own access entry again. */
async function bySetup(error: unknown, { target }: Pick<Facts, "target">) {
  if (!hasCode(error, "AccessEntryDead")) return error;
  if (!hasResource((await target()).found?.resources ?? [], "AccessEntry")) return error;
  return restated(error, error.message, { hint: advice`${command`eks-lambda setup`} makes it again` });
}

const deadEntry = (arn: string, cluster: string, region: string) =>
  new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${arn} is older than the role: it is for an earlier role of that name, and gives no access`,
    { hint: advice`${deleteEntry(cluster, arn, region)}, then ${command`eks-lambda setup`}` },
  );
