/** The role's access entry: the stack's own, or one that somebody else made for the same role. */

import type { AccessEntry } from "../aws/eks.ts";
import { advice, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { deleteEntry, isDead } from "../mapping/access-entry.ts";
import { type EntryPlace, policiesTooWide, showPolicies } from "../mapping/access-policies.ts";
import type { Target } from "../setup/target.ts";
import type { Actual } from "./actual.ts";
import { hasResource } from "./resources.ts";

/** Whether the stack made an access entry for the role. */
const isInStack = ({ found, roleName }: Target): boolean =>
  found !== undefined && found.deployed.roleName === roleName && hasResource(found.resources, "AccessEntry");

/** True if the stack created this entry. Stacks of earlier versions have no output to tell; any entry counts then. */
function isOurs(target: Target, { arn }: AccessEntry): boolean {
  const made = target.found?.outputs.AccessEntryArn;
  return isInStack(target) && (made === undefined || made === arn);
}

const fits = ({ username }: Target, entry: AccessEntry, { role }: Actual): boolean =>
  role !== undefined && !isDead(entry, role) && entry.username === username && entry.groups.length === 0;

/**
 * Uses an entry that someone else created, if it maps the role as setup would. Throws `AccessEntryNotOurs` if not,
 * `RightsTooWide` if it has access policies.
 */
export function adoptedEntry(target: Target, actual: Actual): "adopted" | undefined {
  const { entry, accessPolicies } = actual;
  if (!entry || isOurs(target, entry)) return undefined;
  if (!fits(target, entry, actual)) throw foreignEntry(target, entry);
  if (accessPolicies.length > 0) throw policiesTooWide(entryPlaceOf(target), accessPolicies, deletion(target));
  return isInStack(target) ? undefined : "adopted";
}

/** Returns why the stack's entry must be deleted and created again, or `undefined` if it is as the stack created it. */
export function entryDrift(target: Target, { role, entry, accessPolicies }: Actual): string | undefined {
  if (!isInStack(target) || !target.access.readsEntries) return undefined;
  if (!entry) return "the access entry was deleted";
  if (!isOurs(target, entry)) return undefined;
  if (!role || isDead(entry, role)) return "the access entry is for an earlier role of that name";
  if (entry.groups.length > 0) return `the access entry was given the groups ${entry.groups.join(", ")}`;
  if (entry.username !== target.found?.deployed.username)
    return `the access entry was changed to the user "${entry.username}"`;
  if (accessPolicies.length > 0) return `the access entry was given ${showPolicies(accessPolicies)}`;
  return undefined;
}

export const entryPlaceOf = ({ cluster, roleArn, region }: Target): EntryPlace => ({
  cluster: cluster.name,
  principalArn: roleArn,
  region,
});

const foreignEntry = (target: Target, { username, groups }: AccessEntry) =>
  new EksLambdaError(
    "AccessEntryNotOurs",
    `there is an access entry for ${target.roleArn} already, with username "${username}" and groups [${groups.join(", ")}], made for something else or for an earlier role of that name`,
    { hint: deletion(target) },
  );

const deletion = (target: Target): Hint => advice`delete it, setup makes its own: ${deleteEntry(entryPlaceOf(target))}`;
