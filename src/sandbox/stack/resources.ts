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

const exists = (type: string, id: string) =>
  new Error(`Resource of type '${type}' with identifier '${id}' already exists.`);

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
      const { roles } = world.state;
      if (roles.has(name) && !made) throw exists("AWS::IAM::Role", name);
      const role = { ...(roles.get(name) ?? addRole(world, name, properties)), properties };
      roles.set(name, role);
      return { id: name, attributes: { Arn: role.arn, RoleId: role.id } };
    },
    remove: (id, { world }) => world.state.roles.delete(id),
  },
  "AWS::Logs::LogGroup": {
    name: "LogGroupName",
    write(name, _, { world, region }, made) {
      if (region.logGroups.has(name) && !made) throw exists("AWS::Logs::LogGroup", name);
      region.logGroups.add(name);
      return { id: name, attributes: { Arn: `arn:aws:logs:${region.name}:${world.account}:log-group:${name}:*` } };
    },
    remove: (id, { region }) => region.logGroups.delete(id),
  },
  "AWS::Lambda::Function": {
    name: "FunctionName",
    write(name, properties, { world, region }, made) {
      if (region.functions.has(name) && !made) throw exists("AWS::Lambda::Function", name);
      region.functions.get(name)?.stop();
      const created = createFunction(world, region.name, name, properties);
      region.functions.set(name, created);
      return { id: name, attributes: { Arn: created.arn } };
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
