/** How CloudFormation treats custom resources. Each case names what AWS, or who uses it, says of that. */
import { stacksOf, withEcho } from "../../../acceptance/support/stacks.ts";
import type { Group } from "../case.ts";
import { entryStories } from "./entries-of-stacks.ts";
import { exportStories } from "./exports.ts";
import {
  ended,
  guide,
  inferred,
  reference,
  report,
  role,
  type Source,
  type Story,
  shown,
  storyCase,
  told,
} from "./stories.ts";

const type = reference("aws-resource-cloudformation-customresource");
const responses = guide("crpg-ref-responses");
const lambdaRetries: Source = {
  page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
};

const named = (PhysicalResourceId: unknown, more: object = {}) => ({ answer: { PhysicalResourceId, ...more } });
const a = named("a", { Data: { Name: "one" } });
const fails = named("half", { Status: "FAILED", Reason: "no room" });
const output = (attribute: string | readonly string[], more: object = {}) => ({
  Outputs: { Value: { Value: { "Fn::GetAtt": ["Web", attribute].flat() }, ...more } },
});
const lifeCycle: readonly Story[] = [
  {
    name: "what a Create has",
    story: "create",
    source: guide("crpg-ref-requesttypes-create"),
    async tell({ deploy, web, requests }) {
      const { status, id } = await deploy({ Web: web({ Size: "1" }) });
      const [one] = await requests();
      const { ResponseURL, StackId, ...fields } = Object(one) as Record<string, string>;
      const url = new URL(`${ResponseURL}`);
      const known = { ...fields, RequestId: "", InvocationId: "" };
      const sorted = Object.entries(known).sort(([x], [y]) => (x < y ? -1 : 1));
      const asked = JSON.stringify(Object.fromEntries(sorted)).replace(/"ServiceToken":"[^"]+",?/g, "");
      return [status, asked, `of the stack: ${StackId === id}`, `answer to ${url.protocol}//${url.hostname}`];
    },
  },
  {
    name: "update",
    story: "change a property",
    source: guide("crpg-ref-requesttypes-update"),
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: a }) });
      await stage.requests();
      return [(await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: a }) })).status, await told(stage)];
    },
  },
  {
    name: "an update without a change",
    story: "add another resource",
    source: guide("crpg-ref-requesttypes-update"),
    async tell(stage) {
      const Web = stage.web({ Size: "1" }, { Answer: a });
      await stage.deploy({ Web });
      await stage.requests();
      return [(await stage.deploy({ Web, Role: role("unchanged") })).status, await told(stage)];
    },
  },
  {
    name: "removed from the template",
    story: "an update without the resource; its Delete comes in the cleanup",
    source: guide("crpg-ref-requesttypes-delete"),
    async tell(stage) {
      const Role = role("removed");
      await stage.deploy({ Role, Web: stage.web({ Size: "1" }, { Answer: a }) });
      await stage.requests();
      const { events } = await stage.deploy({ Role });
      return [events, await told(stage)];
    },
  },
  {
    name: "delete the stack",
    story: "a resource that depends on another is deleted first",
    source: reference("aws-attribute-dependson"),
    async tell(stage) {
      const Api = { ...stage.web({}, { Answer: named("b") }), DependsOn: "Web" };
      await stage.deploy({ Web: stage.web({}, { Answer: a }), Api });
      const { events } = await stage.remove();
      return [events, await told(stage)];
    },
  },
  {
    name: "scalars",
    story: "numbers, booleans and lists become texts",
    source: report("aws-cloudformation/cloudformation-coverage-roadmap#1037"),
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: 1.5, On: true, Deep: { Off: false, List: [1, "b", [2]] } }) });
      return told(stage);
    },
  },
  {
    name: "the type AWS::CloudFormation::CustomResource",
    story: "create",
    source: type,
    async tell(stage) {
      const Web = { ...stage.web(), Type: "AWS::CloudFormation::CustomResource" };
      const { status } = await stage.deploy({ Web });
      return [status, (await stage.requests()).map((one) => `${(one as { ResourceType?: string }).ResourceType}`)];
    },
  },
  {
    name: "another ServiceToken",
    story: "an update to another function is refused, and no function is called",
    source: type,
    async tell(stage) {
      await stage.deploy({ Web: stage.web() });
      await stage.requests();
      return [
        ended(await stage.deploy({ Web: stage.web({ ServiceToken: `${stage.ServiceToken}2` }) })),
        await told(stage),
      ];
    },
  },
  {
    name: "a ServiceToken of another service",
    story: "create; neither Lambda nor SNS",
    source: type,
    async tell(stage) {
      return ended(await stage.deploy({ Web: stage.web({ ServiceToken: "arn:aws:sqs:us-east-1:123456789012:q" }) }));
    },
  },
  {
    name: "a function that is not there",
    story: "create; Lambda's refusal is the reason, and no Delete follows",
    source: inferred("CloudFormation reports a service's refusal in these words"),
    async tell(stage) {
      return [
        ended(await stage.deploy({ Web: stage.web({ ServiceToken: `${stage.ServiceToken}2` }) })),
        await told(stage),
      ];
    },
  },
];

const replaced: readonly Story[] = [
  {
    name: "another id in the answer to an Update",
    story: "the old one is deleted in the cleanup, with its own properties",
    source: type,
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: named("old") }) });
      await stage.requests();
      const { events } = await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: named("new") }) });
      return [events, await told(stage)];
    },
  },
  {
    name: "a replacement that is rolled back",
    story: "the new one is deleted in the cleanup; the old one is not told",
    source: type,
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: named("old") }) });
      await stage.requests();
      const Web = stage.web({ Size: "2" }, { Answer: named("new") });
      const Bad = { ...stage.web({}, { AnswerCreate: fails }), DependsOn: "Web" };
      const { events } = await stage.deploy({ Web, Bad });
      return [events, await told(stage)];
    },
  },
  {
    name: "UpdateReplacePolicy: Retain",
    story: "a replacement; no Delete follows",
    source: reference("aws-attribute-updatereplacepolicy"),
    async tell(stage) {
      const web = (Size: string, id: string) => ({
        ...stage.web({ Size }, { Answer: named(id) }),
        UpdateReplacePolicy: "Retain",
      });
      await stage.deploy({ Web: web("1", "old") });
      await stage.requests();
      const { events } = await stage.deploy({ Web: web("2", "new") });
      return [events, await told(stage)];
    },
  },
  ...["Retain", "RetainExceptOnCreate"].map(
    (DeletionPolicy): Story => ({
      name: `DeletionPolicy: ${DeletionPolicy}`,
      story: "removed from the template; no Delete follows",
      source: reference("aws-attribute-deletionpolicy"),
      async tell(stage) {
        const Role = role(`policy-${DeletionPolicy}`);
        await stage.deploy({ Role, Web: { ...stage.web(), DeletionPolicy } });
        await stage.requests();
        const { events } = await stage.deploy({ Role });
        return [events, await told(stage)];
      },
    }),
  ),
  {
    name: "DeletionPolicy: Retain, and the stack is deleted",
    story: "no Delete follows",
    source: reference("aws-attribute-deletionpolicy"),
    async tell(stage) {
      await stage.deploy({ Web: { ...stage.web(), DeletionPolicy: "Retain" } });
      await stage.requests();
      const { events } = await stage.remove();
      return [events, await told(stage)];
    },
  },
  ...["Retain", "RetainExceptOnCreate"].map(
    (DeletionPolicy): Story => ({
      name: `DeletionPolicy: ${DeletionPolicy}, and a creation is rolled back`,
      story: "a resource that was just created",
      source: reference("aws-attribute-deletionpolicy"),
      async tell(stage) {
        const Bad = { ...stage.web({}, { AnswerCreate: fails }), DependsOn: "Web" };
        const { events } = await stage.deploy({ Web: { ...stage.web(), DeletionPolicy }, Bad });
        return [events, await told(stage)];
      },
    }),
  ),
];

const failed: readonly Story[] = [
  {
    name: "a failed Create",
    story: "Delete follows, with the id of the answer",
    source: report("aws-cloudformation/custom-resource-helper#7"),
    async tell(stage) {
      const { events, ...one } = await stage.deploy({ Web: stage.web({ Size: "1" }, { AnswerCreate: fails }) });
      return [ended({ ...one, events }), events, await told(stage)];
    },
  },
  {
    name: "a failed Create without an answer",
    story: "Delete follows, with an id that CloudFormation made",
    source: report("SungardAS/lambda-formation#5"),
    async tell(stage) {
      const failed = await stage.deploy({ Web: stage.web({}, { AnswerCreate: { silent: true } }) });
      const requests = shown(await stage.requests());
      return [ended(failed), requests.map((one) => one.replace(/(story\d+-Web-)[0-9A-Z]+/, "$1ID"))];
    },
  },
  {
    name: "a failed Create in an update",
    story: "Delete follows in the cleanup",
    source: guide("crpg-ref-requesttypes-delete"),
    async tell(stage) {
      const Role = role("failed-create");
      await stage.deploy({ Role });
      const { events } = await stage.deploy({ Role, Web: stage.web({ Size: "1" }, { AnswerCreate: fails }) });
      return [events, await told(stage)];
    },
  },
  {
    name: "a failed update",
    story: "an Update with the properties swapped follows",
    source: report("aws/aws-cdk#17040"),
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: a }) });
      await stage.requests();
      const failed = await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: fails }) });
      return [ended(failed), failed.events, await told(stage)];
    },
  },
  {
    name: "a rollback that fails",
    story: "the resource refuses to go back, too",
    source: report("aws-cloudformation/custom-resource-helper#70"),
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { AnswerUpdate: fails }) });
      const failed = await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: fails }) });
      return [ended(failed), failed.events];
    },
  },
  {
    name: "a failed Delete",
    story: "what the resource depends on stays; the next DeleteStack sends it again",
    source: guide("troubleshooting"),
    async tell(stage) {
      const Role = role("failed-delete");
      const Web = { ...stage.web({}, { Answer: a, AnswerDelete: fails }), DependsOn: "Role" };
      await stage.deploy({ Role, Web });
      await stage.requests();
      const { events, failures } = await stage.remove();
      const first = await told(stage);
      await stage.remove();
      return [failures, events, first, await told(stage)];
    },
  },
  {
    name: "a failed Delete in the cleanup",
    story: "after three attempts, the update is complete, and the resource no longer in the stack",
    source: guide("troubleshooting"),
    async tell(stage) {
      const Role = role("failed-cleanup");
      await stage.deploy({ Role, Web: stage.web({}, { Answer: a, AnswerDelete: fails }) });
      await stage.requests();
      const { events } = await stage.deploy({ Role });
      await stage.requests();
      await stage.remove();
      return [events, await told(stage)];
    },
  },
];

/** A Create whose answer is not as it must be. */
const answered = (name: string, says: object, source: Source = responses): Story => ({
  ...{ name, story: "answer to a Create", source },
  async tell(stage) {
    return ended(await stage.deploy({ Web: stage.web({}, { AnswerCreate: says }) }));
  },
});

const guessed = inferred("AWS requires it, and documents no words for what lacks it");

const answers: readonly Story[] = [
  answered("an answer of more than 4,096 bytes", { answer: { Reason: "x".repeat(4_097) } }),
  answered("an answer of 4,096 bytes", { raw: " ".repeat(4_096) }, guessed),
  answered("an answer that is not JSON", { raw: "{" }, guessed),
  answered("an answer that is no object", { raw: "[]" }, guessed),
  answered("no PhysicalResourceId", { omits: ["PhysicalResourceId"] }, report("ryansb/cfn-wrapper-python#8")),
  answered("PhysicalResourceId: null", named(null), report("ryansb/cfn-wrapper-python#8")),
  answered("an empty PhysicalResourceId", named(""), report("aws-cloudformation/custom-resource-helper#67")),
  answered(
    "an empty PhysicalResourceId, and FAILED",
    named("", { Status: "FAILED", Reason: "no room" }),
    report("aws-cloudformation/custom-resource-helper#67"),
  ),
  answered("a PhysicalResourceId of 1,024 bytes", named("x".repeat(1_024))),
  answered("a PhysicalResourceId of 1,025 bytes", named("x".repeat(1_025))),
  answered("a PhysicalResourceId that is an object", named({}), guessed),
  answered(
    "a Status that is neither",
    { answer: { Status: "FAILURE" } },
    report("PaloAltoNetworks/aws-elb-autoscaling#23"),
  ),
  answered("no Status", { omits: ["Status"] }, guessed),
  answered("a Data that is no object", named("a", { Data: ["b"] }), guessed),
  answered("FAILED without a Reason", named("a", { Status: "FAILED" }), guessed),
  ...["StackId", "RequestId", "LogicalResourceId"].map((field) =>
    answered(`another ${field}`, { answer: { [field]: "other" } }, guessed),
  ),
  {
    name: "a second answer",
    story: "FAILED after SUCCESS",
    source: inferred("CloudFormation has gone on"),
    async tell(stage) {
      const later = { Status: "FAILED", Reason: "late" };
      const Web = stage.web({}, { AnswerCreate: { ...a, later, tells: true } });
      return [ended(await stage.deploy({ Web })), shown(await stage.requests(2))];
    },
  },
  {
    name: "an answer to another address",
    story: "another signature, resource or path, and a POST: S3 refuses each",
    source: { page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html" },
    async tell(stage) {
      const Web = stage.web({}, { AnswerCreate: { ...a, forges: true, tells: true } });
      return [ended(await stage.deploy({ Web })), shown(await stage.requests(2))];
    },
  },
];

const retries: readonly Story[] = [
  {
    name: "a function that fails",
    story: "Lambda sends the event twice more, with one id; then CloudFormation gives up",
    source: lambdaRetries,
    async tell(stage) {
      const failed = await stage.deploy({ Web: stage.web({}, { AnswerCreate: { throws: true } }) });
      const creates = (await stage.requests()).filter(({ RequestType }) => RequestType === "Create");
      const ids = (field: "RequestId" | "InvocationId") => new Set(creates.map((one) => one[field])).size;
      return [
        ended(failed),
        `${creates.length} events, ${ids("RequestId")} request, ${ids("InvocationId")} invocation`,
      ];
    },
  },
  {
    name: "a function that fails, and a ServiceTimeout of 90 seconds",
    story: "the second retry comes after three minutes: CloudFormation has given up",
    source: type,
    async tell(stage) {
      const Web = stage.web({ ServiceTimeout: 90 }, { AnswerCreate: { throws: true } });
      return [ended(await stage.deploy({ Web })), shown(await stage.requests(2)).slice(0, 2)];
    },
  },
  {
    name: "a function that fails, and MaximumRetryAttempts of 0",
    story: "an EventInvokeConfig is Lambda's limit",
    source: { page: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html" },
    async tell(stage) {
      const Properties = { FunctionName: "echo", Qualifier: "$LATEST", MaximumRetryAttempts: 0 };
      const Events = { Type: "AWS::Lambda::EventInvokeConfig", Properties };
      const Web = { ...stage.web({}, { AnswerCreate: { throws: true } }), DependsOn: "Events" };
      const failed = await stage.deploy({ Events, Web });
      const creates = (await stage.requests()).filter(({ RequestType }) => RequestType === "Create");
      return [ended(failed), `${creates.length} event`];
    },
  },
  {
    name: "a function that ends without an answer",
    story: "no retry: for Lambda, it has succeeded",
    source: lambdaRetries,
    async tell(stage) {
      const failed = await stage.deploy({ Web: stage.web({}, { AnswerCreate: { silent: true } }) });
      const creates = (await stage.requests()).filter(({ RequestType }) => RequestType === "Create");
      return [ended(failed), `${creates.length} event`];
    },
  },
  {
    name: "an answer after ServiceTimeout",
    story: "it does not count",
    source: type,
    async tell(stage) {
      const Web = stage.web({ ServiceTimeout: 1 }, { AnswerCreate: { waitMs: 1_500, tells: true } });
      return [ended(await stage.deploy({ Web })), `${(await stage.requests(3)).length} entries`];
    },
  },
  ...[0, 3_601, "1.5", "soon"].map(
    (ServiceTimeout): Story => ({
      name: `ServiceTimeout: ${ServiceTimeout}`,
      story: "create; it must be an integer from 1 to 3600",
      source: type,
      async tell(stage) {
        return ended(await stage.deploy({ Web: stage.web({ ServiceTimeout }) }));
      },
    }),
  ),
  {
    name: "Lambda delivers twice",
    story: "two invocations with one id; the answer of the second is a second answer",
    source: lambdaRetries,
    async tell(stage) {
      stage.side.backend.faults.duplicateEvents(1);
      const made = await stage.deploy({ Web: stage.web({}, { AnswerCreate: a }) });
      return [ended(made), shown(await stage.requests(2))];
    },
  },
  {
    name: "S3 refuses answers for a while",
    story: "the function sends its answer again",
    source: { page: "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html" },
    async tell(stage) {
      stage.side.backend.faults.refuseAnswers(2);
      const made = await stage.deploy({ Web: stage.web({}, { AnswerCreate: { ...a, tells: true } }) });
      return [ended(made), shown(await stage.requests(2))];
    },
  },
];

const data: readonly Story[] = [
  ...["Name", "Deep.Name"].map(
    (attribute): Story => ({
      name: `Fn::GetAtt of ${attribute}`,
      story: "Data of the answer",
      source: responses,
      async tell(stage) {
        const Data = { Name: "one", "Deep.Name": "two" };
        const Web = stage.web({}, { AnswerCreate: named("a", { Data }) });
        const { status, outputs } = await stage.deploy({ Web }, output(attribute));
        return [status, JSON.stringify(outputs)];
      },
    }),
  ),
  {
    name: "Ref",
    story: "the id of the answer",
    source: type,
    async tell(stage) {
      const Outputs = { Value: { Value: { Ref: "Web" } } };
      const { status, outputs } = await stage.deploy({ Web: stage.web({}, { Answer: a }) }, { Outputs });
      return [status, JSON.stringify(outputs)];
    },
  },
  {
    name: "Fn::GetAtt in another custom resource",
    story: "after an update, the Data of its answer",
    source: responses,
    async tell(stage) {
      const Api = stage.web({ From: { "Fn::GetAtt": ["Web", "Name"] } });
      const web = (Name: string) => stage.web({ Name }, { Answer: named("a", { Data: { Name } }) });
      await stage.deploy({ Web: web("one"), Api });
      await stage.deploy({ Web: web("two"), Api });
      return told(stage);
    },
  },
  {
    name: "Fn::GetAtt of what the answer lacks",
    story: "in another resource",
    source: report("aws/aws-cdk#30327"),
    async tell(stage) {
      const Api = stage.web({ From: { "Fn::GetAtt": ["Web", "None"] } });
      const failed = await stage.deploy({ Web: stage.web({}, { Answer: a }), Api });
      return ended(failed);
    },
  },
  {
    name: "Fn::GetAtt of what the answer lacks, in an output",
    story: "the stack is rolled back",
    source: report("aws/aws-cdk#30327"),
    async tell(stage) {
      const { status, events } = await stage.deploy({ Web: stage.web({}, { Answer: a }) }, output("None"));
      return [status, events];
    },
  },
  {
    name: "NoEcho",
    story: "attributes of the answer are hidden in outputs, and sent to other resources",
    source: responses,
    async tell(stage) {
      const Web = stage.web({}, { Answer: named("a", { NoEcho: true, Data: { Name: "secret" } }) });
      const Api = stage.web({ From: { "Fn::GetAtt": ["Web", "Name"] } });
      const { outputs } = await stage.deploy({ Web, Api }, output("Name"));
      return [JSON.stringify(outputs), await told(stage)];
    },
  },
];

const seen: readonly Story[] = [
  {
    name: "the events of a stack",
    story: "DescribeStackEvents after create, a failed update and delete",
    source: guide("using-cfn-updating-stacks-monitor-stack"),
    async tell(stage) {
      const { id } = await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: a }) });
      await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: fails }) });
      await stage.remove();
      const events = await stage.stacks.eventsOf(id);
      return events.map((one) => {
        const { LogicalResourceId, PhysicalResourceId = "", ResourceType, ResourceStatus, ResourceStatusReason } = one;
        const isOfStack = one.StackId === id && one.StackName === stage.stack && one.Timestamp instanceof Date;
        const words = [LogicalResourceId, PhysicalResourceId.replace(id, "(id)"), ResourceType, ResourceStatus];
        return [...words, ResourceStatusReason ?? "", isOfStack ? "" : "(of another stack)"].filter(Boolean).join(" ");
      });
    },
  },
  {
    name: "the resources of a stack",
    story: "ListStackResources after a replacement",
    source: { page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html" },
    async tell(stage) {
      await stage.deploy({ Web: stage.web({ Size: "1" }, { Answer: named("old") }) });
      await stage.deploy({ Web: stage.web({ Size: "2" }, { Answer: named("new") }) });
      return (await stage.stacks.resourcesOf(stage.stack)).map((one) =>
        [one.LogicalResourceId, one.PhysicalResourceId, one.ResourceType, one.ResourceStatus].join(" "),
      );
    },
  },
];

const stories = [
  ...lifeCycle,
  ...replaced,
  ...failed,
  ...answers,
  ...retries,
  ...data,
  ...seen,
  ...exportStories,
  ...entryStories,
];

export const customResourcesOfStacks: Group = {
  title: "AWS: custom resources of CloudFormation",
  intro:
    "Both backends model CloudFormation. Each case says where AWS documents what it does, or who reports it; `inferred` is what neither says. `Web` is a custom resource whose function answers as the case says. Minutes in which nothing runs are skipped.",
  prepare: async (side) => {
    await stacksOf(side.backend).deploy("echo", withEcho({}));
  },
  cases: stories.map(storyCase),
};
