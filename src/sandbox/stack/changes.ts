/** The changes of a change set, as DescribeChangeSet returns them. */
import { isDeepStrictEqual } from "node:util";
import type { Data, Resource } from "../model.ts";
import { isCustom, texts } from "./custom.ts";
import type { Stack, Wanted } from "./model.ts";
import { evaluate, ordered } from "./template.ts";

/**
 * Properties whose change replaces the resource.
 * Source: `createOnlyProperties` in the schemas of CloudFormation's registry.
 */
const createOnly: Readonly<Record<string, readonly string[]>> = {
  "AWS::EC2::SecurityGroup": ["GroupDescription", "GroupName", "VpcId"],
  "AWS::EC2::SecurityGroupIngress": ["CidrIp", "FromPort", "GroupId", "IpProtocol", "SourceSecurityGroupId", "ToPort"],
  "AWS::EKS::AccessEntry": ["ClusterName", "PrincipalArn", "Type"],
  "AWS::IAM::Role": ["Path", "RoleName"],
  "AWS::Lambda::EventInvokeConfig": ["FunctionName", "Qualifier"],
  "AWS::Lambda::Function": ["FunctionName", "PackageType"],
  "AWS::Logs::LogGroup": ["LogGroupName"],
};

/** The type after the SAM transform. */
export const transformed = (type: string): string => type.replace("AWS::Serverless::", "AWS::Lambda::");

interface Known extends Pick<Stack, "resources"> {
  /** The values of other stacks' exports. */
  exported(name: string): string;
}

export function changesOf({ resources, exported }: Known, { template, parameters }: Wanted): readonly Data[] {
  const order = ordered(template, parameters);
  const changing = new Set<string>();
  const changes: Data[] = [];
  for (const id of order) {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const old = resources.get(id);
    const details = old ? detailsOf(old, Properties, { template, parameters, resources, exported, changing }) : [];
    if (old && details.length === 0) continue;
    changing.add(id);
    const modified = { Replacement: replacementOf(details), Scope: ["Properties"], Details: details };
    changes.push(old ? change("Modify", { id, ...old }, modified) : change("Add", { id, type: transformed(Type) }));
  }
  const removed = [...resources].filter(([id]) => !order.includes(id));
  return [...changes, ...removed.map(([id, old]) => change("Remove", { id, ...old }, { PolicyAction: "Delete" }))];
}

interface Changed {
  /** The logical ID. */
  readonly id: string;
  readonly type: string;
  readonly name?: string;
}

const change = (Action: string, { id, type, name }: Changed, more: Data = {}): Data => ({
  Type: "Resource",
  ResourceChange: {
    Action,
    LogicalResourceId: id,
    ...(name !== undefined && { PhysicalResourceId: name }),
    ResourceType: type,
    ...more,
  },
});

interface Detail extends Data {
  readonly Target: { readonly Attribute: string; readonly Name: string; readonly RequiresRecreation: string };
  readonly Evaluation: "Static" | "Dynamic";
}

interface Surroundings extends Pick<Wanted, "template" | "parameters">, Known {
  /** The logical IDs of resources that change earlier. */
  readonly changing: ReadonlySet<string>;
}

/** One detail for each property that differs, or that depends on a resource that changes earlier. */
function detailsOf(old: Resource, properties: Data, surroundings: Surroundings): readonly Detail[] {
  const { template, parameters: values, resources, changing, exported } = surroundings;
  const names = new Set([...Object.keys(old.properties), ...Object.keys(properties)]);
  return [...names].flatMap((Name): readonly Detail[] => {
    let cause: string | undefined;
    const resource = (id: string) => {
      if (changing.has(id)) cause ??= id;
      return resources.get(id);
    };
    const evaluated = evaluate({ [Name]: properties[Name] }, { template, values, resource, exported }) as Data;
    const { [Name]: value } =
      isCustom(old.type) && evaluated[Name] !== undefined ? (texts(evaluated) as Data) : evaluated;
    if (cause === undefined && isDeepStrictEqual(value, old.properties[Name])) return [];
    const RequiresRecreation = createOnly[old.type]?.includes(Name) ? "Always" : "Never";
    const from = cause === undefined ? {} : { ChangeSource: "ResourceAttribute", CausingEntity: cause };
    const Evaluation = cause === undefined ? "Static" : "Dynamic";
    return [{ Target: { Attribute: "Properties", Name, RequiresRecreation }, Evaluation, ...from }];
  });
}

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html, `Replacement` */
function replacementOf(details: readonly Detail[]): "True" | "Conditional" | "False" {
  const always = details.filter(({ Target }) => Target.RequiresRecreation === "Always");
  if (always.some(({ Evaluation }) => Evaluation === "Static")) return "True";
  return always.length > 0 ? "Conditional" : "False";
}
