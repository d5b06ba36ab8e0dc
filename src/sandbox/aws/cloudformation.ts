/** CloudFormation: its calls, and the validation of their input. */
import { isDeepStrictEqual } from "node:util";
import type { Data, Pairs, Resource } from "../model.ts";
import { changesOf } from "../stack/changes.ts";
import { isCustom } from "../stack/custom.ts";
import { exportNamed, importersOf } from "../stack/exports.ts";
import type { ChangeSet, Stack, Wanted } from "../stack/model.ts";
import { deploy, destroy, newStack, uniqueArn } from "../stack/stack.ts";
import { importsOf, invalid, parametersOf, parseTemplate } from "../stack/template.ts";
import { nameConflicts, validationFailed } from "../stack/validation.ts";
import type { World } from "../state.ts";
import { type Operations, pairsIn } from "./operation.ts";
import { awsError } from "./refusal.ts";

/** Finds a stack by its ID, or by its name unless it was deleted. */
const find = ({ state }: World, name: unknown): Stack | undefined =>
  state.stacks.find((stack) => stack.id === name || (stack.name === name && stack.status !== "DELETE_COMPLETE"));

function stackOf(world: World, { StackName: name }: Data, missing = `Stack [${name}] does not exist`): Stack {
  const stack = find(world, name);
  if (!stack) throw invalid(missing);
  return stack;
}

interface Found extends ChangeSet {
  readonly name: string;
  readonly stack: Stack;
  /** The reason it cannot be executed. */
  readonly failure: string | undefined;
}

const empty = "The submitted information didn't contain changes. Submit different information to create a change set.";
const sam = "AWS::Serverless-2016-10-31";

function failureOf(world: World, stack: Stack, { wanted, revertsDrift, validationErrors }: ChangeSet) {
  const { Transform = sam } = wanted.template;
  if (Transform !== sam) return `No transform named ${Transform} found.`;
  if (validationErrors.length > 0) return validationFailed;
  try {
    for (const name of importsOf(wanted.template, wanted.parameters)) exportNamed(world, name);
  } catch (error) {
    return (error as Error).message;
  }
  return isDeepStrictEqual(wanted, stack.wanted) && !(revertsDrift && hasDrifted(world, stack)) ? empty : undefined;
}

/** The stack's resources that still exist, as they are now. */
function liveResources({ state }: World, { resources }: Stack): ReadonlyMap<string, Resource> {
  const live = new Map<string, Resource>();
  for (const [id, own] of resources) {
    const one = isCustom(own.type) ? own : state.resources.get(own.key);
    if (one) live.set(id, one);
  }
  return live;
}

const hasDrifted = (world: World, stack: Stack): boolean => {
  const live = liveResources(world, stack);
  return [...stack.resources].some(([id, one]) => !isDeepStrictEqual(live.get(id)?.properties, one.properties));
};

/** Finds a change set by its ID, or by its name and its stack's. */
function findChangeSet(world: World, input: Data): Found | undefined {
  const given = `${input.ChangeSetName}`;
  const stacks = given.startsWith("arn:") ? world.state.stacks : [stackOf(world, input)];
  for (const stack of stacks)
    for (const [name, found] of stack.changeSets)
      if (given === name || given === found.id)
        return { ...found, name, stack, failure: failureOf(world, stack, found) };
  return undefined;
}

function changeSetOf(world: World, input: Data): Found {
  const found = findChangeSet(world, input);
  if (!found) throw awsError("ChangeSetNotFound", `ChangeSet [${input.ChangeSetName}] does not exist`, 404);
  return found;
}

/** The number of items in a page of CloudFormation. */
const pageSize = 100;

/** Returns the page of `all` that the caller's NextToken asks for, and the token of the next page. */
function paged(field: string, all: readonly unknown[], { NextToken }: Data): Data {
  const [start, end] = [Number(NextToken ?? 0), Number(NextToken ?? 0) + pageSize];
  return { [field]: all.slice(start, end), ...(end < all.length && { NextToken: `${end}` }) };
}

/** Text that must have a length or match a pattern. */
interface Constrained {
  readonly field: string;
  readonly value: string;
}

function tooLong({ field, value }: Constrained, most: number): Error {
  return violated({ field, value }, `have length less than or equal to ${most}`);
}

function violated({ field, value }: Constrained, constraint: string): Error {
  const what = `Value '${value}' at '${field}' failed to satisfy constraint`;
  return invalid(`1 validation error detected: ${what}: Member must ${constraint}`);
}

const show = (values: Pairs = {}, kind: string): readonly Data[] =>
  Object.entries(values).map(([name, value]) => ({ [`${kind}Key`]: name, [`${kind}Value`]: value }));

/** Source: "CloudFormation quotas" in the CloudFormation User Guide. */
const maxBodyBytes = 51_200;
const maxTemplateBytes = 1_000_000;
const maxNameLength = 128;

/** The template's text, from the request or from the bucket that it names. Throws `ValidationError`. */
function bodyOf({ state }: World, { TemplateBody: given, TemplateURL: url }: Data): string {
  if (given !== undefined) {
    const body = `${given}`;
    if (Buffer.byteLength(body) > maxBodyBytes) throw tooLong({ field: "templateBody", value: body }, maxBodyBytes);
    return body;
  }
  if (url === undefined) throw invalid("Either Template URL or Template Body must be specified.");
  const { bucket, key } = placeOf(`${url}`) ?? {};
  if (bucket === undefined || key === undefined) throw invalid("TemplateURL must be a supported URL.");
  const objects = state.buckets.get(bucket)?.objects;
  const missing = (what: string) =>
    invalid(
      `S3 error: ${what}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    );
  if (!objects) throw missing("The specified bucket does not exist");
  const bytes = objects.get(key)?.at(-1)?.bytes;
  if (!bytes) throw missing("The specified key does not exist.");
  if (bytes.length > maxTemplateBytes) throw invalid(`Template may not exceed ${maxTemplateBytes} bytes in size.`);
  return bytes.toString();
}

/** `https://BUCKET.s3.REGION.amazonaws.com/KEY`, or with the bucket in the path. */
function placeOf(url: string): { readonly bucket?: string; readonly key?: string } | undefined {
  const s3 = /^https:\/\/(?:([\w.-]+)\.)?s3(?:[.-][\w-]+)?\.amazonaws\.com(?:\.cn)?\/([^?#]+)$/.exec(url);
  if (!s3) return undefined;
  const [bucket = "", ...key] = [...(s3[1] === undefined ? [] : [s3[1]]), ...`${s3[2]}`.split("/")];
  return { bucket, key: key.join("/") };
}

/** Throws `ValidationError` or `InsufficientCapabilitiesException`. */
function wantedOf(world: World, input: Data): Wanted {
  const template = parseTemplate(bodyOf(world, input));
  const named = Object.values(template.Resources).some(({ Properties }) => Properties?.RoleName);
  if (named && !Object.values(input).includes("CAPABILITY_NAMED_IAM"))
    throw awsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]");
  return { template, parameters: parametersOf(template, pairsIn(input, "Parameter")), tags: pairsIn(input, "") };
}

const updatable = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$/;

/**
 * After an operation without rollback failed.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
 */
const paused = /^(CREATE|UPDATE)_FAILED$/;
const pausedMessage = ({ status }: Stack): string =>
  `This stack is currently in a non-terminal [${status}] state. To update the stack from this state, please use the disable-rollback parameter with execute-change-set API. To rollback to the last known good state, use the rollback-stack API`;

export const cloudformation: Operations = {
  "cloudformation:DescribeStacks"(input, { world }) {
    const stack = stackOf(world, input, `Stack with id ${input.StackName} does not exist`);
    const { id: StackId, name: StackName, status: StackStatus, statusReason, outputs, wanted, isProtected } = stack;
    const given = { Parameters: show(wanted?.parameters, "Parameter"), Tags: show(wanted?.tags, "") };
    const why = statusReason !== undefined && { StackStatusReason: statusReason };
    const more = { ...why, EnableTerminationProtection: isProtected, Outputs: show(outputs, "Output") };
    return { Stacks: [{ StackId, StackName, StackStatus, ...given, ...more }] };
  },
  "cloudformation:DescribeStackEvents": (input, { world }) => ({ StackEvents: stackOf(world, input).events }),
  "cloudformation:CreateChangeSet"(input, { world }) {
    const [name, pattern] = [`${input.StackName}`, "[a-zA-Z][-a-zA-Z0-9]*"];
    const isNew = input.ChangeSetType === "CREATE";
    const found = isNew ? find(world, name) : stackOf(world, input);
    const isId = found?.id === name;
    const given = { field: "stackName", value: name };
    if (!isId && name.length > maxNameLength) throw tooLong(given, maxNameLength);
    if (!isId && !new RegExp(`^${pattern}$`).test(name))
      throw violated(given, `satisfy regular expression pattern: ${pattern}`);
    const taken = `already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`;
    if (isNew && found && found.status !== "REVIEW_IN_PROGRESS") throw invalid(`Stack [${name}] ${taken}`);
    if (!isNew && found && !updatable.test(found.status) && !paused.test(found.status))
      throw invalid(`Stack:${found.id} is in ${found.status} state and can not be updated.`);
    const wanted = wantedOf(world, input);
    const stack = found ?? newStack(world, name);
    const changeSet = `${input.ChangeSetName}`;
    if (stack.changeSets.has(changeSet))
      throw awsError("AlreadyExistsException", `ChangeSet ${changeSet} already exists`);
    const id = uniqueArn(world, "changeSet", changeSet);
    const revertsDrift = input.DeploymentMode === "REVERT_DRIFT" && !world.faults.withoutDriftReverts;
    const validationErrors = nameConflicts(world, stack, wanted);
    stack.changeSets.set(changeSet, { id, wanted, revertsDrift, validationErrors });
    return { Id: id, StackId: stack.id };
  },
  "cloudformation:DescribeChangeSet"(input, { world }) {
    const { id, name, stack, wanted, failure, revertsDrift } = changeSetOf(world, input);
    const mode = revertsDrift ? { DeploymentMode: "REVERT_DRIFT" } : {};
    const named = { ChangeSetId: id, ChangeSetName: name, StackId: stack.id, StackName: stack.name, ...mode };
    if (failure) return { ...named, Status: "FAILED", StatusReason: failure, ExecutionStatus: "UNAVAILABLE" };
    const done = { Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE" };
    const resources = revertsDrift ? liveResources(world, stack) : stack.resources;
    return {
      ...named,
      ...done,
      ...paged("Changes", changesOf({ resources, exported: (name) => exportNamed(world, name) }, wanted), input),
    };
  },
  "cloudformation:ListStackResources"(input, { world }) {
    const { resources, events } = stackOf(world, input, `Stack with id ${input.StackName} does not exist`);
    const summaries = [...resources].map(([LogicalResourceId, { name, type, modifiedAt }]) => ({
      LogicalResourceId,
      PhysicalResourceId: name,
      ResourceType: type,
      ResourceStatus: events.find(
        (event) => event.LogicalResourceId === LogicalResourceId && (event.PhysicalResourceId ?? name) === name,
      )?.ResourceStatus,
      LastUpdatedTimestamp: new Date(modifiedAt).toISOString(),
    }));
    return paged("StackResourceSummaries", summaries, input);
  },
  "cloudformation:ListChangeSets"(input, { world }) {
    const { name: StackName, changeSets } = stackOf(world, input);
    return paged(
      "Summaries",
      [...changeSets.keys()].map((ChangeSetName) => ({ ChangeSetName, StackName })),
      input,
    );
  },
  "cloudformation:ExecuteChangeSet"(input, { world }) {
    const found = changeSetOf(world, input);
    const { id, stack, failure } = found;
    const why = `ChangeSet [${id}] cannot be executed in its current status of [FAILED]`;
    if (failure) throw awsError("InvalidChangeSetStatus", why);
    if (paused.test(stack.status) && input.DisableRollback !== "true") throw invalid(pausedMessage(stack));
    stack.changeSets.clear();
    stack.operation = deploy(world, stack, found);
  },
  "cloudformation:DeleteChangeSet"(input, { world }) {
    const found = findChangeSet(world, input);
    found?.stack.changeSets.delete(found.name);
  },
  "cloudformation:DescribeEvents"(input, { world }) {
    const { ChangeSetName: changeSet, StackName: name } = input;
    if (name === undefined && !`${changeSet}`.startsWith("arn:"))
      throw invalid("One of ChangeSetName, OperationId or StackName must be specified");
    const events = changeSet
      ? changeSetOf(world, input).validationErrors
      : stackOf(world, input).events.map((event) => ({ ...event, EventType: "STACK_EVENT" }));
    const failed = events.filter((event) => /FAILED$/.test(`${event.ValidationStatus ?? event.ResourceStatus}`));
    return paged("OperationEvents", input["Filters.FailedEvents"] === "true" ? failed : events, input);
  },
  "cloudformation:ListExports"(input, { world }) {
    const exports = world.state.stacks.flatMap((stack) =>
      Object.entries(stack.exports).map(([Name, Value]) => ({ ExportingStackId: stack.id, Name, Value })),
    );
    return paged("Exports", exports, input);
  },
  "cloudformation:ListImports"(input, { world }) {
    const importers = importersOf(world, `${input.ExportName}`);
    if (importers.length === 0) throw invalid(`Export '${input.ExportName}' is not imported by any stack.`);
    return paged("Imports", importers, input);
  },
  "cloudformation:UpdateTerminationProtection"(input, { world }) {
    const stack = stackOf(world, input);
    stack.isProtected = input.EnableTerminationProtection === "true";
    return { StackId: stack.id };
  },
  "cloudformation:DeleteStack"(input, { world }) {
    const stack = find(world, input.StackName);
    if (!stack || /^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status)) return;
    if (stack.isProtected)
      throw invalid(`Stack [${input.StackName}] cannot be deleted while TerminationProtection is enabled`);
    if (/^UPDATE.*_IN_PROGRESS$/.test(stack.status))
      throw invalid(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
    // AWS cancels a creation in progress. The sandbox lets it finish.
    stack.operation = stack.operation.then(() => destroy(world, stack));
  },
};
