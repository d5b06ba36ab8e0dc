/** STS and IAM: who one is, and which roles there are. Whoever has a key may do all. */
import { assumeRole } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Operations } from "./service.ts";

export const identity: Operations = {
  "sts:GetCallerIdentity": (_, { world: { account }, caller: { arn, userId } }) => {
    return { UserId: userId, Account: account, Arn: arn };
  },
  "sts:AssumeRole"({ RoleArn, RoleSessionName }, { world, caller }) {
    const role = [...world.state.roles.values()].find(({ arn }) => arn === RoleArn);
    const why = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
    if (!role) throw new AwsError("AccessDenied", why, 403);
    const key = assumeRole(world, role, String(RoleSessionName));
    const secret = { SecretAccessKey: key.secretAccessKey, SessionToken: key.sessionToken };
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    return { Credentials: { AccessKeyId: key.accessKeyId, ...secret, Expiration }, AssumedRoleUser: { Arn: key.arn } };
  },
  "iam:GetRole"({ RoleName }, { world }) {
    const role = world.state.roles.get(String(RoleName));
    if (!role) throw new AwsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
    return { Role: { RoleName: role.name, Arn: role.arn, RoleId: role.id, Path: role.properties.Path ?? "/" } };
  },
};
