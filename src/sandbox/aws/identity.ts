/** STS and IAM. */
import type { Data, Resource } from "../model.ts";
import type { World } from "../state.ts";
import { find } from "./account.ts";
import type { Operations } from "./operation.ts";
import { awsError } from "./refusal.ts";
import { make } from "./resources.ts";

function roleOf(world: World, name: unknown): Resource {
  const role = find(world, "AWS::IAM::Role", name);
  if (!role) throw awsError("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);
  return role;
}

const policiesOf = ({ properties: { Policies = [] } }: Resource) =>
  Policies as readonly { readonly PolicyName: string; readonly PolicyDocument: Data }[];

const noPolicy = (name: unknown) => awsError("NoSuchEntity", `The role policy with name ${name} cannot be found.`, 404);

function change(world: World, role: Resource, properties: Data): void {
  const { type, name } = role;
  make(world, type, { name, properties: { ...role.properties, ...properties }, old: role });
}

/** As IAM returns documents: URL-encoded JSON. */
const encoded = (document: unknown): string => encodeURIComponent(JSON.stringify(document));

export const identity: Operations = {
  "sts:GetCallerIdentity": (_, { world, caller }) => {
    return { Account: world.account, Arn: caller.arn, UserId: caller.userId };
  },
  "iam:GetRole"({ RoleName }, { world }) {
    const role = roleOf(world, RoleName);
    const CreateDate = new Date(role.createdAt).toISOString();
    const AssumeRolePolicyDocument = encoded(role.properties.AssumeRolePolicyDocument);
    const { Path = "/" } = role.properties;
    return { Role: { RoleName, ...role.attributes, Path, CreateDate, AssumeRolePolicyDocument } };
  },
  "iam:GetRolePolicy"({ RoleName, PolicyName }, { world }) {
    const role = roleOf(world, RoleName);
    const policy = policiesOf(role).find((one) => one.PolicyName === PolicyName);
    if (!policy) throw noPolicy(PolicyName);
    return { RoleName, PolicyName, PolicyDocument: encoded(policy.PolicyDocument) };
  },
  "iam:PutRolePolicy"({ RoleName, PolicyName, PolicyDocument }, { world }) {
    const role = roleOf(world, RoleName);
    const others = policiesOf(role).filter((one) => one.PolicyName !== PolicyName);
    change(world, role, { Policies: [...others, { PolicyName, PolicyDocument: JSON.parse(`${PolicyDocument}`) }] });
  },
  "iam:DeleteRolePolicy"({ RoleName, PolicyName }, { world }) {
    const role = roleOf(world, RoleName);
    const others = policiesOf(role).filter((one) => one.PolicyName !== PolicyName);
    if (others.length === policiesOf(role).length) throw noPolicy(PolicyName);
    change(world, role, { Policies: others });
  },
  "iam:UpdateAssumeRolePolicy"({ RoleName, PolicyDocument }, { world }) {
    change(world, roleOf(world, RoleName), { AssumeRolePolicyDocument: JSON.parse(`${PolicyDocument}`) });
  },
};
