/** The commands for the examined role, for hints: that of its function, and that of grant. */

import { parseArn, roleOfSession } from "../arn.ts";
import type { Stack } from "../aws/cloudformation.ts";
import { type Command, command } from "../command.ts";
import { hasCode } from "../errors.ts";
import { stackOfOwner } from "../kube/owner.ts";
import { fieldOf, flagsFrom } from "../parameters/deployed.ts";
import { ownedObjects } from "../rbac/owned.ts";
import { stackName } from "../stack/names.ts";
import type { Facts } from "./facts.ts";

/**
 * Looks at the stacks that own something in the cluster, and at the one without a name, which may have lost what it owned.
 * `undefined` also where the caller may not look.
 */
async function stackOf({ region, sts, cloudformation, kube, ...facts }: Facts): Promise<Stack | undefined> {
  const [{ account }, { name: cluster }, given] = await Promise.all([sts.identity(), facts.cluster(), facts.roleArn()]);
  const role = parseArn(roleOfSession(given));
  if (role?.account !== account) return undefined;
  const owned = await ownedObjects(await kube()).then(({ owned }) => owned, noneIfForbidden);
  const names = owned.flatMap(({ owner }) => stackOfOwner(owner, { account, region }) ?? []);
  const stacks = await Promise.all(
    [...new Set([stackName(cluster), ...names])].map((name) => cloudformation.stack(name)),
  ).catch(noneIfForbidden);
  return stacks.find(
    (stack) =>
      stack &&
      fieldOf("cluster", stack.parameters) === cluster &&
      fieldOf("roleName", stack.parameters) === role.resource.split("/").at(-1),
  );
}

/** The command that sets the role's function up again, `undefined` if it is not the role of a function of ours. */
export async function setupCommand(facts: Facts): Promise<Command | undefined> {
  const [found, { name: cluster }] = await Promise.all([stackOf(facts), facts.cluster()]);
  if (!found) return undefined;
  const [name, entry] = [fieldOf("name", found.parameters), fieldOf("entry", found.parameters)];
  const place = { cluster, region: facts.region, name, onlyCreates: entry === undefined };
  return command`eks-lambda setup ${flagsFrom("setup", { name, entry, stack: found.name }, place)}`;
}

/** Also of a stack that is being changed. */
function noneIfForbidden(error: unknown): readonly never[] {
  if (hasCode(error, "Forbidden", "AwsForbidden", "StackUnderWay")) return [];
  throw error;
}

/** The command that gives the examined role rights. */
export async function grantCommand(
  { cluster, region, roleArn }: Pick<Facts, "cluster" | "region" | "roleArn">,
  rules: readonly string[],
): Promise<Command> {
  const [{ name }, arn] = await Promise.all([cluster(), roleArn()]);
  const allow = rules.flatMap((rule) => ["--allow", rule]);
  return command`eks-lambda grant --cluster ${name} --region ${region} --role ${roleOfSession(arn)} ${allow}`;
}
