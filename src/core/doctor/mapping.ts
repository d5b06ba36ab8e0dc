/** Which user does the cluster map the role to? */

import { roleOfSession } from "../arn.ts";
import type { AccessPolicy } from "../aws/eks.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { deadEntry, deleteEntry, entryPlaceOf } from "../mapping/access-entry.ts";
import { policiesTooWide, readPolicies, showPolicies } from "../mapping/access-policies.ts";
import { readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import { findMapping, type Identity, notMapped } from "../mapping/identity.ts";
import { modeOf } from "../mapping/modes.ts";
import { readRole, refuseMissing, roleNamed } from "../mapping/principal.ts";
import { hasResource } from "../stack/resources.ts";
import type { ExaminedIdentity, Facts } from "./facts.ts";
import { type Link, looking } from "./link.ts";
import { grantCommand, setupCommand } from "./role-stack.ts";

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
  const remedy = isInStack ? advice`${command`eks-lambda setup`} creates the entry again without them` : undefined;
  return policiesTooWide(entryPlaceOf(examined, examined.roleArn), policies, remedy);
}

/** Throws `RoleNotMapped`, `AccessEntryDead`, `AwsAuthInvalid`. */
export async function readIdentity({ roleArn, cluster, region, eks, iam, kube }: Facts): Promise<ExaminedIdentity> {
  const [given, examined] = await Promise.all([roleArn(), cluster()]);
  const arn = roleOfSession(given);
  const role = modeOf(examined.authenticationMode).readsEntries ? await roleNamed(iam, arn) : undefined;
  const place = entryPlaceOf({ cluster: examined, region }, role?.arn ?? arn);
  const awsAuth = async () => looking(readAwsAuth(await kube()));
  const ports = { cluster: examined, eks, awsAuth };
  const mapping = await findMapping(ports, { arn, principal: place.principalArn, identity: role });
  const found = mapping.is === "dead" ? await mapping.otherwise() : mapping;
  const setup = command`eks-lambda setup`;
  if (found.is === "nobody")
    throw mapping.is === "dead"
      ? deadEntry(place, advice`${deleteEntry(place)}, then ${setup}`)
      : notMapped(found, advice`${setup} creates the mapping`);
  const { identity } = found;
  return identity.entry ? { ...identity, accessPolicies: await readPolicies(eks, place) } : identity;
}

const mappedOtherwise = ({ username, groups, by }: Identity, expected: string) =>
  new EksLambdaError(
    "MappedOtherwise",
    username === expected
      ? `the role is "${expected}" in the groups ${groups.join(", ")}, which may have more rights, by ${by}`
      : `the role is "${username}" and not "${expected}", by ${by}`,
    { hint: advice`${command`eks-lambda setup`} maps it to "${expected}" again` },
  );

const isNotMapped = (error: unknown): error is EksLambdaError => hasCode(error, "RoleNotMapped");

/** For a role that `--role` names, which may be that of a function. Throws `RoleNotFound`. */
async function byGrant(error: unknown, facts: Facts): Promise<unknown> {
  if (!isNotMapped(error)) return error;
  refuseMissing(await readRole({ iam: facts.iam, caller: await facts.sts.identity() }, await facts.roleArn()));
  const setup = await setupCommand(facts);
  const hint = setup
    ? advice`it is the role of a function: ${setup} creates the mapping`
    : advice`map it and grant it rights: ${await grantCommand(facts, ["get,list,watch pods @default"])}`;
  return restated(error, error.message, { hint });
}

/** The stack makes its own access entry again. */
async function bySetup(error: unknown, { target }: Pick<Facts, "target">) {
  if (!hasCode(error, "AccessEntryDead")) return error;
  if (!hasResource((await target()).found?.resources ?? [], "AccessEntry")) return error;
  return restated(error, error.message, { hint: advice`${command`eks-lambda setup`} creates it again` });
}
