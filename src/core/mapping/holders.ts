/** Finds others with the Kubernetes user of a role, by mappings and by bindings: they would get its rights, and it theirs. */

import type { Eks } from "../aws/eks.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { bindingsIn } from "../rbac/listed.ts";
import { type Binding, bindsUser, titleOf } from "../rbac/objects.ts";
import { type Standing, standingOf } from "../rbac/ownership.ts";
import { readAwsAuth } from "./aws-auth/config-map.ts";
import { isInvalid } from "./aws-auth/read.ts";
import {
  type AwsAuthData,
  othersWithUsername,
  type RoleEntry,
  type RoleMapping,
  readRoles,
  sameArn,
} from "./aws-auth/text.ts";

/** What others with the user would get, and what to do about it, by whose rights these are. */
const sharing = {
  function: {
    gets: ", who would get the function's rights",
    hint: "choose another with --username, or continue with --share-username",
  },
  grant: {
    gets: ": they would get these rights, too",
    hint: "map each to a different username, or continue with --share-username",
  },
} as const;

interface Asked extends RoleMapping {
  readonly whose: keyof typeof sharing;
}

interface AskedOfAwsAuth extends Asked {
  /** True for an entry of the function until now, which setup removes. */
  readonly isRemoved?: (entry: RoleEntry) => boolean;
}

interface AskedOfEntries extends Asked {
  /** The role of the function until now. */
  readonly earlier?: string | undefined;
}

/** Each access entry takes one call to EKS, which throttles calls. */
const mostEntries = 200;
const callsAtOnce = 5;

/** Throws `UsernameTaken`. */
export function refuseMapped(data: AwsAuthData, asked: AskedOfAwsAuth): void {
  const { username, rolearn, isRemoved = () => false } = asked;
  const removed = readRoles(data.mapRoles).filter(isRemoved);
  const others = othersWithUsername(data, username, rolearn);
  refuseHolders(
    asked,
    others.filter((arn) => !removed.some((entry) => sameArn(entry.rolearn, arn))),
  );
}

/** Throws `UsernameTaken`. Returns a warning if aws-auth is not valid. */
export async function refuseInAwsAuth(kube: Kube, asked: AskedOfAwsAuth): Promise<readonly string[]> {
  try {
    refuseMapped((await readAwsAuth(kube))?.data ?? {}, asked);
    return [];
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return [`setup did not search aws-auth for other roles with the username "${asked.username}": ${error.message}`];
  }
}

/** Throws `UsernameTaken`. Returns a warning if there are too many entries, or the caller may not read them. */
export async function refuseAccessEntries(
  eks: Pick<Eks, "accessEntries" | "accessEntry">,
  cluster: string,
  asked: AskedOfEntries,
): Promise<readonly string[]> {
  const { username, rolearn, earlier } = asked;
  const unknown = (why: string) => [`could not search for access entries with the username "${username}": ${why}`];
  try {
    const arns = (await eks.accessEntries(cluster)).filter((arn) => arn !== rolearn && arn !== earlier);
    if (arns.length > mostEntries) return unknown(`there are ${arns.length}, more than ${mostEntries}`);
    refuseHolders(asked, await holdersAmong(arns, username, (arn) => eks.accessEntry(cluster, arn)));
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

function refuseHolders({ username, whose }: Asked, holders: readonly string[]): void {
  if (holders.length === 0) return;
  const { gets, hint } = sharing[whose];
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" also belongs to ${holders.join(", ")}${gets}`,
    { hint },
  );
}

interface Sought {
  readonly username: string;
  /** Our stack, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** What our stack's bindings can be called. */
  readonly names: ReadonlySet<string>;
  /** The titles of the bindings that this run or an earlier one makes, `shop/rolebinding/NAME`. */
  readonly own: readonly string[];
}

/** Throws `UsernameTaken`, which names the bindings that our stack does not own. */
export async function refuseBindings(kube: Kube, { username, owner, names, own }: Sought): Promise<void> {
  const others = (await bindingsIn(kube))
    .filter((binding) => bindsUser(binding, username))
    .filter((binding) => !own.includes(titleOf(binding)))
    .map((binding) => ({ binding, whose: standingOf(binding.metadata, owner) }))
    .filter(({ binding, whose }) => whose !== "ours" || !names.has(binding.metadata.name));
  if (others.length === 0) return;
  const share = "choose another user with --username, or continue with --share-username";
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" already has other rights, by ${others.map(shown).join(", ")}`,
    {
      hint: others.every(({ whose }) => typeof whose === "object")
        ? `${share} if the functions are to share it`
        : `delete bindings that an earlier setup left, ${share}`,
    },
  );
}

interface Other {
  readonly binding: Binding;
  readonly whose: Standing;
}

const shown = ({ binding, whose }: Other): string => {
  const { kind, metadata } = binding;
  const { name, namespace } = metadata;
  const place = namespace === undefined ? "" : ` in ${namespace}`;
  return `${kind.toLowerCase()} ${name}${place}${typeof whose === "object" ? `, of the stack ${whose.stack}` : ""}`;
};
