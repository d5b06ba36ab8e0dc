/** What others changed or deleted outside of CloudFormation. An ordinary update does not restore it. */
import type { EventInvokeConfig, FunctionConfiguration } from "../aws/lambda.ts";
import { entryDrift, entryPlaceOf, type StackEntry } from "../mapping/access-entry.ts";
import { type Setting, settings } from "../parameters/settings.ts";
import type { Target } from "../setup/target.ts";
import { counted } from "../text.ts";
import { type Actual, unknown } from "./actual.ts";
import { otherCode } from "./code.ts";
import { logGroupOf } from "./log.ts";
import { hasResource, roleArn } from "./resources.ts";
import { isOwnPolicy, isSameDocument, ownPolicyName, placeOf, policiesOf, trust } from "./role-documents.ts";

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

export function driftOf(target: Target, actual: Actual, { version, hash }: Release): Drift {
  const { found, functionName, roleName } = target;
  if (!found) return noDrift;
  const has = (logicalId: string, name?: string) => hasResource(found.resources, logicalId, name);
  const isSameVersion = found.deployed.version === version;
  const changed = has("Function", functionName) && isSameVersion ? configurationDrift(target, actual) : [];
  const reverted = [
    ...(has("LogGroup", logGroupOf(functionName)) ? logDrift(target, actual) : []),
    ...(has("FunctionRole", roleName) ? roleDrift(target, actual, isSameVersion) : []),
    ...(has("Function", functionName) ? functionDrift(target, actual) : []),
    ...(has("EventInvokeConfig") ? eventsDrift(target, actual) : []),
    ...(changed.length > 0 ? [`the function ${functionName} was changed: ${changed.join(", ")}`] : []),
  ];
  const isAsBefore = has("Function", functionName) && found.deployed.contentHash === hash;
  const later = changed.length === 0 ? laterUpdate(target, actual) : undefined;
  const code = isAsBefore ? (codeDrift(target, actual) ?? later) : undefined;
  const entry = target.access.readsEntries ? entryDrift(stackEntryOf(target), actual) : undefined;
  return { reverted, code, entry };
}

/** The access entry that the stack made for the role, or is to make. */
export function stackEntryOf({ found, roleName, ...target }: Target): StackEntry {
  const isMade = found?.deployed.roleName === roleName && hasResource(found.resources, "AccessEntry");
  return {
    place: entryPlaceOf(target, target.roleArn),
    username: target.username,
    made: isMade ? { arn: found.outputs.AccessEntryArn, username: found.deployed.username } : undefined,
  };
}

function logDrift({ functionName, found }: Target, { logGroup }: Actual): readonly string[] {
  if (logGroup === unknown) return [];
  const name = logGroupOf(functionName);
  if (!logGroup) return [`the log group ${name} was deleted`];
  const days = found?.deployed.logRetention;
  if (days === undefined || days === logGroup.retentionDays) return [];
  const now = logGroup.retentionDays === undefined ? "forever" : `for ${counted(logGroup.retentionDays, "day")}`;
  return [`the log group ${name} keeps events ${now}, not for ${counted(days, "day")}`];
}

function roleDrift(target: Target, { role, policies, ownPolicy }: Actual, isSameVersion: boolean): readonly string[] {
  const { roleName, found } = target;
  if (!role) return [`the role ${roleName} was deleted`];
  if (!isSameVersion) return [];
  const expected = policies === unknown || !found ? {} : policiesOf(found.deployed, placeOf(target));
  const isOwn = ownPolicy === unknown || !found || isOwnPolicy(found.deployed, ownPolicy);
  const changed = (name: string, actual: unknown) =>
    `the policy ${name} of the role ${roleName} was ${actual === undefined ? "deleted" : "changed"}`;
  return [
    ...(isSameDocument(role.trust, trust) ? [] : [`the trust policy of the role ${roleName} was changed`]),
    ...Object.entries(expected).flatMap(([name, document]) => {
      const actual = policies === unknown ? document : policies[name];
      if (isSameDocument(actual, document)) return [];
      return [changed(name, actual)];
    }),
    ...(isOwn ? [] : [changed(ownPolicyName, ownPolicy)]),
  ];
}

function functionDrift({ functionName, roleName }: Target, actual: Actual): readonly string[] {
  if (actual.function === unknown) return [];
  if (actual.function === undefined) return [`the function ${functionName} was deleted`];
  return isForEarlierRole(actual.function, actual.role)
    ? [`the role ${roleName} was created again outside of the stack`]
    : [];
}

function eventsDrift({ functionName, found }: Target, { function: deployed, events }: Actual): readonly string[] {
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
  role: Actual["role"],
): boolean => ROLE_ID !== undefined && role?.id !== undefined && ROLE_ID !== role.id;

/** The names of what others changed in the function's configuration. */
function configurationDrift({ found }: Target, { function: actual }: Actual): readonly string[] {
  if (actual === unknown || actual === undefined || !found) return [];
  const { id, parameters, deployed } = found;
  const variables = Object.values<Setting>(settings).flatMap(({ variable, parameter = "" }) =>
    variable !== undefined && (actual.environment[variable] ?? "") !== (parameters[parameter] ?? "") ? [variable] : [],
  );
  return [
    ...variables,
    ...Object.entries(deployed.env).flatMap(([name, value]) => (actual.environment[name] === value ? [] : [name])),
    // Not the target's: this run may rename the role.
    ...(actual.roleArn === roleArn(id, deployed) ? [] : ["its role"]),
    ...(actual.memoryMb === deployed.memory ? [] : [`${actual.memoryMb} MB of memory`]),
    ...(actual.timeoutMs === deployed.timeout * 1000 ? [] : [`a timeout of ${actual.timeoutMs / 1000} s`]),
    ...(actual.architecture === deployed.architecture ? [] : [actual.architecture]),
  ];
}

/** Code in a bucket is known by its hash. */
function codeDrift({ found, functionName }: Target, { function: actual }: Actual): string | undefined {
  const { codeBucket: bucket, codeKey: key } = found?.deployed ?? {};
  if (actual === unknown || !actual || !bucket || !key) return undefined;
  const other = otherCode(actual, { bucket, key });
  return other === undefined ? undefined : `the function ${functionName} runs ${other}`;
}

/**
 * CloudFormation finishes an update of the function after Lambda does: a later modification is not CloudFormation's.
 * Source: `LastModified` in https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html and
 * `LastUpdatedTimestamp` in https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceSummary.html
 */
function laterUpdate({ found, functionName }: Target, { function: actual }: Actual): string | undefined {
  if (actual === unknown || !actual?.modifiedAt) return undefined;
  const deployedAt = found?.resources.find(({ logicalId }) => logicalId === "Function")?.updatedAt;
  if (!deployedAt || actual.modifiedAt <= deployedAt) return undefined;
  return `the function ${functionName} was updated on ${actual.modifiedAt.toISOString()}, after its stack`;
}
