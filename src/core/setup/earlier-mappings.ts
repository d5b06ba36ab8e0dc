/** Entries in aws-auth of the names that the function's role had. */

import type { Kube } from "../kube/request.ts";
import { mapsOnlyTo } from "../mapping/access-entry.ts";
import { readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import { type RoleEntry, readRoles, sameArn } from "../mapping/aws-auth/text.ts";
import type { KeptMapping } from "../parameters/texts.ts";
import { roleArnOf } from "../partition.ts";
import type { Context } from "./context.ts";
import { previousNames } from "./previous-names.ts";
import type { Target } from "./target.ts";

/** An entry in aws-auth that an earlier run made for a role with another name. */
export interface EarlierMapping extends KeptMapping {
  /** As aws-auth has it, without a path. */
  readonly roleArn: string;
}

/**
 * The entry of the role that this run renames, and those that the stack remembers. The stack's update deletes the old
 * role. A run that is killed after that leaves the entry, and anyone who can create a role with that name is our user.
 */
export function earlierMappings(target: Target): readonly EarlierMapping[] {
  const { found, region, caller } = target;
  const before = previousNames(target);
  return [...(found?.deployed.earlierMappings ?? []), ...(before ? [before] : [])]
    .filter(({ roleName }) => roleName !== target.roleName)
    .map(({ roleName, username }) => ({
      roleName,
      username,
      roleArn: roleArnOf({ region, account: caller.account }, roleName),
    }));
}

/** A parameter holds at most 4,096 bytes. */
const mostMappings = 20;

/** What the stack is to remember: those that aws-auth still has. */
export async function stillMapped({ target, kube }: Pick<Context, "target" | "kube">): Promise<readonly KeptMapping[]> {
  const all = earlierMappings(target);
  if (all.length === 0) return [];
  // What cannot be read may still be there. The step for aws-auth says why.
  const entries = kube && target.access.readsAwsAuth ? await entriesIn(kube).catch(() => undefined) : undefined;
  return all
    .filter((mapping) => entries === undefined || entries.some((entry) => isOf(mapping, entry)))
    .slice(-mostMappings);
}

const entriesIn = async (kube: Kube): Promise<readonly RoleEntry[]> =>
  readRoles((await readAwsAuth(kube))?.data?.mapRoles);

/** Whether an entry is of an earlier name, and setup will remove it. */
export const isEarlier = (target: Target, entry: RoleEntry): boolean =>
  earlierMappings(target).some((mapping) => isOf(mapping, entry));

/** Whether an entry is as setup wrote it. */
const isOf = ({ roleArn, username }: EarlierMapping, { rolearn, ...entry }: RoleEntry): boolean =>
  sameArn(rolearn, roleArn) && mapsOnlyTo(username, entry);
