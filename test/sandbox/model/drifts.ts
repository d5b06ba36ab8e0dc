/** What others do behind setup's back, to what is ours and to what is theirs. */
import { setTimeout as sleep } from "node:timers/promises";
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { EKSClient, UpdateAccessEntryCommand } from "@aws-sdk/client-eks";
import { IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { Settings } from "./model.ts";
import { arnOf, type Seen, withoutEntries } from "./seen.ts";
import type { World } from "./world.ts";

type Drift = (world: World, seen: Seen, settings: Settings & { readonly stack: string }) => unknown;

/** Changes the function's configuration, as the console does. */
const configure =
  (change: object): Drift =>
  async ({ client }, { resources }, { functionName: FunctionName }) => {
    if (!(`AWS::Lambda::Function ${FunctionName}` in resources)) return;
    await new LambdaClient(client()).send(new UpdateFunctionConfigurationCommand({ FunctionName, ...change }));
  };

export const drifts: Readonly<Record<string, Drift>> = {
  "entry deleted": ({ writeMapRoles }, { mapRoles }, { roleName }) =>
    mapRoles && writeMapRoles(withoutEntries(mapRoles, [arnOf(roleName)])),
  "entry's username changed": async ({ writeMapRoles }, { mapRoles }, { roleName }) =>
    mapRoles && writeMapRoles(mapRoles.replace(new RegExp(`(${arnOf(roleName)}\\n +username:) .*`), "$1 somebody")),
  "entry with groups": async ({ writeMapRoles }, { mapRoles }, { roleName }) =>
    mapRoles &&
    writeMapRoles(mapRoles.replace(new RegExp(`(${arnOf(roleName)}\\n( +)username: .*)`), "$1\n$2groups: [viewers]")),
  "others' entry added"({ writeMapRoles }, { mapRoles = "" }) {
    const indent = /^ *(?=- )/m.exec(mapRoles)?.[0] ?? "";
    const lines = [`- rolearn: ${arnOf("new")} # mine`, "  username: new"];
    const whole = mapRoles === "" || mapRoles.endsWith("\n") ? mapRoles : `${mapRoles}\n`;
    return writeMapRoles(whole + lines.map((line) => `${indent}${line}\n`).join(""));
  },
  "ConfigMap deleted": ({ writeMapRoles }) => writeMapRoles(undefined),
  "Role deleted": ({ admin }, _, settings) => admin("DELETE", rolePath(settings)),
  "Role's rules changed": ({ admin }, _, settings) =>
    admin("PATCH", rolePath(settings), { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }] }),
  "Role's rules emptied": ({ admin }, _, settings) => admin("PATCH", rolePath(settings), { rules: [] }),
  "RoleBinding deleted": ({ admin }, _, settings) => admin("DELETE", bindingPath(settings)),
  "RoleBinding's subjects changed": ({ admin }, _, settings) =>
    admin("PATCH", bindingPath(settings), {
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "somebody" }],
    }),
  "access entry deleted": ({ sandbox }, _, { roleName }) =>
    sandbox().remove("AWS::EKS::AccessEntry", `${arnOf(roleName)}|demo`),
  "access entry's username changed": (world, seen, { roleName }) =>
    updateEntry(world, seen, { principalArn: arnOf(roleName), username: "somebody" }),
  "access entry with groups": (world, seen, { roleName }) =>
    updateEntry(world, seen, { principalArn: arnOf(roleName), kubernetesGroups: ["viewers"] }),
  "role deleted": ({ sandbox }, _, { roleName }) => sandbox().remove("AWS::IAM::Role", roleName),
  async "role made again"({ sandbox }, { resources }, { roleName }) {
    if (!(`AWS::IAM::Role ${roleName}` in resources)) return;
    sandbox().remove("AWS::IAM::Role", roleName);
    await sleep(2); // Both have a time, in milliseconds.
    sandbox().assumeRole(roleName);
  },
  "function deleted": ({ sandbox }, _, { functionName }) => sandbox().remove("AWS::Lambda::Function", functionName),
  "function's environment changed": configure({ Environment: { Variables: { CLUSTER_NAME: "other" } } }),
  "function's memory changed": configure({ MemorySize: 512 }),
  "function's description changed": configure({ Description: "mine" }),
  "log group deleted": ({ sandbox }, _, { functionName }) =>
    sandbox().remove("AWS::Logs::LogGroup", `/aws/lambda/${functionName}`),
  async "log group kept for a day"({ client }, { resources }, { functionName }) {
    const logGroupName = `/aws/lambda/${functionName}`;
    if (!(`AWS::Logs::LogGroup ${logGroupName}` in resources)) return;
    await new CloudWatchLogsClient(client()).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
  },
  async "role's policy changed"({ client }, { resources }, { roleName: RoleName }) {
    if (!(`AWS::IAM::Role ${RoleName}` in resources)) return;
    const PolicyDocument = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    const policy = { RoleName, PolicyName: "write-its-own-log", PolicyDocument };
    await new IAMClient(client()).send(new PutRolePolicyCommand(policy));
  },
  async "role's trust changed"({ client }, { resources }, { roleName: RoleName }) {
    if (!(`AWS::IAM::Role ${RoleName}` in resources)) return;
    const PolicyDocument = JSON.stringify({ Statement: [] });
    await new IAMClient(client()).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  },
  "stack deleted": ({ client }, _, { stack: StackName }) =>
    new CloudFormationClient(client()).send(new DeleteStackCommand({ StackName })),
  "cluster made again": ({ sandbox }) => sandbox().recreate(),
};

interface Update {
  readonly principalArn: string;
  readonly username?: string;
  readonly kubernetesGroups?: string[];
}

async function updateEntry({ client }: World, { resources }: Seen, update: Update): Promise<void> {
  if (!(`AWS::EKS::AccessEntry ${update.principalArn}|demo` in resources)) return;
  await new EKSClient(client()).send(new UpdateAccessEntryCommand({ clusterName: "demo", ...update }));
}

const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces";
const rolePath = ({ namespace, rbacName }: Settings): string => `${rbac}/${namespace}/roles/${rbacName}`;
const bindingPath = ({ namespace, rbacName }: Settings): string => `${rbac}/${namespace}/rolebindings/${rbacName}`;
