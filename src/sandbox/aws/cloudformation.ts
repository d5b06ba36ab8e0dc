/** CloudFormation's calls, and the checks that come before anything is made. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { resourceTypes } from "../stack/resources.ts";
import { type ChangeSet, deploy, destroy, newStack, plan, type Stack, type Wanted } from "../stack/stack.ts";
import { invalid, type Pairs, parametersOf, parseTemplate } from "../stack/template.ts";
import type { Data, Region } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Operations } from "./service.ts";

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
  const what = `Value '${value}' at '${field}' failed to satisfy constraint`;
  if (!right) throw invalid(`1 validation error detected: ${what}: Member must ${constraint}`);
}

const maxBody = 51_200;
const updatable = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;
const list = (value: unknown): readonly Data[] => (Array.isArray(value) ? value : []);
const member = (items: readonly unknown[]) => ({ member: items });

/** Throws `ValidationError`, `InsufficientCapabilitiesException`. */
function wantedOf({ TemplateBody, Parameters, Tags, Capabilities }: Data): Wanted {
  const body = String(TemplateBody);
  constrain(Buffer.byteLength(body) <= maxBody, "templateBody", body, `have length less than or equal to ${maxBody}`);
  const template = parseTemplate(body);
  const resources = Object.values(template.Resources);
  const unknown = resources.find(({ Type }) => Type !== "AWS::Serverless::Function" && !resourceTypes[Type]);
  if (unknown) throw invalid(`Template format error: Unrecognized resource types: [${unknown.Type}]`);
  const given = list(Parameters).map((one) => [one.ParameterKey, String(one.ParameterValue ?? "")]);
  const roles = resources.filter(({ Type }) => Type === "AWS::IAM::Role");
  const named = roles.some(({ Properties }) => Properties?.RoleName);
  const capabilities = named ? ["CAPABILITY_NAMED_IAM"] : ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];
  if (roles.length > 0 && !capabilities.some((one) => (list(Capabilities) as unknown[]).includes(one)))
    throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${capabilities[0]}]`);
  return { template, parameters: parametersOf(template, Object.fromEntries(given)), tags: list(Tags) };
}

/** Why a change set fails: its template cannot be, or there is nothing to do. */
function failureOf(stack: Stack, wanted: Wanted): string | undefined {
  try {
    plan(stack, wanted);
  } catch (error) {
    return (error as Error).message;
  }
  const unchanged =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
  return isDeepStrictEqual(stack.wanted, wanted) ? unchanged : undefined;
}

const pairs = (values: Pairs, kind: string) =>
  member(Object.entries(values).map(([name, value]) => ({ [`${kind}Key`]: name, [`${kind}Value`]: value })));

const describe = ({ id, name, createdAt, status, reason, wanted, outputs }: Stack) => {
  const Parameters = pairs(wanted?.parameters ?? {}, "Parameter");
  const settings = { Parameters, Outputs: pairs(outputs, "Output"), Tags: member(wanted?.tags ?? []) };
  const state = { StackStatus: status, ...(reason && { StackStatusReason: reason }) };
  return { StackId: id, StackName: name, CreationTime: createdAt, ...state, ...settings };
};

export const cloudformation: Operations = {
  "cloudformation:DescribeStacks"({ StackName: name }, { region }) {
    const living = region.stacks.filter(({ status }) => status !== "DELETE_COMPLETE");
    const stacks = name ? [stackOf(region, name, `Stack with id ${name} does not exist`)] : living;
    return { Stacks: member(stacks.map(describe)) };
  },
  "cloudformation:DescribeStackEvents"({ StackName }, { region }) {
    return { StackEvents: member(stackOf(region, StackName).events) };
  },
  "cloudformation:CreateChangeSet"(input, { world, region }) {
    const { ChangeSetName, ChangeSetType } = input;
    const [name, pattern] = [String(input.StackName), "[a-zA-Z][-a-zA-Z0-9]*"];
    const right = new RegExp(`^${pattern}$|^arn:`).test(name);
    const isShort = name.length <= 128 || name.startsWith("arn:");
    constrain(isShort, "stackName", name, "have length less than or equal to 128");
    constrain(right, "stackName", name, `satisfy regular expression pattern: ${pattern}`);
    const isNew = ChangeSetType === "CREATE";
    const found = isNew ? find(region, name) : stackOf(region, name);
    if (isNew && found && found.status !== "REVIEW_IN_PROGRESS")
      throw invalid(
        `Stack [${name}] already exists and cannot be created again with the changeSet [${ChangeSetName}].`,
      );
    if (!isNew && found && !updatable.test(found.status))
      throw invalid(`Stack:${found.id} is in ${found.status} state and can not be updated.`);
    const wanted = wantedOf(input);
    const stack = found ?? newStack({ world, region }, name);
    const id = `arn:aws:cloudformation:${region.name}:${world.account}:changeSet/${ChangeSetName}/${randomUUID()}`;
    stack.changeSets.set(String(ChangeSetName), { id, reason: failureOf(stack, wanted), wanted });
    return { Id: id, StackId: stack.id };
  },
  "cloudformation:DescribeChangeSet"({ StackName, ChangeSetName }, { region }) {
    const { id, reason } = changeSetOf(stackOf(region, StackName), ChangeSetName);
    const outcome = reason ? { Status: "FAILED", StatusReason: reason } : { Status: "CREATE_COMPLETE" };
    return { ChangeSetName, ChangeSetId: id, ExecutionStatus: reason ? "UNAVAILABLE" : "AVAILABLE", ...outcome };
  },
  "cloudformation:ListChangeSets"({ StackName }, { region }) {
    const { id, name, changeSets } = stackOf(region, StackName);
    const summaries = [...changeSets.keys()].map((ChangeSetName) => ({ ChangeSetName, StackId: id, StackName: name }));
    return { Summaries: member(summaries) };
  },
  "cloudformation:ExecuteChangeSet"({ StackName, ChangeSetName }, { region }) {
    const stack = stackOf(region, StackName);
    const { id, reason, wanted } = changeSetOf(stack, ChangeSetName);
    const why = `ChangeSet [${id}] cannot be executed in its current status of [FAILED]`;
    if (reason) throw new AwsError("InvalidChangeSetStatus", why);
    stack.changeSets.clear();
    void deploy(stack, wanted);
    return {};
  },
  "cloudformation:DeleteChangeSet"({ StackName, ChangeSetName }, { region }) {
    stackOf(region, StackName).changeSets.delete(String(ChangeSetName));
    return {};
  },
  "cloudformation:DeleteStack"({ StackName: name }, { region }) {
    const stack = find(region, name);
    if (stack && /(?<!REVIEW)_IN_PROGRESS$/.test(stack.status))
      throw invalid(`Stack [${name}] cannot be deleted while in status ${stack.status}`);
    if (stack && stack.status !== "DELETE_COMPLETE") void destroy(stack);
    return {};
  },
};
