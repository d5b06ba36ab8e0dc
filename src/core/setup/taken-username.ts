/** Finds others with our Kubernetes user: they would get the function's rights, and the function theirs. */

import { mappableArn } from "../arn.ts";
import type { Eks } from "../aws/eks.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import {
  type AwsAuthData,
  othersWithUsername,
  type RoleMapping,
  readRoles,
  sameArn,
} from "../mapping/aws-auth/text.ts";
import { methods } from "../mapping/modes.ts";
import { refuseSharedUser } from "../mapping/shared-user.ts";
import { together } from "../plan.ts";
import type { ClusterContext } from "../setup/context.ts";
import { type EarlierMapping, earlierMappings, isOf } from "../setup/earlier-mappings.ts";
import { previousNames } from "../setup/previous-names.ts";
import { rbacNamesOf } from "../setup/target.ts";

/** What others with the user would get, and what to do about it. */
export interface Sharing {
  readonly gets: string;
  readonly hint: string;
}

const ofFunction: Sharing = {
  gets: ", who would get the function's rights",
  hint: "choose another with --username, or continue with --share-username",
};

interface Asked extends RoleMapping {
  readonly sharing?: Sharing;
}

/** Each access entry takes one call to EKS, which throttles calls. */
const mostEntries = 200;
const callsAtOnce = 5;

/**
 * Looks for the user in bindings and in the cluster's mappings. `own`: the titles of the bindings that setup makes.
 * Throws `UsernameTaken`. Returns warnings about mappings that it could not read.
 */
export async function refuseTakenUsername(
  { target, kube, eks }: ClusterContext,
  own: readonly string[],
): Promise<readonly string[]> {
  const { access, cluster, username, roleArn: rolearn, owner } = target;
  const mapping = { rolearn, username };
  const earlier = previousNames(target)?.roleArn;
  const [, unread, warnings] = await together([
    refuseSharedUser(kube, { username, owner, names: rbacNamesOf(target), own }),
    // If aws-auth maps the role, the step for aws-auth checks it.
    access.readsAwsAuth && methods[access.method].isInAccount
      ? refuseAwsAuth(kube, { rolearn: mappableArn(rolearn), username }, earlierMappings(target))
      : [],
    access.readsEntries ? refuseAccessEntries(eks, cluster.name, { ...mapping, earlier }) : [],
  ]);
  return [...unread, ...warnings];
}

/** `earlier` are the entries of the function until now, which setup removes. Throws `UsernameTaken`. */
export function refuseMapped(
  data: AwsAuthData,
  { username, rolearn, sharing = ofFunction }: Asked,
  earlier: readonly EarlierMapping[] = [],
): void {
  const removed = readRoles(data.mapRoles).filter((entry) => earlier.some((mapping) => isOf(mapping, entry)));
  const isRemoved = (arn: string) => removed.some((entry) => sameArn(entry.rolearn, arn));
  const others = othersWithUsername(data, username, rolearn);
  refuseHolders(
    { username, sharing },
    others.filter((arn) => !isRemoved(arn)),
  );
}

/** An error of what aws-auth says, not of reading it. */
export const isInvalid = (error: unknown): error is EksLambdaError =>
  hasCode(error, "AwsAuthInvalid", "AwsAuthUnsupported");

/** Throws `UsernameTaken`. Returns a warning if aws-auth is not valid. */
async function refuseAwsAuth(
  kube: Kube,
  mapping: RoleMapping,
  earlier: readonly EarlierMapping[],
): Promise<readonly string[]> {
  try {
    const map = await readAwsAuth(kube);
    refuseMapped(map?.data ?? {}, mapping, earlier);
    return [];
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return [`setup did not look in aws-auth for other roles with the username "${mapping.username}": ${error.message}`];
  }
}

/** Throws `UsernameTaken`. Returns a warning if there are too many entries, or the caller may not read them. */
export async function refuseAccessEntries(
  eks: Pick<Eks, "accessEntries" | "accessEntry">,
  cluster: string,
  { username, rolearn, earlier, sharing = ofFunction }: Asked & { readonly earlier?: string | undefined },
): Promise<readonly string[]> {
  const unknown = (why: string) => [`could not look for access entries with the username "${username}": ${why}`];
  try {
    const arns = (await eks.accessEntries(cluster)).filter((arn) => arn !== rolearn && arn !== earlier);
    if (arns.length > mostEntries) return unknown(`there are ${arns.length}, more than ${mostEntries}`);
    refuseHolders({ username, sharing }, await holdersAmong(arns, username, (arn) => eks.accessEntry(cluster, arn)));
    return [];
  } catch (error) {
    if (hasCode(error, "AwsForbidden")) return unknown(error.message);
    throw error;
  }
}

async function holdersAmong(
  arns: readonly string[],
  username: string,
  describe: (arn: string) => ReturnType<Eks["accessEntry"]>,
): Promise<readonly string[]> {
  const holders: string[] = [];
  const queue = arns.values();
  const work = async () => {
    for (const arn of queue) if ((await describe(arn))?.username === username) holders.push(arn);
  };
  await Promise.all(Array.from({ length: callsAtOnce }, work));
  return holders.sort();
}

function refuseHolders(
  { username, sharing }: Pick<Required<Asked>, "username" | "sharing">,
  holders: readonly string[],
): void {
  if (holders.length === 0) return;
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" also belongs to ${holders.join(", ")}${sharing.gets}`,
    { hint: sharing.hint },
  );
}
