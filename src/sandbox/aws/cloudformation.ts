/** CloudFormation's calls, and the checks that come before anything is made. */
import { isDeepStrictEqual } from "node:util";
import { deploy, destroy, newStack, type Stack, type Wanted } from "../stack/stack.ts";
import { invalid, parametersOf, parseTemplate } from "../stack/template.ts";
import type { Data, Pairs, World } from "../state.ts";
import { awsError } from "./account.ts";
import type { Operations } from "./service.ts";

/** The living stack of that name, or any of that id. */
const find = ({ state }: World, name: unknown): Stack | undefined =>
  state.stacks.find((stack) => stack.id === name || (stack.name === name && stack.status !== "DELETE_COMPLETE"));

function stackOf(world: World, { StackName: name }: Data, missing = `Stack [${name}] does not exist`): Stack {
  const stack = find(world, name);
  if (!stack) throw invalid(missing);
  return stack;
}

/** One that would change nothing has failed. */
function changeSetOf(world: World, input: Data) {
  const [stack, name] = [stackOf(world, input), `${input.ChangeSetName}`];
  const wanted = stack.changeSets.get(name);
  if (!wanted) throw awsError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);
  return { stack, wanted, failed: isDeepStrictEqual(wanted, stack.wanted) };
}

function constrain(right: boolean, field: string, value: string, constraint: string): void {
  const what = `Value '${value}' at '${field}' failed to satisfy constraint`;
  if (!right) throw invalid(`1 validation error detected: ${what}: Member must ${constraint}`);
}

/** `Tags.member.1.Key=a&Tags.member.1.Value=b` are `{a: "b"}`. */
const read = (input: Data, kind: string): Pairs => {
  const keys = Object.keys(input).filter((name) => name.includes(".member.") && name.endsWith(`.${kind}Key`));
  return Object.fromEntries(keys.map((key) => [input[key], input[key.replace(/Key$/, "Value")]]));
};
const show = (values: Pairs = {}, kind: string): readonly Data[] =>
  Object.entries(values).map(([name, value]) => ({ [`${kind}Key`]: name, [`${kind}Value`]: value }));

/** Throws `ValidationError`, `InsufficientCapabilitiesException`. */
function wantedOf(input: Data): Wanted {
  const body = `${input.TemplateBody}`;
  constrain(Buffer.byteLength(body) <= 51_200, "templateBody", body, "have length less than or equal to 51200");
  const template = parseTemplate(body);
  const named = Object.values(template.Resources).some(({ Properties }) => Properties?.RoleName);
  if (named && !Object.values(input).includes("CAPABILITY_NAMED_IAM"))
    throw awsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]");
  return { template, parameters: parametersOf(template, read(input, "Parameter")), tags: read(input, "") };
}

export const cloudformation: Operations = {
  "cloudformation:DescribeStacks"(input, { world }) {
    const stack = stackOf(world, input, `Stack with id ${input.StackName} does not exist`);
    const { id: StackId, name: StackName, status: StackStatus, outputs, wanted } = stack;
    const given = { Parameters: show(wanted?.parameters, "Parameter"), Tags: show(wanted?.tags, "") };
    return { Stacks: [{ StackId, StackName, StackStatus, ...given, Outputs: show(outputs, "Output") }] };
  },
  "cloudformation:DescribeStackEvents": (input, { world }) => ({ StackEvents: stackOf(world, input).events }),
  "cloudformation:CreateChangeSet"(input, { world }) {
    const [name, pattern] = [`${input.StackName}`, "[a-zA-Z][-a-zA-Z0-9]*"];
    constrain(name.length <= 128, "stackName", name, "have length less than or equal to 128");
    constrain(name.search(`^${pattern}$`) === 0, "stackName", name, `satisfy regular expression pattern: ${pattern}`);
    const isNew = input.ChangeSetType === "CREATE";
    const found = isNew ? find(world, name) : stackOf(world, input);
    const taken = `already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`;
    if (isNew && found && found.status !== "REVIEW_IN_PROGRESS") throw invalid(`Stack [${name}] ${taken}`);
    if (!isNew && found && !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(found.status))
      throw invalid(`Stack:${found.id} is in ${found.status} state and can not be updated.`);
    const wanted = wantedOf(input);
    const stack = found ?? newStack(world, name);
    stack.changeSets.set(`${input.ChangeSetName}`, wanted);
    return { StackId: stack.id };
  },
  "cloudformation:DescribeChangeSet"(input, { world }) {
    const { failed } = changeSetOf(world, input);
    if (!failed) return { Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE" };
    const StatusReason =
      "The submitted information didn't contain changes. Submit different information to create a change set.";
    return { Status: "FAILED", StatusReason, ExecutionStatus: "UNAVAILABLE" };
  },
  "cloudformation:ListChangeSets"(input, { world }) {
    const { name: StackName, changeSets } = stackOf(world, input);
    return { Summaries: [...changeSets.keys()].map((ChangeSetName) => ({ ChangeSetName, StackName })) };
  },
  "cloudformation:ExecuteChangeSet"(input, { world }) {
    const { stack, wanted, failed } = changeSetOf(world, input);
    const id = stack.id.replace(`stack/${stack.name}`, `changeSet/${input.ChangeSetName}`);
    const why = `ChangeSet [${id}] cannot be executed in its current status of [FAILED]`;
    if (failed) throw awsError("InvalidChangeSetStatus", why);
    stack.changeSets.clear();
    void deploy(world, stack, wanted);
  },
  "cloudformation:DeleteChangeSet": (input, { world }) =>
    void stackOf(world, input).changeSets.delete(`${input.ChangeSetName}`),
  "cloudformation:DeleteStack"(input, { world }) {
    const stack = find(world, input.StackName);
    if (stack && stack.status !== "DELETE_COMPLETE") void destroy(world, stack);
  },
};
