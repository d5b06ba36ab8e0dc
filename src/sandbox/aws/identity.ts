/** STS and IAM. */
import type { Data, Resource } from "../model.ts";
import { assumeRole, now, put, type World } from "../state.ts";
import type { Operations } from "./operation.ts";
import { byArn, find, pairsIn } from "./operation.ts";
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

/** What CreateRole takes here. */
const creating = /^(Action|Version|RoleName|Path|AssumeRolePolicyDocument|Tags\.member\.\d+\.(Key|Value))$/;

function documentOf(text: unknown): Data {
  try {
    return Object(JSON.parse(`${text}`));
  } catch {
    throw awsError("MalformedPolicyDocument", "This policy contains invalid Json");
  }
}

function shownRole({ name, attributes, createdAt, properties }: Resource): Data {
  const { Path = "/", AssumeRolePolicyDocument, Tags } = properties;
  return {
    ...{ RoleName: name, ...attributes, Path },
    CreateDate: new Date(createdAt).toISOString(),
    AssumeRolePolicyDocument: encoded(AssumeRolePolicyDocument),
    ...(Tags !== undefined && { Tags }),
  };
}

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
  "iam:CreateRole"(input, { world }) {
    const unknown = Object.keys(input).find((name) => !creating.test(name));
    if (unknown) throw awsError("ValidationError", `the sandbox does not support ${unknown} of CreateRole`);
    const { RoleName, Path = "/", AssumeRolePolicyDocument } = input;
    if (!/^[\w+=,.@-]{1,64}$/.test(`${RoleName ?? ""}`))
      throw awsError(
        "ValidationError",
        "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
      );
    const name = `${RoleName}`;
    const Tags = Object.entries(pairsIn(input, "")).map(([Key, Value]) => ({ Key, Value }));
    const document = documentOf(AssumeRolePolicyDocument);
    const properties = { RoleName, Path, AssumeRolePolicyDocument: document, ...(Tags.length > 0 && { Tags }) };
    return { Role: shownRole(make(world, "AWS::IAM::Role", { name, properties })) };
  },
  "iam:GetRole": ({ RoleName }, { world }) => ({ Role: shownRole(roleOf(world, RoleName)) }),
  "iam:DeleteRole"({ RoleName }, { world }) {
    const role = roleOf(world, RoleName);
    if (policiesOf(role).length > 0)
      throw awsError("DeleteConflict", "Cannot delete entity, must delete policies first.", 409);
    put(world.state, role.key);
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
