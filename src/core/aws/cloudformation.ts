/**
 * Stacks by change sets. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
 */
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
} from "@aws-sdk/client-cloudformation";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export type Pairs = Readonly<Record<string, string>>;

export interface Stack {
  readonly id: string;
  /** `CREATE_COMPLETE`, `UPDATE_IN_PROGRESS`, … */
  readonly status: string;
  readonly reason: string | undefined;
  readonly parameters: Pairs;
  readonly outputs: Pairs;
  readonly tags: Pairs;
}

export interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

export interface ChangeSetRequest {
  readonly stack: string;
  readonly name: string;
  readonly type: "CREATE" | "UPDATE";
  readonly template: string;
  readonly parameters: Pairs;
  readonly tags: Pairs;
  /** What CloudFormation acts as; the caller when there is none. */
  readonly roleArn: string | undefined;
}

export interface ChangeSet {
  readonly status: string;
  readonly reason: string | undefined;
}

export interface CloudFormation {
  /** By name or id; `undefined`: there is none. */
  stack(name: string): Promise<Stack | undefined>;
  createChangeSet(request: ChangeSetRequest): Promise<void>;
  changeSet(stack: string, name: string): Promise<ChangeSet>;
  /** The names of those that were not executed. */
  changeSets(stack: string): Promise<readonly string[]>;
  executeChangeSet(stack: string, name: string): Promise<void>;
  deleteChangeSet(stack: string, name: string): Promise<void>;
  deleteStack(stack: string, roleArn: string | undefined): Promise<void>;
  /** The newest first. */
  events(stack: string): Promise<readonly StackEvent[]>;
}

const pairs = <T>(
  list: readonly T[] | undefined,
  pair: (item: T) => readonly [string | undefined, string | undefined],
) => Object.fromEntries((list ?? []).map(pair).map(([key = "", value = ""]) => [key, value]));

const list = <K extends string, V extends string>(map: Pairs, key: K, value: V) =>
  Object.entries(map).map(([k, v]) => ({ [key]: k, [value]: v }) as Record<K | V, string>);

export function cloudformation(options: AwsOptions): CloudFormation {
  const client = new CloudFormationClient(clientOptions(options));
  return {
    async stack(name) {
      try {
        const { Stacks } = await call(
          "cloudformation:DescribeStacks",
          client.send(new DescribeStacksCommand({ StackName: name })),
        );
        const stack = Stacks?.[0];
        if (!stack || stack.StackStatus === "DELETE_COMPLETE") return undefined;
        return {
          id: stack.StackId ?? name,
          status: stack.StackStatus ?? "UNKNOWN",
          reason: stack.StackStatusReason,
          parameters: pairs(stack.Parameters, (p) => [p.ParameterKey, p.ParameterValue]),
          outputs: pairs(stack.Outputs, (o) => [o.OutputKey, o.OutputValue]),
          tags: pairs(stack.Tags, (t) => [t.Key, t.Value]),
        };
      } catch (error) {
        if (/does not exist/.test((error as Error).message)) return undefined;
        throw error;
      }
    },
    async createChangeSet({ stack, name, type, template, parameters, tags, roleArn }) {
      const command = new CreateChangeSetCommand({
        StackName: stack,
        ChangeSetName: name,
        ClientToken: name, // A retried request is the same change set.
        ChangeSetType: type,
        TemplateBody: template,
        Parameters: list(parameters, "ParameterKey", "ParameterValue"),
        Tags: list(tags, "Key", "Value"),
        Capabilities: ["CAPABILITY_NAMED_IAM"],
        ...(roleArn && { RoleARN: roleArn }),
      });
      await call("cloudformation:CreateChangeSet", client.send(command));
    },
    async changeSet(stack, name) {
      const { Status = "UNKNOWN", StatusReason } = await call(
        "cloudformation:DescribeChangeSet",
        client.send(new DescribeChangeSetCommand({ StackName: stack, ChangeSetName: name })),
      );
      return { status: Status, reason: StatusReason };
    },
    async changeSets(stack) {
      const { Summaries } = await call(
        "cloudformation:ListChangeSets",
        client.send(new ListChangeSetsCommand({ StackName: stack })),
      );
      return (Summaries ?? []).map(({ ChangeSetName = "" }) => ChangeSetName);
    },
    async executeChangeSet(stack, name) {
      // The token makes a retried call the same execution.
      const command = new ExecuteChangeSetCommand({ StackName: stack, ChangeSetName: name, ClientRequestToken: name });
      await call("cloudformation:ExecuteChangeSet", client.send(command));
    },
    async deleteChangeSet(stack, name) {
      const command = new DeleteChangeSetCommand({ StackName: stack, ChangeSetName: name });
      await call("cloudformation:DeleteChangeSet", client.send(command));
    },
    async deleteStack(stack, roleArn) {
      const command = new DeleteStackCommand({ StackName: stack, ...(roleArn && { RoleARN: roleArn }) });
      await call("cloudformation:DeleteStack", client.send(command));
    },
    async events(stack) {
      const { StackEvents } = await call(
        "cloudformation:DescribeStackEvents",
        client.send(new DescribeStackEventsCommand({ StackName: stack })),
      );
      return (StackEvents ?? []).map((event) => ({
        id: event.EventId ?? "",
        logicalId: event.LogicalResourceId ?? "",
        type: event.ResourceType ?? "",
        status: event.ResourceStatus ?? "",
        reason: event.ResourceStatusReason,
      }));
    },
  };
}
