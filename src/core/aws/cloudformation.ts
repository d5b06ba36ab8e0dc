/**
 * Stacks by change sets. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
 */
import {
  type Change,
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation";
import { EksLambdaError } from "../errors.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";
import { itemsOf, pagesOf } from "./pages.ts";

export type Pairs = Readonly<Record<string, string>>;

export interface Stack {
  /** Its ARN, which changes when a stack is deleted and created again. */
  readonly id: string;
  readonly name: string;
  /** `CREATE_COMPLETE`, `UPDATE_IN_PROGRESS`, … */
  readonly status: string;
  readonly reason: string | undefined;
  /** Nobody can delete it until its termination protection is disabled. */
  readonly isProtected: boolean;
  readonly parameters: Pairs;
  readonly outputs: Pairs;
  readonly tags: Pairs;
}

export interface StackResource {
  readonly logicalId: string;
  /** Its name or id in AWS; empty while it is being created. */
  readonly physicalId: string;
  /** `AWS::IAM::Role` */
  readonly type: string;
  /** `CREATE_COMPLETE`, `DELETE_FAILED`, … */
  readonly status: string;
  /** When it got that status. */
  readonly updatedAt: Date | undefined;
}

export interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

export interface ChangeSetRequest {
  /** Name or id. */
  readonly stack: string;
  readonly name: string;
  readonly type: "CREATE" | "UPDATE";
  readonly template: string;
  readonly parameters: Pairs;
  readonly tags: Pairs;
  /** The role that CloudFormation assumes. Without it, CloudFormation acts as the caller. */
  readonly roleArn: string | undefined;
  /** Compare with the resources as they are, to put right what was changed or deleted outside of CloudFormation. */
  readonly revertsDrift?: boolean;
}

export interface ChangeSetIds {
  readonly id: string;
  readonly stackId: string;
}

export interface ChangeSet {
  readonly status: string;
  readonly reason: string | undefined;
  /** The changes of resources, once the status is `CREATE_COMPLETE`. */
  readonly changes: readonly ResourceChange[];
  /** False where the service does not know `DeploymentMode`, whatever was asked for. */
  readonly revertsDrift: boolean;
}

/** What early validation found. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html */
export interface ValidationFailure {
  /** `NAME_CONFLICT_VALIDATION`, `PROPERTY_VALIDATION`, … */
  readonly name: string;
  /** In the template, `/Resources/LogGroup`. */
  readonly path: string;
  /** `AWS::Logs::LogGroup` */
  readonly type: string;
  readonly reason: string;
}

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html */
export interface ResourceChange {
  /** `Add`, `Modify`, `Remove`, `Import`, `Dynamic`, … */
  readonly action: string;
  readonly logicalId: string;
  /** Empty for an added resource. */
  readonly physicalId: string;
  readonly type: string;
  /** Of `Modify`: `True`, `False`, or `Conditional` if it depends on a value that is known only during the update. */
  readonly replacement: string | undefined;
}

export interface CloudFormation {
  /** Takes a name or an id. Returns `undefined` if there is no such stack. */
  stack(name: string): Promise<Stack | undefined>;
  /** All resources of the stack with that id. */
  resources(stackId: string): Promise<readonly StackResource[]>;
  /** Throws `StackBusy`. */
  createChangeSet(request: ChangeSetRequest): Promise<ChangeSetIds>;
  /** Throws `StackBusy`. */
  changeSet(ids: ChangeSetIds): Promise<ChangeSet>;
  /** Why early validation refused it; empty where that is not the reason. */
  validationFailures(ids: ChangeSetIds): Promise<readonly ValidationFailure[]>;
  /** The names of change sets that were not executed. */
  changeSets(stackId: string): Promise<readonly string[]>;
  /** Throws `StackBusy`. */
  executeChangeSet(ids: ChangeSetIds): Promise<void>;
  /** Ignores a change set that does not exist. */
  deleteChangeSet(ids: ChangeSetIds): Promise<void>;
  /** Throws `StackBusy`. */
  deleteStack(id: string, roleArn: string | undefined): Promise<void>;
  /** Newest first. */
  events(stackId: string): Promise<readonly StackEvent[]>;
  /** The id of the stack that exports this name; `undefined` if none does. */
  exporter(name: string): Promise<string | undefined>;
  /** The names of the stacks that import what is exported under this name. */
  importers(name: string): Promise<readonly string[]>;
}

/** Errors of a call while someone else changes or deletes the stack. */
const contests: readonly { readonly names: RegExp; readonly message: RegExp }[] = [
  { names: /^(AlreadyExists|ChangeSetNotFound|InvalidChangeSetStatus|OperationInProgress)(Exception)?$/, message: /^/ },
  {
    names: /^ValidationError$/,
    message: /does not exist|is in \w+ state and can ?not be|cannot be deleted while in status|cannot be created again/,
  },
];

/** Throws `StackBusy` for the errors in `contests`. */
async function contested<Output>(sent: Promise<Output>): Promise<Output> {
  try {
    return await sent;
  } catch (error) {
    const { name, message } = error as Error;
    if (!contests.some((contest) => contest.names.test(name) && contest.message.test(message))) throw error;
    throw new EksLambdaError("StackBusy", `someone else is changing the stack: ${message}`, {
      hint: "run the command again when the other one has ended",
      cause: error,
    });
  }
}

const pairs = <T>(
  list: readonly T[] | undefined,
  pair: (item: T) => readonly [string | undefined, string | undefined],
) => Object.fromEntries((list ?? []).map(pair).map(([key = "", value = ""]) => [key, value]));

const list = <K extends string, V extends string>(map: Pairs, key: K, value: V) =>
  Object.entries(map).map(([k, v]) => ({ [key]: k, [value]: v }) as Record<K | V, string>);

const resourceOf = (summary: StackResourceSummary): StackResource => ({
  logicalId: summary.LogicalResourceId ?? "",
  physicalId: summary.PhysicalResourceId ?? "",
  type: summary.ResourceType ?? "",
  status: summary.ResourceStatus ?? "",
  updatedAt: summary.LastUpdatedTimestamp,
});

const changeOf = ({ ResourceChange: change }: Change): ResourceChange => ({
  action: change?.Action ?? "",
  logicalId: change?.LogicalResourceId ?? "",
  physicalId: change?.PhysicalResourceId ?? "",
  type: change?.ResourceType ?? "",
  replacement: change?.Replacement,
});

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
          name: stack.StackName ?? name,
          status: stack.StackStatus ?? "UNKNOWN",
          reason: stack.StackStatusReason,
          isProtected: stack.EnableTerminationProtection ?? false,
          parameters: pairs(stack.Parameters, (p) => [p.ParameterKey, p.ParameterValue]),
          outputs: pairs(stack.Outputs, (o) => [o.OutputKey, o.OutputValue]),
          tags: pairs(stack.Tags, (t) => [t.Key, t.Value]),
        };
      } catch (error) {
        if (/does not exist/.test((error as Error).message)) return undefined;
        throw error;
      }
    },
    resources(stackId) {
      const pages = pagesOf("cloudformation:ListStackResources", (NextToken) =>
        client.send(new ListStackResourcesCommand({ StackName: stackId, NextToken })),
      );
      return itemsOf(pages, ({ StackResourceSummaries = [] }) => StackResourceSummaries.map(resourceOf));
    },
    async createChangeSet({ stack, name, type, template, parameters, tags, roleArn, revertsDrift }) {
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
        ...(revertsDrift && { DeploymentMode: "REVERT_DRIFT" }),
      });
      const made = await contested(call("cloudformation:CreateChangeSet", client.send(command)));
      return { id: made.Id ?? name, stackId: made.StackId ?? stack };
    },
    changeSet({ id, stackId }) {
      const pages = pagesOf("cloudformation:DescribeChangeSet", (NextToken) =>
        client.send(new DescribeChangeSetCommand({ StackName: stackId, ChangeSetName: id, NextToken })),
      );
      const read = async () => {
        const changes: ResourceChange[] = [];
        let about: Omit<ChangeSet, "changes"> = { status: "UNKNOWN", reason: undefined, revertsDrift: false };
        for await (const { Status = about.status, StatusReason: reason, DeploymentMode, Changes = [] } of pages) {
          about = { status: Status, reason, revertsDrift: DeploymentMode === "REVERT_DRIFT" };
          for (const change of Changes) changes.push(changeOf(change));
        }
        return { ...about, changes };
      };
      return contested(read());
    },
    async validationFailures({ id }) {
      const command = new DescribeEventsCommand({ ChangeSetName: id, Filters: { FailedEvents: true } });
      const { OperationEvents } = await call("cloudformation:DescribeEvents", client.send(command));
      return (OperationEvents ?? [])
        .filter(({ EventType }) => EventType === "VALIDATION_ERROR")
        .map((event) => ({
          name: event.ValidationName ?? "",
          path: event.ValidationPath ?? "",
          type: event.ResourceType ?? "",
          reason: event.ValidationStatusReason ?? "",
        }));
    },
    changeSets(stack) {
      const pages = pagesOf("cloudformation:ListChangeSets", (NextToken) =>
        client.send(new ListChangeSetsCommand({ StackName: stack, NextToken })),
      );
      return itemsOf(pages, ({ Summaries = [] }) => Summaries.map(({ ChangeSetName = "" }) => ChangeSetName));
    },
    async executeChangeSet({ id, stackId }) {
      const command = new ExecuteChangeSetCommand({
        StackName: stackId,
        ChangeSetName: id,
        // A retried call is the same execution. The id ends with a UUID.
        ClientRequestToken: id.split("/").at(-1),
      });
      await contested(call("cloudformation:ExecuteChangeSet", client.send(command)));
    },
    async deleteChangeSet({ id, stackId }) {
      const command = new DeleteChangeSetCommand({ StackName: stackId, ChangeSetName: id });
      try {
        await call("cloudformation:DeleteChangeSet", client.send(command));
      } catch (error) {
        if (!/^ChangeSetNotFound/.test((error as Error).name)) throw error;
      }
    },
    async deleteStack(id, roleArn) {
      const command = new DeleteStackCommand({ StackName: id, ...(roleArn && { RoleARN: roleArn }) });
      await contested(call("cloudformation:DeleteStack", client.send(command)));
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
    async exporter(name) {
      const pages = pagesOf("cloudformation:ListExports", (NextToken) =>
        client.send(new ListExportsCommand({ NextToken })),
      );
      const exports = await itemsOf(pages, ({ Exports = [] }) => Exports.filter(({ Name }) => Name === name));
      return exports[0]?.ExportingStackId;
    },
    async importers(ExportName) {
      const pages = pagesOf("cloudformation:ListImports", (NextToken) =>
        client.send(new ListImportsCommand({ ExportName, NextToken })),
      );
      try {
        return await itemsOf(pages, ({ Imports = [] }) => Imports);
      } catch (error) {
        // CloudFormation answers `Export 'NAME' is not imported by any stack.` in place of an empty list.
        if (/is not imported by any stack/.test((error as Error).message)) return [];
        throw error;
      }
    },
  };
}
