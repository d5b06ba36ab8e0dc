/** Resources of the account: stacks make them, and the services' own calls. To add a type, add an entry to the table. */
import { type Data, now, put, type Resource, uniqueId, type World } from "../state.ts";
import { accessEntry } from "./access-entry.ts";
import { awsError, byArn, find, type Refusal } from "./account.ts";

/** What CloudFormation and the services know of a type. */
interface ResourceType {
  /** What `GetAtt` gives. Throws the service's refusal. */
  attributes?(name: string, properties: Data, world: World, old?: Resource): Data;
  /** The service's refusal to make what exists. */
  taken(name: string): Refusal;
}

const types: Readonly<Record<string, ResourceType>> = {
  "AWS::IAM::Role": {
    attributes(name, { Path = "/" }, { account }, old) {
      return { Arn: `arn:aws:iam::${account}:role${Path}${name}`, RoleId: old?.attributes.RoleId ?? uniqueId("AROA") };
    },
    taken: (name) => awsError("EntityAlreadyExists", `Role with name ${name} already exists.`, 409),
  },
  "AWS::Lambda::Function": {
    /** Lambda grants the use of its key to the role that there is when a function is made or changed. */
    attributes: (name, { Role }, world) => ({
      Arn: `arn:aws:lambda:${world.region}:${world.account}:function:${name}`,
      grantedRoleId: byArn(world, Role)?.attributes.RoleId,
    }),
    taken: (name) => awsError("ResourceConflictException", `Function already exist: ${name}`, 409),
  },
  "AWS::EKS::AccessEntry": {
    attributes: (_, properties, world, old) => accessEntry(properties, world, old),
    taken: () =>
      awsError("ResourceInUseException", "The specified access entry resource is already in use on this cluster.", 409),
  },
};

/** Of every other type. */
const other = (type: string): ResourceType => ({
  taken: (name) =>
    awsError("AlreadyExistsException", `Resource of type '${type}' with identifier '${name}' already exists.`, 409),
});

/** Makes it, or changes the `old` one. Throws the service's refusal. */
export function make(world: World, type: string, name: string, properties: Data, old?: Resource): Resource {
  const { attributes: attributesOf, taken } = types[type] ?? other(type);
  if (!old && find(world, type, name)) throw taken(name);
  const attributes = attributesOf?.(name, properties, world, old) ?? {};
  const createdAt = old?.createdAt ?? now(world);
  const resource = { key: `${type} ${name}`, type, name, properties, attributes, createdAt };
  put(world.state, resource.key, resource);
  return resource;
}
