/** CloudFormation's calls, and the checks that come before anything is made. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { resourceTypes } from "../stack/resources.ts";
import { type ChangeSet, deploy, destroy, newStack, plan, type Stack, type Wanted } from "../stack/stack.ts";
import { invalid, type Pairs, parametersOf, parseTemplate } from "../stack/template.ts";
import type { Data, Region } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Context, Operations } from "./service.ts";

/** The living stack of that name, or any of that id. */
const find = ({ stacks }: Region, name: unknown): Stack | undefined =>
  stacks.find((stack) => stack.id === name || (stack.name === name && stack.status !== "DELETE_COMPLETE"));

function stackOf(region: Region, name: unknown, missing = `Stack [${name}] does not exist`): Stack {
  const stack = find(region, name);
  if (!stack) throw invalid(missing);
  return stack;
}

function changeSetOf({ changeSets }: Stack, name: unknown): ChangeSet {
  const found = changeSets.get(String(name));
  if (!found) throw new AwsError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);
  return found;
}

function constrain(right: boolean, field: string, value: string, constraint: string): void {
  const what = `Value '${value.slice(0, 100)}' at '${field}' failed to satisfy constraint`;
  if (!right) throw invalid(`1 validation error detected: ${what}: Member must ${constraint}`);
}

const maxBody = 51_200;
const updatable = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;
const list = (value: unknown): readonly Data[] => (value ?? []) as readonly Data[];
const member = (items: readonly unknown[]) => ({ member: items });

/** Throws `ValidationError`, `InsufficientCapabilitiesException`. */
function wantedOf({ TemplateBody, Parameters, Tags, Capabilities }: Data): Wanted {
  const body = String(TemplateBody);
  constrain(Buffer.byteLength(body) <= maxBody, "templateBody", body, `have length less than or equal to ${maxBody}`);
  const template = parseTemplate(body);
  const resources = Object.values(template.Resources);
  const unknown = resources.filter(({ Type }) => Type !== "AWS::Serverless::Function" && !resourceTypes[Type]);
  if (unknown.length > 0)
    throw invalid(`Template format error: Unrecognized resource types: [${unknown.map(({ Type }) => Type)}]`);
  const given = Object.fromEntries(
    list(Parameters).map((one) => [String(one.ParameterKey), String(one.ParameterValue ?? "")]),
  );
  const capabilities = list(Capabilities).map(String);
  const roles = resources.filter(({ Type }) => Type === "AWS::IAM::Role");
  const needed = roles.some(({ Properties }) => Properties?.RoleName) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
  if (roles.length > 0 && !capabilities.includes("CAPABILITY_NAMED_IAM") && !capabilities.includes(needed))
    throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
  return { template, parameters: parametersOf(template, given), tags: list(Tags), capabilities };
}

/** Why a change set fails: its template cannot be, or there is nothing to do. */
function failureOf(context: Context, stack: Stack, wanted: Wanted): string | undefined {
  try {
    plan(context, stack, wanted);
  } catch (error) {
    return (error as Error).message;
  }
  return isDeepStrictEqual({ ...stack.wanted, capabilities: wanted.capabilities }, wanted)
    ? "The submitted information didn't contain changes. Submit different information to create a change set."
    : undefined;
}

const pairs = (values: Pairs, kind: string) =>
  member(Object.entries(values).map(([name, value]) => ({ [`${kind}Key`]: name, [`${kind}Value`]: value })));

const describe = ({ id, name, createdAt, status, reason, wanted, outputs }: Stack) => ({
  StackId: id,
  StackName: name,
  CreationTime: createdAt,
  StackStatus: status,
  ...(reason && { StackStatusReason: reason }),
  Parameters: pairs(wanted?.parameters ?? {}, "Parameter"),
  Outputs: pairs(outputs, "Output"),
  Tags: member(wanted?.tags ?? []),
  Capabilities: member(wanted?.capabilities ?? []),
});

export const cloudformation: Operations = {
  "cloudformation:DescribeStacks"({ StackName: name }, { region }) {
    const living = region.stacks.filter(({ status }) => status !== "DELETE_COMPLETE");
    const stacks = name ? [stackOf(region, name, `Stack with id ${name} does not exist`)] : living;
    return { Stacks: member(stacks.map(describe)) };
  },
  "cloudformation:DescribeStackEvents": ({ StackName }, { region }) => ({
    StackEvents: member(stackOf(region, StackName).events),
  }),
  "cloudformation:CreateChangeSet"(input, context) {
    const { StackName, ChangeSetName, ChangeSetType = "UPDATE" } = input;
    const { region, world } = context;
    const [name, pattern] = [String(StackName), "[a-zA-Z][-a-zA-Z0-9]*"];
    const right = new RegExp(`^${pattern}$|^arn:`).test(name) && name.length <= 128;
    constrain(right, "stackName", name, `satisfy regular expression pattern: ${pattern}`);
    const found = ChangeSetType === "CREATE" ? find(region, name) : stackOf(region, name);
    if (ChangeSetType === "CREATE" && found && found.status !== "REVIEW_IN_PROGRESS")
      throw invalid(
        `Stack [${name}] already exists and cannot be created again with the changeSet [${ChangeSetName}].`,
      );
    if (ChangeSetType !== "CREATE" && found && !updatable.test(found.status))
      throw invalid(`Stack:${found.id} is in ${found.status} state and can not be updated.`);
    const wanted = wantedOf(input);
    const stack = found ?? newStack(context, name);
    const id = `arn:aws:cloudformation:${region.name}:${world.account}:changeSet/${ChangeSetName}/${randomUUID()}`;
    stack.changeSets.set(String(ChangeSetName), { ...wanted, id, reason: failureOf(context, stack, wanted) });
    return { Id: id, StackId: stack.id };
  },
  "cloudformation:DescribeChangeSet"({ StackName, ChangeSetName }, { region }) {
    const { id, reason } = changeSetOf(stackOf(region, StackName), ChangeSetName);
    const outcome = reason ? { Status: "FAILED", StatusReason: reason } : { Status: "CREATE_COMPLETE" };
    return { ChangeSetName, ChangeSetId: id, ExecutionStatus: reason ? "UNAVAILABLE" : "AVAILABLE", ...outcome };
  },
  "cloudformation:ExecuteChangeSet"({ StackName, ChangeSetName }, context) {
    const stack = stackOf(context.region, StackName);
    const { id, reason, ...wanted } = changeSetOf(stack, ChangeSetName);
    const why = `ChangeSet [${id}] cannot be executed in its current status of [FAILED]`;
    if (reason) throw new AwsError("InvalidChangeSetStatus", why);
    stack.changeSets.clear();
    void deploy(context, stack, wanted);
    return {};
  },
  "cloudformation:DeleteChangeSet": ({ StackName, ChangeSetName }, { region }) => {
    stackOf(region, StackName).changeSets.delete(String(ChangeSetName));
    return {};
  },
  "cloudformation:DeleteStack"({ StackName: name }, context) {
    const stack = find(context.region, name);
    if (stack && /(?<!REVIEW)_IN_PROGRESS$/.test(stack.status))
      throw invalid(`Stack [${name}] cannot be deleted while in status ${stack.status}`);
    if (stack && stack.status !== "DELETE_COMPLETE") void destroy(context, stack);
    return {};
  },
};
