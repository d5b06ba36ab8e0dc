/** What an earlier run set up under other names. It goes once the function is proven to work under the new ones. */
import { readAwsAuth } from "../aws-auth/config-map.ts";
import { type RoleEntry, readRoles, sameArn } from "../aws-auth/text.ts";
import type { Kube } from "../kube/request.ts";
import { partitionOf } from "../partition.ts";
import type { Context } from "./context.ts";
import type { Target } from "./target.ts";

export interface Earlier {
  readonly username: string;
  readonly namespace: string;
  /** The name of Role and RoleBinding. */
  readonly rbacName: string;
  readonly roleName: string;
  readonly roleArn: string;
}

/** By the stack's parameters; `undefined` if no name changes. */
export function earlierOf(target: Target): Earlier | undefined {
  const { found, username, rbacName, roleName, cluster, region, caller } = target;
  if (!found) return undefined;
  const { KubernetesUsername, ClusterNamespace, RbacName, RoleName, RolePath } = found.parameters;
  const earlier = {
    username: KubernetesUsername || username,
    namespace: ClusterNamespace || cluster.namespace,
    rbacName: RbacName || rbacName,
    roleName: RoleName || roleName,
  };
  const isSame =
    earlier.username === username &&
    earlier.namespace === cluster.namespace &&
    earlier.rbacName === rbacName &&
    earlier.roleName === roleName;
  if (isSame) return undefined;
  const resource = `role${RolePath || "/"}${earlier.roleName}`;
  return { ...earlier, roleArn: `arn:${partitionOf(region)}:iam::${caller.account}:${resource}` };
}

/** An entry in aws-auth that an earlier run made for a role with another name. */
export interface EarlierMapping {
  readonly roleName: string;
  readonly username: string;
  /** As aws-auth has it, without a path. */
  readonly roleArn: string;
}

/**
 * The entry of the role that this run renames, and those that the stack remembers: the old role goes with the stack's
 * update, and a run that is killed after it leaves its entry. Somebody who makes a role of that name would have it.
 */
export function earlierMappings(target: Target): readonly EarlierMapping[] {
  const { found, region, caller } = target;
  const remembered = (found?.parameters.EarlierMappings ?? "").split(" ").filter(Boolean).map(mappingIn);
  const before = earlierOf(target);
  return [...remembered, ...(before ? [before] : [])]
    .filter(({ roleName }) => roleName !== target.roleName)
    .map(({ roleName, username }) => ({
      ...{ roleName, username },
      roleArn: `arn:${partitionOf(region)}:iam::${caller.account}:role/${roleName}`,
    }));
}

const mappingIn = (text: string): Pick<EarlierMapping, "roleName" | "username"> => {
  const [roleName = "", username = ""] = text.split("/");
  return { roleName, username };
};

/** More would not fit into a parameter, which keeps 4,096 bytes. */
const mostMappings = 20;

/**
 * What the stack is to remember: those that aws-auth still has, `ROLE/USER` with spaces between them. Neither roles nor
 * users have such a character in their names.
 */
export async function stillMapped({ target, kube }: Pick<Context, "target" | "kube">): Promise<string> {
  const all = earlierMappings(target);
  // What cannot be read may still be there. The step for aws-auth says why.
  const entries =
    all.length > 0 && kube && target.access.readsAwsAuth ? await entriesIn(kube).catch(() => "any") : "any";
  const there = all.filter((mapping) => typeof entries === "string" || entries.some((entry) => isOf(mapping, entry)));
  return there
    .slice(-mostMappings)
    .map(({ roleName, username }) => `${roleName}/${username}`)
    .join(" ");
}

const entriesIn = async (kube: Kube) => readRoles((await readAwsAuth(kube))?.data?.mapRoles);

/** Whether an entry is as setup wrote it. */
export const isOf = ({ roleArn, username }: EarlierMapping, { rolearn, ...entry }: RoleEntry): boolean =>
  sameArn(rolearn, roleArn) && entry.username === username && entry.groups.length === 0;

/** From an access entry of the stack to aws-auth. */
export const leavesEntry = ({ found, access }: Target): boolean =>
  found?.parameters.MapByAccessEntry === "true" && access.method === "aws-auth";
