/** Reads everything that the command may leave anywhere, without values that differ from run to run. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand, ListChangeSetsCommand } from "@aws-sdk/client-cloudformation";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { rbac } from "../../acceptance/support/cluster.ts";
import { tree } from "../../acceptance/support/disk.ts";
import { credentialsOf } from "../../acceptance/support/names.ts";
import type { World } from "../../acceptance/support/world.ts";

/** Two runs with the same result have equal states. */
export async function stateOf(world: World) {
  const [account, cluster, home] = await Promise.all([accountOf(world), clusterOf(world), homeOf(world)]);
  return { account, cluster, home };
}

async function accountOf({ backend }: World) {
  const options = {
    region: backend.region,
    credentials: credentialsOf(backend),
    endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
  };
  const formation = new CloudFormationClient(options);
  const [{ Stacks = [] }, { Roles = [] }, { Functions = [] }] = await Promise.all([
    formation.send(new DescribeStacksCommand({})),
    new IAMClient(options).send(new ListRolesCommand({})),
    new LambdaClient(options).send(new ListFunctionsCommand({})),
  ]);
  const stacks = Stacks.map(async ({ StackName, StackStatus, Outputs, Parameters, Tags }) => {
    const { Summaries = [] } = await formation.send(new ListChangeSetsCommand({ StackName }));
    const pending = Summaries.filter(({ ExecutionStatus }) => ExecutionStatus !== "EXECUTE_COMPLETE").length;
    return { StackName, StackStatus, Outputs, Parameters, Tags, pending };
  });
  return {
    stacks: await Promise.all(stacks),
    roles: Roles.map(({ Arn }) => Arn),
    functions: Functions.map(({ FunctionArn, CodeSha256, Environment: { Variables } = {} }) => ({
      ...{ FunctionArn, CodeSha256 },
      // A recreated role has a new id.
      variables: { ...Variables, ROLE_ID: Roles.find(({ RoleId }) => RoleId === Variables?.ROLE_ID)?.Arn },
    })),
  };
}

interface Item {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: unknown };
}

async function clusterOf({ backend }: World) {
  const lists = [rbac("roles"), rbac("rolebindings"), "/api/v1/configmaps", "/apis/apps/v1/deployments"].map(
    async (path) => {
      const { items } = (await backend.kube("GET", path)).body;
      return items
        .filter(({ metadata }: Item) => !/^(system:|kube-root-ca|extension-api|kube-apiserver)/.test(metadata.name))
        .map(({ metadata: { name, namespace, labels }, ...rest }: Item) => ({ name, namespace, labels, ...rest }));
    },
  );
  return Promise.all(lists);
}

/** Leaves out backups of aws-auth: their names contain the time, and their number depends on the run. */
async function homeOf({ home }: World) {
  const all = await tree(home);
  return {
    files: all.map((line) => line.replace(/ [0-9a-f]{64}$/, "")).filter((line) => !/^\d+ \.local\b/.test(line)),
    kubeconfig: await readFile(join(home, ".kube/config"), "utf8").catch(() => undefined),
  };
}
