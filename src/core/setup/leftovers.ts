/** What `teardown --aws-only` leaves in the cluster and on the disk, and the commands that remove it. */

import { mappableArn } from "../arn.ts";
import type { Eks } from "../aws/eks.ts";
import { type Command, command } from "../command.ts";
import { grantsOf } from "../kube/need.ts";
import { flagsFrom } from "../parameters/deployed.ts";
import { type EarlierMapping, earlierMappings } from "./earlier-mappings.ts";
import type { Target } from "./target.ts";

export interface Leftovers {
  /** What the person should know before agreeing. */
  readonly warnings: readonly string[];
  readonly objects: readonly string[];
  readonly commands: readonly Command[];
}

interface Leaving {
  readonly target: Target;
  readonly eks: Pick<Eks, "accessEntry">;
}

/** `undefined`: the cluster is gone, and everything in it. */
export async function leftoversOf({ target, eks }: Leaving): Promise<Leftovers | undefined> {
  const { cluster } = target;
  if (!cluster.exists) return undefined;
  const mappings = [...((await mayBeMapped({ target, eks })) ? [target] : []), ...earlierLeft(target)];
  const entries = mappings.map(({ roleArn }) => `the entry of ${mappableArn(roleArn)} in aws-auth`);
  return {
    warnings: [...mappings.map(mappingWarning), ...deletingWarning(target)],
    objects: [...entries, ...rolesLeft(target), "the entries of the cluster in your kubeconfig"],
    commands: [target, ...earlierLeft(target).map((mapping) => ({ ...target, ...mapping }))].map(
      (one) => command`eks-lambda teardown ${flagsOf(one)}`,
    ),
  };
}

/** Where the code of the stack's function stays: the bucket is not the stack's, and others may use the same code. */
export function leftoverCode({ found }: Pick<Target, "found">): string | undefined {
  const { codeBucket, codeKey } = found?.deployed ?? {};
  return codeKey ? `s3://${codeBucket}/${codeKey}` : undefined;
}

const rolesLeft = ({ rights, rbacName, cluster }: Target): readonly string[] =>
  grantsOf(rights.needs, cluster.namespace).map(({ namespace }) =>
    namespace === undefined
      ? `ClusterRole and ClusterRoleBinding ${rbacName}`
      : `Role and RoleBinding ${rbacName} in ${namespace}`,
  );

/** An access entry maps the role: the stack's goes with it, and that of others is of no use to a later role. */
async function mayBeMapped({ target, eks }: Leaving): Promise<boolean> {
  const { access, found, cluster, roleArn } = target;
  if (!access.readsAwsAuth || found?.deployed.mapByAccessEntry) return false;
  if (!access.readsEntries) return true;
  // If that is unknown, a warning too many is better.
  return (await eks.accessEntry(cluster.name, roleArn).catch(() => undefined)) === undefined;
}

/** Of a role that was renamed in a run that was killed. */
const earlierLeft = (target: Target): readonly EarlierMapping[] =>
  target.access.readsAwsAuth ? earlierMappings(target) : [];

const mappingWarning = ({ roleName, username }: EarlierMapping): string =>
  `the entry in aws-auth stays: anyone who can create a role named "${roleName}" in this account becomes "${username}" in the cluster, with its rights, until the entry is removed`;

const deletingWarning = ({ cluster }: Target): readonly string[] =>
  cluster.exists && cluster.status === "DELETING"
    ? ["the cluster is being deleted (DELETING): its objects are deleted with it, unless the deletion fails"]
    : [];

/** The stack knows the names that differ from the defaults, and it will be gone. */
function flagsOf({ cluster, region, name, stack, roleName, username, rbacName }: Target): readonly string[] {
  const names = { stack, name, namespace: cluster.namespace, roleName, username, rbacName };
  const place = { cluster: cluster.name, region, name, onlyCreates: true };
  return ["--cluster", cluster.name, "--region", region, ...flagsFrom("teardown", names, place)];
}
