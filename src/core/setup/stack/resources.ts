/**
 * The resources of template.yml, and which changes of them a plan explains. To add one to the template, add it here.
 */
import type { Pairs, ResourceChange, Stack, StackResource } from "../../aws/cloudformation.ts";
import { isInVpc } from "../placement.ts";
import { hasEventOptions } from "./options.ts";
import { isAtRest } from "./status.ts";

interface Own {
  /** The type after SAM's transform. */
  readonly type: string;
  /** True if a stack with these parameters has it. */
  readonly isIn: (parameters: Pairs) => boolean;
  /** Its physical id, if the stack's parameters determine it. `actual`: the one that it has. */
  readonly physicalId?: (stack: Stack, actual: string) => string;
  /**
   * The parameters that make CloudFormation replace it.
   * Source: `createOnlyProperties` in the schemas of CloudFormation's registry.
   */
  readonly replacedBy: readonly string[];
  /** The resource whose replacement also replaces this one, because a property has its ARN or id. */
  readonly follows?: string;
}

const always = () => true;
const hasOwnGroup = (parameters: Pairs) => isInVpc(parameters) && !parameters.SecurityGroupIds;
/** Security groups hold no data, so another version of the template may replace them. */
const anyVersion = "ContentHash";

const own: Readonly<Record<string, Own>> = {
  LogGroup: {
    type: "AWS::Logs::LogGroup",
    isIn: always,
    physicalId: ({ parameters }) => `/aws/lambda/${parameters.FunctionName}`,
    replacedBy: ["FunctionName"],
  },
  FunctionRole: {
    type: "AWS::IAM::Role",
    isIn: always,
    physicalId: ({ parameters }) => parameters.RoleName ?? "",
    replacedBy: ["RoleName", "RolePath"],
  },
  Function: {
    type: "AWS::Lambda::Function",
    isIn: always,
    physicalId: ({ parameters }) => parameters.FunctionName ?? "",
    replacedBy: ["FunctionName"],
  },
  EventInvokeConfig: {
    type: "AWS::Lambda::EventInvokeConfig",
    isIn: hasEventOptions,
    // CloudFormation does not document it. One of its registry's form names the function.
    physicalId: ({ parameters }, actual) => (actual.includes("|") ? `${parameters.FunctionName}|$LATEST` : actual),
    replacedBy: ["FunctionName"],
    follows: "Function",
  },
  AccessEntry: {
    type: "AWS::EKS::AccessEntry",
    isIn: ({ MapByAccessEntry }) => MapByAccessEntry === "true",
    physicalId: ({ id, parameters }) => `${roleArn(id, parameters)}|${parameters.ClusterName}`,
    replacedBy: ["ClusterName"],
    follows: "FunctionRole",
  },
  SecurityGroup: {
    type: "AWS::EC2::SecurityGroup",
    isIn: hasOwnGroup,
    replacedBy: ["VpcId", "FunctionName", anyVersion],
  },
  ClusterIngress: {
    type: "AWS::EC2::SecurityGroupIngress",
    isIn: (parameters) => hasOwnGroup(parameters) && Boolean(parameters.ClusterSecurityGroupId),
    replacedBy: ["ClusterSecurityGroupId", anyVersion],
    follows: "SecurityGroup",
  },
};

/** The ARN of the stack's role, in the account and partition of the stack. */
export function roleArn(stackId: string, { RoleName: name = "", RolePath: path = "/" }: Pairs): string {
  const [, partition, , , account] = stackId.split(":");
  return `arn:${partition}:iam::${account}:role${path}${name}`;
}

/** Names each resource of the stack that setup did not create. */
export function foreignResources(stack: Stack, resources: readonly StackResource[]): readonly string[] {
  return resources
    .filter(({ status }) => status !== "DELETE_COMPLETE")
    .filter((resource) => !isOwn(stack, resource))
    .map(nameOf);
}

function isOwn(stack: Stack, { logicalId, physicalId, type, status }: StackResource): boolean {
  const expected = own[logicalId];
  if (expected?.type !== type) return false;
  // Otherwise, an update or deletion may have left more than the parameters say.
  const isLeft = status === "DELETE_FAILED" || !isAtRest(stack);
  if (!isLeft && !expected.isIn(stack.parameters)) return false;
  // A resource that could not be created has no physical id.
  return (
    physicalId === "" || expected.physicalId === undefined || physicalId === expected.physicalId(stack, physicalId)
  );
}

/** True if the stack has the resource, with this physical id if one is given. */
export const hasResource = (resources: readonly StackResource[], logicalId: string, physicalId?: string): boolean =>
  resources.some((one) => one.logicalId === logicalId && (physicalId === undefined || one.physicalId === physicalId));

export interface Update {
  /** The stack's parameters. `undefined` for a new stack. */
  readonly before: Pairs | undefined;
  readonly after: Pairs;
}

/** Names each deletion and replacement that the parameters do not explain. */
export function unplannedChanges(changes: readonly ResourceChange[], update: Update): readonly string[] {
  return changes
    .filter((change) => !isPlanned(change, update))
    .map((change) => `${verbs[change.action] ?? change.action} ${nameOf(change)}`);
}

const verbs: Readonly<Record<string, string>> = { Modify: "replace", Remove: "delete" };

function isPlanned({ action, logicalId, replacement }: ResourceChange, { before = {}, after }: Update): boolean {
  if (action === "Add") return true;
  if (action === "Remove") return Boolean(own[logicalId]?.isIn(before) && !own[logicalId].isIn(after));
  if (action !== "Modify") return false;
  // Conditional: the value is an attribute of another resource, and changes if that one is replaced.
  if (replacement === "Conditional") return own[logicalId]?.follows !== undefined;
  return replacement !== "True" || isReplaced(logicalId, { before, after });
}

function isReplaced(logicalId: string, { before = {}, after }: Update): boolean {
  const { replacedBy = [], follows } = own[logicalId] ?? {};
  if (replacedBy.some((parameter) => before[parameter] !== after[parameter])) return true;
  return follows !== undefined && isReplaced(follows, { before, after });
}

const nameOf = ({ logicalId, physicalId, type }: Pick<StackResource, "logicalId" | "physicalId" | "type">): string =>
  `${logicalId} (${[type, physicalId].filter(Boolean).join(", ")})`;

/** The first three of a list. */
export const few = (all: readonly string[]): string =>
  [all.slice(0, 3).join(", "), ...(all.length > 3 ? [`and ${all.length - 3} more`] : [])].join(" ");
