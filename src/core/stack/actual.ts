/** The stack's resources as they are now: CloudFormation does not see what others change. */

import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { EventInvokeConfig, FunctionConfiguration, Lambda } from "../aws/lambda.ts";
import type { LogGroup, Logs } from "../aws/logs.ts";
import { hasCode } from "../errors.ts";
import type { ActualEntry } from "../mapping/access-entry.ts";
import { readPolicies } from "../mapping/access-policies.ts";
import type { Target } from "../setup/target.ts";
import { logGroupOf } from "./log.ts";
import { hasEventOptions, hasResource } from "./resources.ts";
import { ownPolicyName, policyNames } from "./role-documents.ts";

/** `undefined`: there is none of that name. */
export interface Actual extends ActualEntry {
  /** The inline policies that the template gives the role, by name, as parsed JSON. */
  readonly policies: Readonly<Record<string, unknown>> | typeof unknown;
  /** The inline policy of `--policy` that the stack's role has, as parsed JSON. */
  readonly ownPolicy: unknown;
  readonly function: FunctionConfiguration | undefined | typeof unknown;
  /** Read only if the stack makes it. */
  readonly events: EventInvokeConfig | undefined | typeof unknown;
  readonly logGroup: LogGroup | undefined | typeof unknown;
  /** What the caller may not read, and why. */
  readonly unread: readonly string[];
}

/** The caller may not read it. */
export const unknown = "unknown";

export interface ActualPorts {
  readonly iam: Iam;
  readonly eks: Pick<Eks, "accessEntry" | "accessPolicies">;
  readonly lambda: Pick<Lambda, "configuration" | "eventInvokeConfig">;
  readonly logs: Logs;
}

/** Without the right to read the role or the access entry, throws `AwsForbidden`: setup cannot do without. */
export async function readActual({ iam, eks, lambda, logs }: ActualPorts, target: Target): Promise<Actual> {
  const { access, cluster, options, found, roleArn, roleName, functionName } = target;
  const unread: string[] = [];
  const unlessForbidden = (what: string) => (error: unknown) => {
    if (!hasCode(error, "AwsForbidden")) throw error;
    unread.push(`could not check whether ${what}: ${error.message}`);
    return unknown as typeof unknown;
  };
  const hasEvents = hasEventOptions(options) || hasResource(found?.resources ?? [], "EventInvokeConfig");
  const [role, policies, ownPolicy, configuration, events, logGroup, { entry, accessPolicies, unlisted }] =
    await Promise.all([
      iam.role(roleName),
      readRolePolicies(iam, target).catch(unlessForbidden(`others changed the policies of the role ${roleName}`)),
      readOwnPolicy(iam, target).catch((error: unknown) => {
        if (!hasCode(error, "AwsForbidden")) throw error;
        return unknown;
      }),
      lambda.configuration(functionName).catch(unlessForbidden(`others changed the function ${functionName}`)),
      hasEvents
        ? lambda
            .eventInvokeConfig(functionName)
            .catch(unlessForbidden(`others changed the EventInvokeConfig of ${functionName}`))
        : undefined,
      logs.group(logGroupOf(functionName)).catch(unlessForbidden(`there is a log group ${logGroupOf(functionName)}`)),
      access.readsEntries && cluster.exists ? readEntry(eks, cluster.name, roleArn) : noEntry,
    ]);
  return {
    role,
    policies,
    ownPolicy,
    function: configuration,
    events,
    logGroup,
    entry,
    accessPolicies,
    unread: [...unread, ...unlisted].sort(),
  };
}

const noEntry = { entry: undefined, accessPolicies: [], unlisted: [] };

async function readEntry(eks: ActualPorts["eks"], cluster: string, principalArn: string) {
  const entry = await eks.accessEntry(cluster, principalArn);
  if (!entry) return noEntry;
  const { policies, unread } = await readPolicies(eks, { cluster, principalArn });
  return { entry, accessPolicies: policies, unlisted: unread };
}

/** This run may give the role another name. */
const readOwnPolicy = async (iam: Iam, { found }: Target): Promise<unknown> =>
  found && found.deployed.policy !== "" ? iam.rolePolicy(found.deployed.roleName, ownPolicyName) : undefined;

/** Before the stack exists there is nothing to compare. */
async function readRolePolicies(iam: Iam, { found, roleName }: Target): Promise<Readonly<Record<string, unknown>>> {
  const names = found ? policyNames(found.deployed) : [];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await iam.rolePolicy(roleName, name)] as const)),
  );
}
