/**
 * The resources of template.yml, and which changes of them a plan explains. To add one to the template, add it here.
 */
import type { Pairs, ResourceChange, Stack, StackResource } from "../aws/cloudformation.ts";
import { type Deployed, deployedIn } from "../parameters/deployed.ts";
import { type LogicalId, type Setting, settings } from "../parameters/settings.ts";
import { isInVpc } from "./placement.ts";
import { isAtRest } from "./status.ts";

type Read = Stack & { readonly deployed: Deployed };

interface Own {
  /** The type after SAM's transform. */
  readonly type: string;
  /** True if a stack with these values has it. */
  readonly isIn: (deployed: Deployed) => boolean;
  /** Its physical id, if the stack's values determine it. `actual`: the one that it has. */
  readonly physicalId?: (stack: Read, actual: string) => string;
  /** The resource whose replacement also replaces this one, because a property has its ARN or id. */
  readonly follows?: LogicalId;
}

const always = () => true;
const hasOwnGroup = (deployed: Deployed) => isInVpc(deployed) && deployed.securityGroupIds.length === 0;

/** True for a stack that makes the function's EventInvokeConfig. */
export const hasEventOptions = ({ eventAge, eventRetries }: Pick<Deployed, "eventAge" | "eventRetries">): boolean =>
  (eventAge ?? eventRetries) !== undefined;

const own: Readonly<Record<string, Own>> = {
  LogGroup: {
    type: "AWS::Logs::LogGroup",
    isIn: always,
    physicalId: ({ deployed }) => `/aws/lambda/${deployed.functionName}`,
  },
  FunctionRole: { type: "AWS::IAM::Role", isIn: always, physicalId: ({ deployed }) => deployed.roleName },
  Function: { type: "AWS::Lambda::Function", isIn: always, physicalId: ({ deployed }) => deployed.functionName },
  EventInvokeConfig: {
    type: "AWS::Lambda::EventInvokeConfig",
    isIn: hasEventOptions,
    // CloudFormation does not document it. One of its registry's form names the function.
    physicalId: ({ deployed }, actual) => (actual.includes("|") ? `${deployed.functionName}|$LATEST` : actual),
    follows: "Function",
  },
  AccessEntry: {
    type: "AWS::EKS::AccessEntry",
    isIn: ({ mapByAccessEntry }) => mapByAccessEntry,
    physicalId: ({ id, deployed }) => `${roleArn(id, deployed)}|${deployed.cluster}`,
    follows: "FunctionRole",
  },
  SecurityGroup: { type: "AWS::EC2::SecurityGroup", isIn: hasOwnGroup },
  ClusterIngress: {
    type: "AWS::EC2::SecurityGroupIngress",
    isIn: (deployed) => hasOwnGroup(deployed) && deployed.clusterSecurityGroupId !== "",
    follows: "SecurityGroup",
  },
} satisfies Readonly<Record<LogicalId, Own>>;

/** The ARN of the stack's role, in the account and partition of the stack. */
export function roleArn(stackId: string, { rolePath, roleName }: Pick<Deployed, "rolePath" | "roleName">): string {
  const [, partition, , , account] = stackId.split(":");
  return `arn:${partition}:iam::${account}:role${rolePath}${roleName}`;
}

/** Names each resource of the stack that setup did not create. */
export function foreignResources(stack: Read, resources: readonly StackResource[]): readonly string[] {
  return resources
    .filter(({ status }) => status !== "DELETE_COMPLETE")
    .filter((resource) => !isOwn(stack, resource))
    .map(nameOf);
}

function isOwn(stack: Read, { logicalId, physicalId, type, status }: StackResource): boolean {
  const expected = own[logicalId];
  if (expected?.type !== type) return false;
  // Otherwise, an update or deletion may have left more than the parameters say.
  const isLeft = status === "DELETE_FAILED" || !isAtRest(stack);
  if (!isLeft && !expected.isIn(stack.deployed)) return false;
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

/** The names that derive from cluster and region decide none of this. */
const read = (parameters: Pairs): Deployed => deployedIn(parameters, { cluster: "", region: "" });

const verbs: Readonly<Record<string, string>> = { Modify: "replace", Remove: "delete" };

function isPlanned({ action, logicalId, replacement }: ResourceChange, { before = {}, after }: Update): boolean {
  if (action === "Add") return true;
  if (action === "Remove") return Boolean(own[logicalId]?.isIn(read(before)) && !own[logicalId].isIn(read(after)));
  if (action !== "Modify") return false;
  // Conditional: the value is an attribute of another resource, and changes if that one is replaced.
  if (replacement === "Conditional") return own[logicalId]?.follows !== undefined;
  return replacement !== "True" || isReplaced(logicalId, { before, after });
}

function isReplaced(logicalId: string, { before = {}, after }: Update): boolean {
  const isChanged = ({ parameter = "", replaces }: Setting) =>
    replaces?.some((id) => id === logicalId) && before[parameter] !== after[parameter];
  if (Object.values<Setting>(settings).some(isChanged)) return true;
  const { follows } = own[logicalId] ?? {};
  return follows !== undefined && isReplaced(follows, { before, after });
}

const nameOf = ({ logicalId, physicalId, type }: Pick<StackResource, "logicalId" | "physicalId" | "type">): string =>
  `${logicalId} (${[type, physicalId].filter(Boolean).join(", ")})`;

/** The first three of a list. */
export const few = (all: readonly string[]): string =>
  [all.slice(0, 3).join(", "), ...(all.length > 3 ? [`and ${all.length - 3} more`] : [])].join(" ");
