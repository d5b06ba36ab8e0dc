/** Change sets and stacks. */
import type { Group } from "../case.ts";
import { type AwsCase, awsCase } from "./case.ts";
import { changeSet, cloudFormation, deployAll, deployRefused, template } from "./prepare.ts";

const cases: readonly AwsCase[] = [
  {
    name: "describe a stack",
    call: cloudFormation("DescribeStacks", { StackName: "made" }),
    shows: ["StackName", "StackStatus", "OutputKey", "OutputValue"],
  },
  { name: "describe an unknown stack", call: cloudFormation("DescribeStacks", { StackName: "none" }) },
  { name: "events of an unknown stack", call: cloudFormation("DescribeStackEvents", { StackName: "none" }) },
  {
    name: "a stack that has a change set alone",
    call: cloudFormation("DescribeStacks", { StackName: "review" }),
    shows: ["StackStatus"],
  },
  {
    name: "list change sets",
    call: cloudFormation("ListChangeSets", { StackName: "review" }),
    shows: ["ChangeSetName", "StackName"],
  },
  { name: "list change sets of an unknown stack", call: cloudFormation("ListChangeSets", { StackName: "none" }) },
  {
    name: "an empty change set",
    call: cloudFormation("DescribeChangeSet", { StackName: "made", ChangeSetName: "empty" }),
    shows: ["Status", "StatusReason", "ExecutionStatus"],
  },
  ...["changed", "replaced", "removed", "role"].map((ChangeSetName) => ({
    name: `what a change set would do: ${ChangeSetName}`,
    call: cloudFormation("DescribeChangeSet", { StackName: "made", ChangeSetName }),
    shows: ["Action", "LogicalResourceId", "PhysicalResourceId", "ResourceType", "Replacement", "RequiresRecreation"],
  })),
  {
    name: "a change set with names that are taken",
    call: cloudFormation("DescribeChangeSet", { StackName: "taken", ChangeSetName: "change" }),
    shows: ["Status", "StatusReason", "ExecutionStatus"],
  },
  {
    name: "which names are taken",
    call: cloudFormation("DescribeEvents", {
      ...{ StackName: "taken", ChangeSetName: "change", "Filters.FailedEvents": "true" },
    }),
    shows: [
      ...["EventType", "OperationType", "LogicalResourceId", "ResourceType", "ValidationName"],
      ...["ValidationStatus", "ValidationFailureMode", "ValidationPath", "ValidationStatusReason"],
    ],
  },
  {
    name: "events of a change set that is good",
    call: cloudFormation("DescribeEvents", { StackName: "made", ChangeSetName: "changed" }),
    shows: ["EventType"],
  },
  { name: "events of nothing", call: cloudFormation("DescribeEvents", {}) },
  {
    name: "why the update of a deleted resource failed",
    call: cloudFormation("DescribeEvents", { StackName: "drifted", "Filters.FailedEvents": "true" }),
    shows: ["LogicalResourceId", "ResourceStatus", "ResourceStatusReason"],
  },
  ...["arm64", "runtime", "full"].map((StackName) => ({
    name: `why a function could not be made: ${StackName}`,
    call: cloudFormation("DescribeEvents", { StackName, "Filters.FailedEvents": "true" }),
    shows: ["LogicalResourceId", "ResourceStatus", "ResourceStatusReason"],
  })),
  ...["plain", "revert"].map((ChangeSetName) => ({
    name: `a change set for a stack with a deleted resource: ${ChangeSetName}`,
    call: cloudFormation("DescribeChangeSet", { StackName: "drifted", ChangeSetName }),
    shows: ["Status", "StatusReason", "DeploymentMode", "Action", "LogicalResourceId", "ResourceType"],
  })),
  {
    name: "protect a stack from deletion",
    call: cloudFormation("UpdateTerminationProtection", { StackName: "made", EnableTerminationProtection: "true" }),
    shows: [],
  },
  {
    name: "describe a protected stack",
    call: cloudFormation("DescribeStacks", { StackName: "made" }),
    shows: ["EnableTerminationProtection"],
  },
  { name: "delete a protected stack", call: cloudFormation("DeleteStack", { StackName: "made" }) },
  {
    name: "protect an unknown stack",
    call: cloudFormation("UpdateTerminationProtection", { StackName: "none", EnableTerminationProtection: "true" }),
  },
  {
    name: "the resources of a stack",
    call: cloudFormation("ListStackResources", { StackName: "made" }),
    shows: ["LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus"],
  },
  {
    name: "the resources of a stack that has a change set alone",
    call: cloudFormation("ListStackResources", { StackName: "review" }),
    shows: ["LogicalResourceId"],
  },
  { name: "the resources of an unknown stack", call: cloudFormation("ListStackResources", { StackName: "none" }) },
  {
    name: "a change set's name that is taken",
    call: changeSet("made", template("made"), { ChangeSetName: "empty", ChangeSetType: "UPDATE" }),
  },
  {
    name: "execute an empty change set",
    call: cloudFormation("ExecuteChangeSet", { StackName: "made", ChangeSetName: "empty" }),
  },
  {
    name: "describe an unknown change set",
    call: cloudFormation("DescribeChangeSet", { StackName: "made", ChangeSetName: "none" }),
  },
  {
    known: "moto looks only for the change set; AWS answers that the stack does not exist",
    name: "describe a change set of an unknown stack",
    call: cloudFormation("DescribeChangeSet", { StackName: "none", ChangeSetName: "none" }),
  },
  {
    name: "execute an unknown change set",
    call: cloudFormation("ExecuteChangeSet", { StackName: "made", ChangeSetName: "none" }),
  },
  {
    known: "moto refuses it; AWS documents no such error",
    name: "delete an unknown change set",
    call: cloudFormation("DeleteChangeSet", { StackName: "made", ChangeSetName: "none" }),
  },
  { name: "create what is there", call: changeSet("made", template("made")) },
  { name: "update what is not there", call: changeSet("none", template("none"), { ChangeSetType: "UPDATE" }) },
  {
    name: "update a stack in ROLLBACK_COMPLETE",
    call: changeSet("failed", template("failed"), { ChangeSetType: "UPDATE" }),
  },
  { name: "create over a stack in ROLLBACK_COMPLETE", call: changeSet("failed", template("failed")) },
  { name: "a stack's name with a `_`", call: changeSet("a_stack", template("any")) },
  { name: "a stack's name of 129 characters", call: changeSet("a".repeat(129), template("any")) },
  {
    name: "no capability",
    call: changeSet("any", template("any"), { "Capabilities.member.1": "CAPABILITY_AUTO_EXPAND" }),
  },
  {
    name: "CAPABILITY_IAM for a named role",
    call: changeSet("any", template("any"), { "Capabilities.member.1": "CAPABILITY_IAM" }),
  },
  { name: "a body of more than 51,200 bytes", call: changeSet("any", template("any", { More: "x".repeat(52_000) })) },
  {
    known: "the message is from Python's parser; AWS and the sandbox give the place",
    name: "a body that is not YAML",
    call: changeSet("any", "Resources: ["),
  },
  { name: "a template without resources", call: changeSet("any", "{}") },
  {
    name: "a parameter that the template has not",
    call: changeSet("any", template("any"), {
      "Parameters.member.1.ParameterKey": "None",
      "Parameters.member.1.ParameterValue": "1",
    }),
  },
  { name: "nothing of these made a stack", call: cloudFormation("DescribeStacks", { StackName: "any" }) },
  {
    known:
      "CloudFormation validates a template with a transform after the call: its change set fails, with this message",
    name: "a reference to nothing",
    call: changeSet(
      "any",
      template("any", { More: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: { Ref: "None" } } } }),
    ),
  },
  { name: "delete an unknown stack", call: cloudFormation("DeleteStack", { StackName: "none" }) },
];

export const stacks: Group = {
  title: "AWS: CloudFormation",
  intro:
    "`made` is complete, `failed` is in ROLLBACK_COMPLETE, `review` has only a change set, `taken` one with the names of `made`. The log group of `drifted` was deleted, so that an update did not find it. The function of `arm64` was refused where Lambda has no arm64, that of `runtime` where it lacks the runtime, that of `full` in a subnet without free addresses.",
  prepare: async (side) => {
    await deployAll(side);
    await deployRefused(side);
  },
  cases: cases.map(awsCase),
};
