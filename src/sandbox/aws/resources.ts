/** Creates resources, for stacks and for the services' own calls. To add a type, add an entry to the table. */
import { isDeepStrictEqual } from "node:util";
import type { Data, Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { now, put, uniqueId, type World } from "../state.ts";
import { accessEntry } from "./access-entry.ts";
import { byArn, find } from "./operation.ts";
import { awsError, notFound, type Refusal } from "./refusal.ts";
import { sha256Of, zipFrom } from "./s3.ts";
import { fileIn } from "./zip.ts";

/** What CloudFormation and the service know about a type. */
interface ResourceType {
  /** The values of `GetAtt`. Throws the service's refusal. */
  attributes?(given: Given, world: World): Data;
  /** The service's refusal to create a resource that exists. */
  taken(name: string): Refusal;
}

interface Given {
  readonly name: string;
  readonly properties: Data;
  /** The resource to change; without it, a new one is created. */
  readonly old?: Resource | undefined;
}

/** How Lambda treats a function's asynchronous events. Each function has one at most, and it goes with the function. */
export const eventInvokeConfig = "AWS::Lambda::EventInvokeConfig";
export const eventsOf = (functionName: string): string => `${functionName}|$LATEST`;

export const functionNotFound = (world: World, name: string): Refusal =>
  notFound(`Function not found: ${arnOf(world, "lambda", `function:${name}`)}`);

const types: Readonly<Record<string, ResourceType>> = {
  "AWS::IAM::Role": {
    attributes({ name, properties: { Path = "/" }, old }, world) {
      return { Arn: arnOf(world, "iam", `role${Path}${name}`), RoleId: old?.attributes.RoleId ?? uniqueId("AROA") };
    },
    taken: (name) => awsError("EntityAlreadyExists", `Role with name ${name} already exists.`, 409),
  },
  "AWS::Lambda::Function": {
    /** Creating or changing a function grants the use of its key to the role of that moment. */
    attributes({ name, properties, old }, world) {
      refusePlace(properties, world);
      return {
        Arn: arnOf(world, "lambda", `function:${name}`),
        ...codeOf(properties, old, world),
        grantedRoleId: byArn(world, properties.Role)?.attributes.RoleId,
      };
    },
    taken: (name) => awsError("ResourceConflictException", `Function already exist: ${name}`, 409),
  },
  [eventInvokeConfig]: {
    attributes({ properties: { FunctionName } }, world) {
      if (!find(world, "AWS::Lambda::Function", FunctionName)) throw functionNotFound(world, `${FunctionName}`);
      return {};
    },
    taken: (name) => awsError("AlreadyExistsException", alreadyExists(eventInvokeConfig, name), 409),
  },
  "AWS::Logs::LogGroup": {
    attributes: ({ name }, world) => ({ Arn: arnOf(world, "logs", `log-group:${name}:*`) }),
    taken: (name) => awsError("AlreadyExistsException", alreadyExists("AWS::Logs::LogGroup", name), 409),
  },
  "AWS::EKS::AccessEntry": {
    attributes: ({ properties, old }, world) => accessEntry(properties, world, old),
    taken: () =>
      awsError("ResourceInUseException", "The specified access entry resource is already in use on this cluster.", 409),
  },
};

/** What a Region or a subnet lacks for a function. Throws Lambda's refusal. */
function refusePlace({ Architectures = [], Runtime, VpcConfig = {} }: Data, { faults, region }: World): void {
  if (faults.missingRuntimes.includes(`${Runtime}`))
    throw awsError(
      "InvalidParameterValueException",
      `Value ${Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, nodejs22.x] or be a valid ARN`,
    );
  if (faults.withoutArm64 && (Architectures as string[]).includes("arm64"))
    throw awsError(
      "InvalidParameterValueException",
      `Architecture "arm64" is not supported in ${region}. Please select "x86_64" or remove the Architectures value from your request and try again`,
    );
  const { SubnetIds = [] } = VpcConfig as { SubnetIds?: string[] };
  if (SubnetIds.some((id) => faults.fullSubnets.includes(id)))
    throw awsError(
      "SubnetIPAddressLimitReachedException",
      "Lambda couldn't set up VPC access for the Lambda function because one or more configured subnets has no available IP addresses.",
      502,
    );
}

type Place = Data & Record<"Bucket" | "Key", unknown>;

/** The function's code: SAM's properties, and `Code`, which CloudFormation has in their place. */
export function codeIn({ CodeUri, InlineCode, Code }: Data): { readonly inline?: unknown; readonly place?: Place } {
  const { ZipFile, S3Bucket: Bucket, S3Key: Key, S3ObjectVersion: Version } = Object(Code) as Data;
  if (Bucket !== undefined) return { place: { Bucket, Key, Version } };
  if (typeof CodeUri === "object" && CodeUri !== null && "Bucket" in CodeUri) return { place: CodeUri as Place };
  return { inline: InlineCode ?? ZipFile };
}

/** Lambda keeps a copy of the code. What a ZIP file of inline code hashes to is for CloudFormation to say. */
function codeOf(properties: Data, old: Resource | undefined, world: World): Data {
  const { inline, place } = codeIn(properties);
  if (!place) return { codeSha256: sha256Of(`${properties.Module ?? inline}`) };
  if (old && isDeepStrictEqual(codeIn(old.properties).place, place)) return old.attributes;
  const zip = zipFrom(world, place);
  return { code: fileIn(zip, "index.js"), codeSha256: sha256Of(zip) };
}

/** For all other types. */
const other = (type: string): ResourceType => ({
  taken: (name) => awsError("AlreadyExistsException", alreadyExists(type, name), 409),
});

const alreadyExists = (type: string, name: string): string =>
  `Resource of type '${type}' with identifier '${name}' already exists.`;

/** Creates a resource, or changes `old`. Throws the service's refusal. */
export function make(world: World, type: string, { name, properties, old }: Given): Resource {
  const { attributes: attributesOf, taken } = types[type] ?? other(type);
  if (!old && find(world, type, name)) throw taken(name);
  const attributes = attributesOf?.({ name, properties, old }, world) ?? {};
  const modifiedAt = now(world);
  const createdAt = old?.createdAt ?? modifiedAt;
  const resource = { key: `${type} ${name}`, type, name, properties, attributes, createdAt, modifiedAt };
  put(world.state, resource.key, resource);
  return resource;
}
