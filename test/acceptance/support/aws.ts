/** The AWS account through the SDK, as other tools and people use it. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  type AccessScope,
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  type CreateAccessEntryCommandInput,
  DescribeAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from "@aws-sdk/client-lambda";
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { Backend } from "../backend.ts";
import { credentialsOf } from "./names.ts";
import { repositoryFile } from "./run.ts";
import type { World } from "./world.ts";

const options = (backend: Backend) => ({
  region: backend.region,
  credentials: credentialsOf(backend),
  ...(backend.env.AWS_ENDPOINT_URL && { endpoint: backend.env.AWS_ENDPOINT_URL }),
});

/** Invokes a Lambda function. `undefined` sends no payload. */
export async function invoked(backend: Backend, functionName: string, payload?: string) {
  const command = new InvokeCommand({
    FunctionName: functionName,
    ...(payload !== undefined && { Payload: Buffer.from(payload) }),
  });
  const { Payload, FunctionError } = await new LambdaClient(options(backend)).send(command);
  return { failed: FunctionError !== undefined, payload: JSON.parse(Buffer.from(Payload ?? []).toString()) };
}

/** Its answer. */
export async function invokeDirectly(backend: Backend, functionName: string, payload?: string): Promise<unknown> {
  const { failed, payload: answer } = await invoked(backend, functionName, payload);
  expect(failed, JSON.stringify(answer)).toBe(false);
  return answer;
}

export const eks = (backend: Backend): EKSClient => new EKSClient(options(backend));

/** Changes the function's configuration by hand. */
export const configureFunction = (
  { backend, names }: World,
  change: Omit<UpdateFunctionConfigurationCommandInput, "FunctionName">,
) =>
  new LambdaClient(options(backend)).send(
    new UpdateFunctionConfigurationCommand({ FunctionName: names.functionName, ...change }),
  );

/** Its variables. */
export async function environmentOf({ backend }: World, FunctionName: string): Promise<Values> {
  const { Environment } = await new LambdaClient(options(backend)).send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  return Environment?.Variables ?? {};
}

/** The function's EventInvokeConfig, by hand. */
export const configureEvents = (
  { backend, names }: World,
  config: Omit<PutFunctionEventInvokeConfigCommandInput, "FunctionName">,
) =>
  new LambdaClient(options(backend)).send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: names.functionName, ...config }),
  );

/** What Lambda has of it. */
export const eventsOf = ({ backend, names }: World) =>
  new LambdaClient(options(backend)).send(
    new GetFunctionEventInvokeConfigCommand({ FunctionName: names.functionName }),
  );

const logs = (backend: Backend): CloudWatchLogsClient => new CloudWatchLogsClient(options(backend));

/** A log group with the name of the function's that no stack made. */
export const makeLogGroup = ({ backend, names }: World) =>
  logs(backend).send(new CreateLogGroupCommand({ logGroupName: names.logGroup }));
export const deleteLogGroup = ({ backend, names }: World) =>
  logs(backend).send(new DeleteLogGroupCommand({ logGroupName: names.logGroup }));
export const keepLog = ({ backend, names }: World, retentionInDays: number) =>
  logs(backend).send(new PutRetentionPolicyCommand({ logGroupName: names.logGroup, retentionInDays }));

/** An inline policy of the function's role, written by hand; `undefined`: deleted. */
export async function putPolicy({ backend, names }: World, PolicyName: string, document?: object): Promise<void> {
  const named = { RoleName: names.role, PolicyName };
  const client = new IAMClient(options(backend));
  if (!document) await client.send(new DeleteRolePolicyCommand(named));
  else await client.send(new PutRolePolicyCommand({ ...named, PolicyDocument: JSON.stringify(document) }));
}
/** `undefined` if the role has no such policy. */
export async function rolePolicyOf({ backend, names }: World, PolicyName: string): Promise<unknown> {
  const command = new GetRolePolicyCommand({ RoleName: names.role, PolicyName });
  const found = await new IAMClient(options(backend)).send(command).catch((error) => {
    if (/^NoSuchEntity/.test(error.name)) return undefined;
    throw error;
  });
  return found && JSON.parse(decodeURIComponent(found.PolicyDocument ?? ""));
}
export const trust = ({ backend, names }: World, document: object) =>
  new IAMClient(options(backend)).send(
    new UpdateAssumeRolePolicyCommand({ RoleName: names.role, PolicyDocument: JSON.stringify(document) }),
  );

/** Returns the access entry of our role, or `undefined` if it does not exist. */
export async function entryOf({ backend, names }: World, principalArn = names.roleArn) {
  const command = new DescribeAccessEntryCommand({ clusterName: names.cluster, principalArn });
  const { accessEntry } = await eks(backend)
    .send(command)
    .catch((error) => {
      if (/^(ResourceNotFound|InvalidRequest)Exception$/.test(error.name)) return { accessEntry: undefined };
      throw error;
    });
  return accessEntry && { username: accessEntry.username, groups: accessEntry.kubernetesGroups };
}

const policyArnOf = ({ backend }: World, name: string) =>
  `arn:${backend.partition}:eks::aws:cluster-access-policy/${name}`;

interface Associated {
  /** Default: the function's role. */
  readonly principalArn?: string;
  /** Default: the cluster. */
  readonly accessScope?: AccessScope;
}

/** Gives a role's access entry an access policy by hand. */
export const associate = (
  world: World,
  policy: string,
  { principalArn = world.names.roleArn, accessScope = { type: "cluster" } }: Associated = {},
) =>
  eks(world.backend).send(
    new AssociateAccessPolicyCommand({
      ...{ clusterName: world.names.cluster, principalArn },
      ...{ policyArn: policyArnOf(world, policy), accessScope },
    }),
  );

/** Takes it away again. */
export const disassociate = (
  world: World,
  policy: string,
  { principalArn = world.names.roleArn }: Pick<Associated, "principalArn"> = {},
) =>
  eks(world.backend).send(
    new DisassociateAccessPolicyCommand({
      ...{ clusterName: world.names.cluster, principalArn },
      policyArn: policyArnOf(world, policy),
    }),
  );

/** Creates an access entry for our role by hand. */
export const makeEntry = ({ backend, names }: World, more: Partial<CreateAccessEntryCommandInput> = {}) =>
  eks(backend).send(new CreateAccessEntryCommand({ clusterName: names.cluster, principalArn: names.roleArn, ...more }));

const byHand = { LogGroup: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/by-hand" } } };

/** Creates someone else's small stack. Returns its final status. */
export async function makeStack(
  backend: Backend,
  name: string,
  parameters: Readonly<Record<string, string>>,
  resources: object = byHand,
): Promise<string | undefined> {
  const client = new CloudFormationClient(options(backend));
  const names = { StackName: name, ChangeSetName: "by-hand" };
  const Parameters = Object.keys(parameters).map((key) => [key, { Type: "String" }] as const);
  const template = { Parameters: Object.fromEntries(Parameters), Resources: resources };
  await client.send(
    new CreateChangeSetCommand({
      ...names,
      ChangeSetType: "CREATE",
      Capabilities: ["CAPABILITY_NAMED_IAM"],
      TemplateBody: JSON.stringify(template),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  await expect
    .poll(async () => (await client.send(new DescribeChangeSetCommand(names))).Status)
    .toBe("CREATE_COMPLETE");
  await client.send(new ExecuteChangeSetCommand(names));
  const status = () => stackStatus(backend, name);
  await expect.poll(status).not.toMatch(/_IN_PROGRESS$/);
  return status();
}

/** Template.yml as other people may deploy it, with resources added. */
async function templateWith(resources: readonly string[]): Promise<string> {
  const [text, code] = await Promise.all(
    ["template.yml", "dist/function/index.js"].map((path) => readFile(repositoryFile(path), "utf8")),
  );
  return (text ?? "")
    .replace("CodeUri: dist/function", () => `InlineCode: ${JSON.stringify(code)}`)
    .replace(/^Resources:$/m, ["Resources:", ...resources.map((one) => `  ${one}`)].join("\n"));
}

interface StackUpdate {
  readonly parameters?: Readonly<Record<string, string>>;
  /** Lines of YAML: `Topic: { Type: "AWS::SNS::Topic" }`. */
  readonly resources?: readonly string[];
}

/** Updates setup's stack by hand, with other parameters or more resources. */
export async function updateStack(backend: Backend, name: string, update: StackUpdate): Promise<void> {
  const client = new CloudFormationClient(options(backend));
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
  const Parameters = Stacks?.[0]?.Parameters?.map(({ ParameterKey = "", ParameterValue }) => ({
    ParameterKey,
    ParameterValue: update.parameters?.[ParameterKey] ?? ParameterValue,
  }));
  const names = { StackName: name, ChangeSetName: `by-somebody-else-${randomUUID()}` };
  await client.send(
    new CreateChangeSetCommand({
      ...{ ...names, ChangeSetType: "UPDATE", Parameters, Capabilities: ["CAPABILITY_NAMED_IAM"] },
      TemplateBody: await templateWith(update.resources ?? []),
    }),
  );
  await client.send(new ExecuteChangeSetCommand(names));
  await expect.poll(() => stackStatus(backend, name)).toBe("UPDATE_COMPLETE");
}

/** Deletes all change sets of a stack that were not executed. */
export async function deleteChangeSets(backend: Backend, StackName: string): Promise<void> {
  const client = new CloudFormationClient(options(backend));
  const { Summaries = [] } = await client.send(new ListChangeSetsCommand({ StackName }));
  for (const { ChangeSetName } of Summaries)
    await client.send(new DeleteChangeSetCommand({ StackName, ChangeSetName }));
}

/** Deletes a stack by hand, or changes its termination protection. */
export async function deleteStack(backend: Backend, StackName: string): Promise<void> {
  await new CloudFormationClient(options(backend)).send(new DeleteStackCommand({ StackName }));
  await expect.poll(() => stackStatus(backend, StackName)).toBeUndefined();
}
export async function protectStack(backend: Backend, StackName: string, protect: boolean): Promise<void> {
  const command = new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: protect });
  await new CloudFormationClient(options(backend)).send(command);
}

/** `undefined` if the stack does not exist. */
export async function stackStatus(backend: Backend, name: string): Promise<string | undefined> {
  try {
    const client = new CloudFormationClient(options(backend));
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0]?.StackStatus;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** `undefined` if the response has no stack. Throws if it does not exist. */
export async function describedStack(backend: Backend, StackName: string) {
  const { Stacks } = await new CloudFormationClient(options(backend)).send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0];
}

type Values = Readonly<Record<string, string>>;

/** The outputs of a stack. */
export async function outputsOf(backend: Backend, stack: string): Promise<Values> {
  const { Outputs = [] } = (await describedStack(backend, stack)) ?? {};
  return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

/** The parameters of a stack. */
export async function parametersOf(backend: Backend, stack: string): Promise<Values> {
  const { Parameters = [] } = (await describedStack(backend, stack)) ?? {};
  return Object.fromEntries(Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]));
}

/** Without `region`, in the backend's. */
export const createBucket = (backend: Backend, Bucket: string, region?: BucketLocationConstraint) =>
  new S3Client(options(backend)).send(
    new CreateBucketCommand({ Bucket, ...(region && { CreateBucketConfiguration: { LocationConstraint: region } }) }),
  );

export const keepVersions = (backend: Backend, Bucket: string) =>
  new S3Client(options(backend)).send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );

interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

export const putObject = (backend: Backend, place: ObjectName, Body: string | Buffer) =>
  new S3Client(options(backend)).send(
    new PutObjectCommand({ ...place, Body, ...(Buffer.isBuffer(Body) && { ContentType: "application/zip" }) }),
  );

export const deleteObject = (backend: Backend, place: ObjectName) =>
  new S3Client(options(backend)).send(new DeleteObjectCommand(place));

/** Throws if there is no such object. */
export const headObject = (backend: Backend, place: ObjectName) =>
  new S3Client(options(backend)).send(new HeadObjectCommand(place));
