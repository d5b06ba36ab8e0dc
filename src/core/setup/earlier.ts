/** What an earlier run set up under other names. It goes once the function is proven to work under the new ones. */
import { roleArnOf } from "../partition.ts";
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
  return { ...earlier, roleArn: roleArnOf({ region, account: caller.account }, earlier.roleName, RolePath) };
}

/** From an access entry of the stack to aws-auth. */
export const leavesEntry = ({ found, access }: Target): boolean =>
  found?.parameters.MapByAccessEntry === "true" && access.method === "aws-auth";
