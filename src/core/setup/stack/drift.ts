/** What others changed or deleted outside of CloudFormation. An ordinary update does not restore it. */
import type { EventInvokeConfig, FunctionConfiguration } from "../../aws/lambda.ts";
import { counted } from "../../counted.ts";
import { logGroupOf } from "../../log.ts";
import { type Setting, settings } from "../../parameters/settings.ts";
import { partitionOf } from "../../partition.ts";
import type { Target } from "../target.ts";
import { otherCode } from "./code.ts";
import { entryDrift } from "./entry.ts";
import { type Live, unknown } from "./live.ts";
import { hasResource, roleArn } from "./resources.ts";
import { isSameDocument, policiesOf, trust } from "./role-documents.ts";

export interface Drift {
  /** What a change set with `DeploymentMode: REVERT_DRIFT` restores, in words. */
  readonly reverted: readonly string[];
  /** Why the function's code must be deployed again, in words. CloudFormation cannot read the code to compare it. */
  readonly code: string | undefined;
  /** Why the access entry must be deleted and created again, in words. */
  readonly entry: string | undefined;
}

export const noDrift: Drift = { reverted: [], code: undefined, entry: undefined };

/** All of it, in words. */
export const inWords = ({ reverted, code, entry }: Drift): readonly string[] =>
  [...reverted, code, entry].filter((one) => one !== undefined);

/** What setup deploys. */
export interface Release {
  /** Of the package, and so of template.yml. The resources of another version may differ from what is known here. */
  readonly version: string;
  /** The stack's parameter ContentHash. An update to other code deploys the code anyway. */
  readonly hash: string;
}

export function driftOf(target: Target, live: Live, { version, hash }: Release): Drift {
  const { found, functionName, roleName } = target;
  if (!found) return noDrift;
  const has = (logicalId: string, name?: string) => hasResource(found.resources, logicalId, name);
  const isSameVersion = found.deployed.version === version;
  const changed = has("Function", functionName) && isSameVersion ? configurationDrift(target, live) : [];
  const reverted = [
    ...(has("LogGroup", logGroupOf(functionName)) ? logDrift(target, live) : []),
    ...(has("FunctionRole", roleName) ? roleDrift(target, live, isSameVersion) : []),
    ...(has("Function", functionName) ? functionDrift(target, live) : []),
    ...(has("EventInvokeConfig") ? eventsDrift(target, live) : []),
    ...(changed.length > 0 ? [`the function ${functionName} was changed: ${changed.join(", ")}`] : []),
  ];
  const isAsBefore = has("Function", functionName) && found.deployed.contentHash === hash;
  const later = changed.length === 0 ? laterUpdate(target, live) : undefined;
  const code = isAsBefore ? (codeDrift(target, live) ?? later) : undefined;
  return { reverted, code, entry: entryDrift(target, live) };
}

function logDrift({ functionName, found }: Target, { logGroup }: Live): readonly string[] {
  if (logGroup === unknown) return [];
  const name = logGroupOf(functionName);
  if (!logGroup) return [`the log group ${name} was deleted`];
  const days = found?.deployed.logRetention;
  if (days === undefined || days === logGroup.retentionDays) return [];
  const now = logGroup.retentionDays === undefined ? "forever" : `for ${counted(logGroup.retentionDays, "day")}`;
  return [`the log group ${name} keeps events ${now}, not for ${counted(days, "day")}`];
}

function roleDrift(target: Target, { role, policies }: Live, isSameVersion: boolean): readonly string[] {
  const { roleName, found, region, caller } = target;
  if (!role) return [`the role ${roleName} was deleted`];
  if (!isSameVersion) return [];
  const place = { partition: partitionOf(region), region, account: caller.account };
  const expected = policies === unknown || !found ? {} : policiesOf(found.deployed, place);
  return [
    ...(isSameDocument(role.trust, trust) ? [] : [`the trust policy of the role ${roleName} was changed`]),
    ...Object.entries(expected).flatMap(([name, document]) => {
      const live = policies === unknown ? document : policies[name];
      if (isSameDocument(live, document)) return [];
      return [`the policy ${name} of the role ${roleName} was ${live === undefined ? "deleted" : "changed"}`];
    }),
  ];
}

function functionDrift({ functionName, roleName }: Target, live: Live): readonly string[] {
  if (live.function === unknown) return [];
  if (live.function === undefined) return [`the function ${functionName} was deleted`];
  return isForEarlierRole(live.function, live.role) ? [`the role ${roleName} was made again without the stack`] : [];
}

function eventsDrift({ functionName, found }: Target, { function: deployed, events }: Live): readonly string[] {
  // It goes with the function.
  if (events === unknown || deployed === undefined) return [];
  if (!events) return [`the EventInvokeConfig of ${functionName} was deleted`];
  const { eventAge: age, eventRetries: retries } = found?.deployed ?? {};
  const now = eventsInWords(events);
  if (now === eventsInWords({ age, retries, destinations: [] })) return [];
  return [`the EventInvokeConfig of ${functionName} was changed: ${now}`];
}

/** Source of the defaults: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
export const eventsInWords = ({ age = 21_600, retries = 2, destinations }: EventInvokeConfig): string =>
  [
    `events for at most ${age} s`,
    counted(retries, "retry", "retries"),
    ...destinations.map((arn) => `records sent to ${arn}`),
  ].join(", ");

/** Lambda grants the use of its key to one role, which it knows by its unique id. */
export const isForEarlierRole = (
  { environment: { ROLE_ID } }: Pick<FunctionConfiguration, "environment">,
  role: Live["role"],
): boolean => ROLE_ID !== undefined && role?.id !== undefined && ROLE_ID !== role.id;

/** The names of what others changed in the function's configuration. */
function configurationDrift({ found }: Target, { function: live }: Live): readonly string[] {
  if (live === unknown || live === undefined || !found) return [];
  const { id, parameters, deployed } = found;
  const variables = Object.values<Setting>(settings).flatMap(({ variable, parameter = "" }) =>
    variable !== undefined && (live.environment[variable] ?? "") !== (parameters[parameter] ?? "") ? [variable] : [],
  );
  return [
    ...variables,
    // Not the target's: this run may rename the role.
    ...(live.roleArn === roleArn(id, deployed) ? [] : ["its role"]),
    ...(live.memoryMb === deployed.memory ? [] : [`${live.memoryMb} MB of memory`]),
    ...(live.timeoutMs === deployed.timeout * 1000 ? [] : [`a timeout of ${live.timeoutMs / 1000} s`]),
    ...(live.architecture === deployed.architecture ? [] : [live.architecture]),
  ];
}

/** Code in a bucket is known by its hash. */
function codeDrift({ found, functionName }: Target, { function: live }: Live): string | undefined {
  const { codeBucket: bucket, codeKey: key } = found?.deployed ?? {};
  if (live === unknown || !live || !bucket || !key) return undefined;
  const other = otherCode(live, { bucket, key });
  return other === undefined ? undefined : `the function ${functionName} runs ${other}`;
}

/**
 * CloudFormation finishes an update of the function after Lambda does: a later modification is not CloudFormation's.
 * Source: `LastModified` in https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html and
 * `LastUpdatedTimestamp` in https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceSummary.html
 */
function laterUpdate({ found, functionName }: Target, { function: live }: Live): string | undefined {
  if (live === unknown || !live?.modifiedAt) return undefined;
  const deployedAt = found?.resources.find(({ logicalId }) => logicalId === "Function")?.updatedAt;
  if (!deployedAt || live.modifiedAt <= deployedAt) return undefined;
  return `the function ${functionName} was updated on ${live.modifiedAt.toISOString()}, after its stack`;
}
