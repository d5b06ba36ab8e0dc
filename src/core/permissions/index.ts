/** The IAM policies and the Roles that a cluster and flags need, for the caller and for CloudFormation's role. */

import { needsOf } from "../actions/allowed.ts";
import type { AuthenticationMode } from "../aws/eks.ts";
import { methods, modeOf } from "../mapping/modes.ts";
import { partitionOf } from "../partition.ts";
import type { Target } from "../setup/target.ts";
import { anyRole, anySmoke, ownAllowed, smokeAllowed } from "../smoke/names.ts";
import { isInVpc } from "../stack/placement.ts";
import { hasEventOptions } from "../stack/resources.ts";
import { caller, cloudformation } from "./account.ts";
import { type CallerRole, grantRoles, planRoles, setupRoles, smokeRoles } from "./cluster.ts";
import { type Place, type Policy, type Purpose, policyOf } from "./policy.ts";

export interface Permissions {
  /** Of the caller. */
  readonly caller: Policy;
  /** Of the role that CloudFormation assumes; without one, of the caller, too. `undefined`: nothing is deployed. */
  readonly cloudformation: Policy | undefined;
  readonly cluster: readonly CallerRole[];
}

export interface Asked {
  /** Nothing names the cluster. */
  readonly findsCluster: boolean;
  /** Only for `--dry-run`. */
  readonly readsOnly: boolean;
  /** Every smoke test on the cluster: the target is that of one. */
  readonly smokes?: boolean;
}

/** For setup, teardown, invoke and doctor. */
export function setupPermissions(target: Target, { findsCluster, readsOnly, smokes = false }: Asked): Permissions {
  const { access, cluster, config, found, placement, options } = target;
  const before = found?.deployed;
  const { codeBucket } = options;
  const wasInVpc = before !== undefined && isInVpc(before);
  const purpose: Purpose = {
    findsCluster,
    readsOnly,
    smokes,
    grants: false,
    enablesAccessEntries: access.enable,
    passesRole: config.cloudformationRoleArn !== undefined,
    // What the stack has now may have to be deleted.
    hasEntry: methods[access.method].isInAccount || before?.mapByAccessEntry === true,
    hasEvents: (before !== undefined && hasEventOptions(before)) || hasEventOptions(options),
    isInVpc: placement !== undefined || wasInVpc,
    uploadsCode: codeBucket !== "",
    exportsArn: options.exportName !== "" || (before?.exportName ?? "") !== "",
    hasOwnSecurityGroup: placement?.securityGroupIds.length === 0 || (wasInVpc && before.securityGroupIds.length === 0),
  };
  const place = smokes
    ? { ...anyTest(placeOf(target)), codeBucket, granted: [anyRole] }
    : { ...placeOf(target), codeBucket, granted: [] };
  const wish = { namespace: cluster.namespace, readsAwsAuth: access.readsAwsAuth };
  return {
    caller: policyOf(caller.filter(needed(purpose)), place),
    cloudformation: readsOnly ? undefined : policyOf(cloudformation.filter(needed(purpose)), place),
    cluster: readsOnly
      ? planRoles(wish)
      : smokes
        ? smokeRoles({ ...wish, needs: needsOf([...smokeAllowed, ...ownAllowed]) })
        : setupRoles({ ...wish, needs: target.rights.needs }),
  };
}

const needed =
  (purpose: Purpose) =>
  ({ isNeeded }: { readonly isNeeded: (purpose: Purpose) => boolean }) =>
    isNeeded(purpose);

/** The names of one smoke test as patterns for those of all. */
const anyTest = <T extends object>(place: T): T => JSON.parse(anySmoke(JSON.stringify(place)));

function placeOf(target: Target): Omit<Place, "codeBucket" | "granted"> {
  const { region, caller, cluster, stack, functionName, roleArn, config, placement, found } = target;
  return {
    partition: partitionOf(region),
    region,
    account: caller.account,
    cluster: cluster.name,
    entries: `${cluster.name}/*`,
    stack: `${stack}/*`,
    functionName,
    logGroups: [functionName, `${functionName}:*`],
    role: pathOf(roleArn),
    cloudformationRole: pathOf(config.cloudformationRoleArn ?? ""),
    vpc: placement?.vpcId || found?.deployed.vpcId || "*",
  };
}

/** `team/web` of `arn:aws:iam::111122223333:role/team/web` */
const pathOf = (roleArn: string): string => roleArn.replace(/^[^/]*\//, "");

interface GrantTarget {
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  /** The ARN of the role that is granted rights, with its path if it has one. */
  readonly roleArn: string;
  readonly authenticationMode: AuthenticationMode;
}

/** For grant and revoke. */
export function grantPermissions(
  { region, account, cluster, roleArn, authenticationMode }: GrantTarget,
  { findsCluster }: Pick<Asked, "findsCluster">,
): Permissions {
  const { readsEntries, readsAwsAuth } = modeOf(authenticationMode);
  const purpose: Purpose = {
    findsCluster,
    readsOnly: false,
    grants: true,
    smokes: false,
    enablesAccessEntries: false,
    passesRole: false,
    hasEntry: readsEntries,
    hasEvents: false,
    isInVpc: false,
    hasOwnSecurityGroup: false,
    uploadsCode: false,
    exportsArn: false,
  };
  const place: Place = {
    partition: partitionOf(region),
    region,
    account,
    cluster,
    entries: `${cluster}/*`,
    role: pathOf(roleArn),
    granted: [],
    stack: "",
    functionName: "",
    logGroups: [],
    cloudformationRole: "",
    vpc: "",
    codeBucket: "",
  };
  return {
    caller: policyOf(caller.filter(needed(purpose)), place),
    cloudformation: undefined,
    cluster: grantRoles({ readsAwsAuth }),
  };
}
