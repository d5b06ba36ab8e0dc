/** What a change set would do, as DescribeChangeSet tells it. */
import { isDeepStrictEqual } from "node:util";
import type { Data, Resource } from "../state.ts";
import type { Stack, Wanted } from "./stack.ts";
import { evaluate, ordered } from "./template.ts";

/**
 * Properties that need another resource when they change.
 * Source: `createOnlyProperties` in the schemas of CloudFormation's registry.
 */
const createOnly: Readonly<Record<string, readonly string[]>> = {
  "AWS::EC2::SecurityGroup": ["GroupDescription", "GroupName", "VpcId"],
  "AWS::EC2::SecurityGroupIngress": ["CidrIp", "FromPort", "GroupId", "IpProtocol", "SourceSecurityGroupId", "ToPort"],
  "AWS::EKS::AccessEntry": ["ClusterName", "PrincipalArn", "Type"],
  "AWS::IAM::Role": ["Path", "RoleName"],
  "AWS::Lambda::Function": ["FunctionName", "PackageType"],
  "AWS::Logs::LogGroup": ["LogGroupName"],
};

/** What SAM's transform makes of it. */
export const transformed = (type: string): string => type.replace("AWS::Serverless::", "AWS::Lambda::");

export function changesOf({ resources }: Pick<Stack, "resources">, { template, parameters }: Wanted): readonly Data[] {
  const order = ordered(template, parameters);
  const changing = new Set<string>();
  const changes: Data[] = [];
  for (const id of order) {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const old = resources.get(id);
    const details = old ? detailsOf(old, Properties, { template, parameters, resources, changing }) : [];
    if (old && details.length === 0) continue;
    changing.add(id);
    changes.push(
      old
        ? change("Modify", id, old, { Replacement: replacementOf(details), Scope: ["Properties"], Details: details })
        : change("Add", id, { type: transformed(Type) }),
    );
  }
  const removed = [...resources].filter(([id]) => !order.includes(id));
  return [...changes, ...removed.map(([id, old]) => change("Remove", id, old, { PolicyAction: "Delete" }))];
}

const change = (Action: string, id: string, { type, name }: Partial<Resource>, more: Data = {}): Data => ({
  Type: "Resource",
  ResourceChange: {
    ...{ Action, LogicalResourceId: id, ...(name !== undefined && { PhysicalResourceId: name }), ResourceType: type },
    ...more,
  },
});

interface Detail extends Data {
  readonly Target: { readonly Attribute: string; readonly Name: string; readonly RequiresRecreation: string };
  readonly Evaluation: "Static" | "Dynamic";
}

interface Surroundings extends Pick<Wanted, "template" | "parameters">, Pick<Stack, "resources"> {
  /** The logical ids of what changes before it. */
  readonly changing: ReadonlySet<string>;
}

/** One for each property that differs, or whose value comes of something that changes and is known only then. */
function detailsOf(old: Resource, properties: Data, surroundings: Surroundings): readonly Detail[] {
  const { template, parameters: values, resources, changing } = surroundings;
  const names = new Set([...Object.keys(old.properties), ...Object.keys(properties)]);
  return [...names].flatMap((Name): readonly Detail[] => {
    let cause: string | undefined;
    const resource = (id: string) => {
      if (changing.has(id)) cause ??= id;
      return resources.get(id);
    };
    const { [Name]: value } = evaluate({ [Name]: properties[Name] }, { template, values, resource }) as Data;
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
