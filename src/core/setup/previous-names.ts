/** What an earlier run set up under other names. It goes once the function is proven to work under the new ones. */

import { methods } from "../mapping/modes.ts";
import { changed, type Deployed } from "../parameters/deployed.ts";
import { roleArnOf } from "../partition.ts";
import type { Target } from "./target.ts";

export interface PreviousNames extends Pick<Deployed, "username" | "namespace" | "rbacName" | "roleName"> {
  readonly roleArn: string;
}

/** By what the stack keeps; `undefined` if no name changes. */
export function previousNames({
  found,
  cluster,
  region,
  caller,
  username,
  rbacName,
  roleName,
}: Target): PreviousNames | undefined {
  const now = { username, namespace: cluster.namespace, rbacName, roleName };
  if (!found || changed(found.deployed, now).length === 0) return undefined;
  const { deployed: before } = found;
  return { ...before, roleArn: roleArnOf({ region, account: caller.account }, before.roleName, before.rolePath) };
}

/** From an access entry of the stack to aws-auth. */
export const leavesEntry = ({ found, access }: Target): boolean =>
  found?.deployed.mapByAccessEntry === true && !methods[access.method].isInAccount;
