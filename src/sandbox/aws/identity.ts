/** STS and IAM. */
import type { Data, Resource } from "../model.ts";
import { assumeRole, now, type World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { byArn, find } from "./operation.ts";
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

/** What AssumeRole takes here. Policies, tags and the like narrow a session, which the sandbox does not do. */
const assuming = new Set([
  ...["Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds"],
  ...["SerialNumber", "TokenCode"],
]);

export const identity: Operations = {
  /** Trust policies are not evaluated, and no device checks the code: six digits are right. */
  "sts:AssumeRole"(input, { world, caller }) {
    const unknown = Object.keys(input).find((name) => !assuming.has(name));
    if (unknown) throw awsError("ValidationError", `the sandbox does not support ${unknown} of AssumeRole`);
    const { RoleArn, RoleSessionName, DurationSeconds = 3600, TokenCode } = input;
    const role = byArn(world, RoleArn);
    if (role?.type !== "AWS::IAM::Role") {
      const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
      throw awsError("AccessDenied", message, 403);
    }
    if (TokenCode !== undefined && !/^\d{6}$/.test(`${TokenCode}`)) {
      const message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
      throw awsError("AccessDenied", message, 403);
    }
    const key = assumeRole(world, role, `${RoleSessionName}`);
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } = key;
    const Expiration = new Date(now(world) + Number(DurationSeconds) * 1000).toISOString();
    return {
      Credentials: { AccessKeyId, SecretAccessKey, SessionToken, Expiration },
      AssumedRoleUser: { AssumedRoleId: key.userId, Arn: key.arn },
    };
  },
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
