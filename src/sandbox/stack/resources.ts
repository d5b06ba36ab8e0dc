/** The resource types that stacks know. To add one, add an entry. */
import { deleteEntry, writeEntry } from "../aws/eks.ts";
import { createFunction } from "../function/lambda-function.ts";
import { addRole, type Data, type Region, uniqueId, type World } from "../state.ts";

/** A resource that exists: what `Ref` and `GetAtt` give. */
export type Physical = { readonly id: string; readonly attributes: Data };
export type Place = { readonly world: World; readonly region: Region };

interface ResourceType {
  /** The property that is its name: when it changes, another resource is made. */
  readonly name: string;
  /** Makes it, or changes the one that was made. Throws the reason why not. */
  write(name: string, properties: Data, place: Place, made: boolean): Physical;
  remove(id: string, place: Place): void;
}

/** Throws when there is one that is not of the stack. */
function refuseForeign(type: string, id: string, found: boolean, made: boolean): void {
  if (found && !made) throw new Error(`Resource of type '${type}' with identifier '${id}' already exists.`);
}

/** A record and nothing more. */
const opaque: ResourceType = {
  name: "GroupName",
  write: (name) => ({ id: name, attributes: { GroupId: uniqueId("sg-").toLowerCase() } }),
  remove() {},
};

export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "AWS::IAM::Role": {
    name: "RoleName",
    write(name, properties, { world }, made) {
      const found = world.state.roles.get(name);
      refuseForeign("AWS::IAM::Role", name, found !== undefined, made);
      const role = found ? { ...found, properties } : addRole(world, name, properties);
      world.state.roles.set(name, role);
      return { id: name, attributes: { Arn: role.arn, RoleId: role.id } };
    },
    remove: (id, { world }) => world.state.roles.delete(id),
  },
  "AWS::Logs::LogGroup": {
    name: "LogGroupName",
    write(name, _, { world, region }, made) {
      refuseForeign("AWS::Logs::LogGroup", name, region.logGroups.has(name), made);
      region.logGroups.add(name);
      return { id: name, attributes: { Arn: `arn:aws:logs:${region.name}:${world.account}:log-group:${name}:*` } };
    },
    remove: (id, { region }) => region.logGroups.delete(id),
  },
  "AWS::Lambda::Function": {
    name: "FunctionName",
    write(name, properties, { world, region }, made) {
      const found = region.functions.get(name);
      refuseForeign("AWS::Lambda::Function", name, found !== undefined, made);
      found?.stop();
      const { arn, ...rest } = createFunction(world, region.name, name, properties);
      region.functions.set(name, { arn, ...rest });
      return { id: name, attributes: { Arn: arn } };
    },
    remove(id, { region }) {
      region.functions.get(id)?.stop();
      region.functions.delete(id);
    },
  },
  "AWS::EKS::AccessEntry": {
    name: "PrincipalArn",
    write(principalArn, properties, { world, region }, made) {
      const lower = Object.entries(properties).map(([key, value]) => [key[0]?.toLowerCase() + key.slice(1), value]);
      const { accessEntryArn } = writeEntry(world, region, Object.fromEntries(lower), made);
      return { id: `${principalArn}|${properties.ClusterName}`, attributes: { AccessEntryArn: accessEntryArn } };
    },
    remove(id, { region }) {
      const [principalArn, clusterName] = id.split("|");
      deleteEntry(region, { principalArn, clusterName });
    },
  },
  "AWS::EC2::SecurityGroup": opaque,
  "AWS::EC2::SecurityGroupIngress": opaque,
  "AWS::EC2::SecurityGroupEgress": opaque,
};
