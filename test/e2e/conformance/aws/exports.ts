/** What CloudFormation says of exports, and of stacks that import them. */
import { guide, inferred, report, role, type Stage, type Story, told } from "./stories.ts";

const exports = guide("using-cfn-stack-exports");
const exported = (Name: string, Value: string) => ({ Outputs: { Value: { Value, Export: { Name } } } });
const importing = (name: string, RoleName: string) => ({
  Role: { ...role(RoleName), Properties: { ...role(RoleName).Properties, Description: { "Fn::ImportValue": name } } },
});

/** Deploys a stack with an export, and one beside it that imports it. */
async function inUse(stage: Stage, name: string): Promise<Stage["deploy"]> {
  const Web = stage.web();
  await stage.deploy({ Web }, exported(name, "one"));
  await stage.deploy(importing(name, name), {}, `${stage.stack}-user`);
  return (_, more = {}) => stage.deploy({ Web }, more);
}

export const exportStories: readonly Story[] = [
  {
    name: "change an export in use",
    story: "the update is rolled back",
    source: exports,
    async tell(stage) {
      const again = await inUse(stage, "changed");
      const { id } = await again({}, exported("changed", "two"));
      return (await stage.stacks.eventsOf(id)).map((one) => `${one.ResourceStatus} ${one.ResourceStatusReason ?? ""}`);
    },
  },
  {
    name: "remove an export in use",
    story: "the update is rolled back",
    source: exports,
    async tell(stage) {
      const again = await inUse(stage, "dropped");
      const { id } = await again({}, { Outputs: { Value: { Value: "one" } } });
      return (await stage.stacks.eventsOf(id)).map((one) => `${one.ResourceStatus} ${one.ResourceStatusReason ?? ""}`);
    },
  },
  {
    name: "delete a stack whose export is in use",
    story: "DeleteStack is accepted; the stack returns to its status, with the reason, and no Delete is sent",
    source: report("aws/aws-cdk#33395"),
    async tell(stage) {
      await inUse(stage, "held");
      await stage.requests();
      const { events, id } = await stage.remove();
      const { StackStatus, StackStatusReason } = (await stage.stacks.find(id)) ?? {};
      return [events, `${StackStatus} ${StackStatusReason}`, await told(stage)];
    },
  },
  {
    name: "an export that another stack has",
    story: "create is rolled back",
    source: exports,
    async tell(stage) {
      await stage.deploy({ Web: stage.web() }, exported("taken", "one"));
      const { id } = await stage.deploy({ Web: stage.web() }, exported("taken", "two"), `${stage.stack}-other`);
      return (await stage.stacks.eventsOf(id)).map((one) => `${one.ResourceStatus} ${one.ResourceStatusReason ?? ""}`);
    },
  },
  {
    name: "the exports, and who imports them",
    story: "ListExports and ListImports",
    source: { page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html" },
    async tell(stage) {
      const { stacks, stack } = stage;
      await inUse(stage, "listed");
      const { StackId } = (await stacks.find(stack)) ?? {};
      const [one] = (await stacks.exports()).filter(({ Name }) => Name === "listed");
      return [
        `${one?.Name} ${one?.Value} of the stack: ${one?.ExportingStackId === StackId}`,
        await stacks.importsOf("listed"),
      ];
    },
  },
  {
    name: "the imports of an export that nobody imports",
    story: "ListImports",
    source: inferred("tools in many languages look for these words in ListImports' error"),
    async tell(stage) {
      await stage.deploy({ Web: stage.web() }, exported("lonely", "one"));
      return stage.stacks.importsOf("lonely");
    },
  },
  {
    name: "the imports of an export that is not there",
    story: "ListImports",
    source: inferred("CloudFormation looks only for imports"),
    async tell({ stacks }) {
      return stacks.importsOf("nowhere");
    },
  },
  {
    name: "an import of nothing",
    story: "the change set fails",
    source: report("rileydakota/valheim-ecs-fargate-cdk#30"),
    async tell({ stacks, stack }) {
      const { status, reason } = await stacks.plan(stack, { Resources: importing("none", "none") });
      return [`${status} ${reason}`];
    },
  },
];
