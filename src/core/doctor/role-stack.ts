/** Finds the stack of ours whose function runs as a role. */

import { parseArn, roleOfSession } from "../arn.ts";
import type { Stack } from "../aws/cloudformation.ts";
import { type Command, command, option } from "../command.ts";
import { hasCode } from "../errors.ts";
import { stackOfOwner } from "../kube/owner.ts";
import { ownedObjects } from "../rbac/owned.ts";
import { stackName } from "../setup/names.ts";
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
      stack?.parameters.ClusterName === cluster && stack.parameters.RoleName === role.resource.split("/").at(-1),
  );
}

/** The command that sets the role's function up again, `undefined` if it is not the role of a function of ours. */
export async function setupCommand(facts: Facts): Promise<Command | undefined> {
  const [found, { name: cluster }] = await Promise.all([stackOf(facts), facts.cluster()]);
  if (!found) return undefined;
  const { Name: name = "", Entry: entry = "" } = found.parameters;
  const flags = [
    ...option("--name", name || undefined),
    ...(found.name === stackName(cluster, name || undefined) ? [] : option("--stack", found.name)),
    ...option("--entry", entry || undefined),
  ];
  return command`eks-lambda setup ${flags}`;
}

/** Also of a stack that is being changed. */
function noneIfForbidden(error: unknown): readonly never[] {
  if (hasCode(error, "Forbidden", "AwsForbidden", "StackUnderWay")) return [];
  throw error;
}
