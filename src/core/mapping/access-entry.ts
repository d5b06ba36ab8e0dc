/** Access entries: those that a stack or grant makes for a role, and those of others for the same role. */

import type { AccessEntry, AccessPolicy, Eks } from "../aws/eks.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { advice, type Command, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type EntryPlace, policiesTooWide, readPolicies, showPolicies } from "./access-policies.ts";
import type { RoleEntry } from "./aws-auth/text.ts";

export const entryPlaceOf = (
  { cluster, region }: { readonly cluster: { readonly name: string }; readonly region: string },
  principalArn: string,
): EntryPlace => ({ cluster: cluster.name, region, principalArn });

/** An entry remembers the unique id of the role for which it was made: one that is older than the role gives no access. */
export const isDead = (
  entry: Pick<AccessEntry, "createdAt">,
  role: Pick<RoleIdentity, "createdAt"> | undefined,
): boolean => entry.createdAt !== undefined && role?.createdAt !== undefined && entry.createdAt < role.createdAt;

/** As setup and grant write a mapping, here and in aws-auth: a user, no groups. */
export const mapsOnlyTo = (user: string, { username, groups }: Pick<RoleEntry, "username" | "groups">): boolean =>
  username === user && groups.length === 0;

/** The command that deletes the access entry of a role. */
export const deleteEntry = ({ cluster, region, principalArn }: EntryPlace): Command =>
  command`aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${principalArn} --region ${region}`;

export const deadEntry = ({ principalArn }: EntryPlace, hint: Hint): EksLambdaError =>
  new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${principalArn} is older than the role: it is for an earlier role of that name, and gives no access`,
    { hint },
  );

/** The entry that a function's stack is to have. */
export interface StackEntry {
  readonly place: EntryPlace;
  readonly username: string;
  /** What the stack made for the role. Without an ARN, which stacks of earlier versions do not tell, any entry counts. */
  readonly made: { readonly arn: string | undefined; readonly username: string } | undefined;
}

/** `undefined`: there is none of that name. */
export interface ActualEntry {
  readonly role: RoleIdentity | undefined;
  readonly entry: AccessEntry | undefined;
  /** Of the access entry; empty also where the caller may not list them. */
  readonly accessPolicies: readonly AccessPolicy[];
}

const isMade = ({ made }: StackEntry, { arn }: AccessEntry): boolean =>
  made !== undefined && (made.arn === undefined || made.arn === arn);

/**
 * Uses an entry that someone else created, if it maps the role as setup would. Throws `AccessEntryNotOurs` if not,
 * `RightsTooWide` if it has access policies.
 */
export function adoptedEntry(wanted: StackEntry, { role, entry, accessPolicies }: ActualEntry): "adopted" | undefined {
  if (!entry || isMade(wanted, entry)) return undefined;
  const { place, username, made } = wanted;
  const hint = advice`delete it, and setup creates its own: ${deleteEntry(place)}`;
  if (!role || isDead(entry, role) || !mapsOnlyTo(username, entry))
    throw new EksLambdaError(
      "AccessEntryNotOurs",
      `there is an access entry for ${place.principalArn} already, with username "${entry.username}" and groups [${entry.groups.join(", ")}], created for something else or for an earlier role of that name`,
      { hint },
    );
  if (accessPolicies.length > 0) throw policiesTooWide(place, accessPolicies, hint);
  return made ? undefined : "adopted";
}

/** Returns why the stack's entry must be deleted and created again, or `undefined` if it is as the stack created it. */
export function entryDrift(wanted: StackEntry, { role, entry, accessPolicies }: ActualEntry): string | undefined {
  const { made } = wanted;
  if (!made) return undefined;
  if (!entry) return "the access entry was deleted";
  if (!isMade(wanted, entry)) return undefined;
  if (!role || isDead(entry, role)) return "the access entry is for an earlier role of that name";
  if (entry.groups.length > 0) return `the access entry was given the groups ${entry.groups.join(", ")}`;
  if (entry.username !== made.username) return `the access entry was changed to the user "${entry.username}"`;
  if (accessPolicies.length > 0) return `the access entry was given ${showPolicies(accessPolicies)}`;
  return undefined;
}

/** An entry that its maker knows by its tags. */
export interface TaggedEntry {
  readonly place: EntryPlace;
  readonly username: string;
  readonly tags: Readonly<Record<string, string>>;
}

export const isTagged = (entry: AccessEntry, { tags }: TaggedEntry): boolean =>
  Object.entries(tags).every(([key, value]) => entry.tags?.[key] === value);

export async function taggedEntry(eks: Pick<Eks, "accessEntry">, wanted: TaggedEntry) {
  const entry = await eks.accessEntry(wanted.place.cluster, wanted.place.principalArn);
  return entry && isTagged(entry, wanted) ? entry : undefined;
}

/** A run that was killed, or another one, may have made it since the plan. */
export async function makeEntry(eks: Eks, wanted: TaggedEntry): Promise<void> {
  const { place, username, tags } = wanted;
  try {
    await eks.createAccessEntry(place.cluster, { principalArn: place.principalArn, username, tags });
  } catch (error) {
    const entry = await taggedEntry(eks, wanted).catch(() => undefined);
    if (!entry || !mapsOnlyTo(username, entry)) throw error;
  }
}

/** An entry without the tags, or that someone has changed or given an access policy, is kept. */
export async function removeEntry(eks: Eks, wanted: TaggedEntry): Promise<void> {
  const { place, username } = wanted;
  const entry = await taggedEntry(eks, wanted);
  if (!entry || !mapsOnlyTo(username, entry)) return;
  const { policies } = await readPolicies(eks, place);
  if (policies.length === 0) await eks.deleteAccessEntry(place.cluster, place.principalArn);
}
