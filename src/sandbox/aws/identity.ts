/** STS and IAM: who one is, and which roles there are. Whoever has a key may do all. */
import { assumeRole } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Operations } from "./service.ts";

export const identity: Operations = {
  "sts:GetCallerIdentity": (_, { world, caller: { arn, userId } }) => ({
    UserId: userId,
    Account: world.account,
    Arn: arn,
  }),
  "sts:AssumeRole"({ RoleArn, RoleSessionName }, { world, caller }) {
    const role = [...world.state.roles.values()].find(({ arn }) => arn === RoleArn);
    const why = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
    if (!role) throw new AwsError("AccessDenied", why, 403);
    const { accessKeyId, secretAccessKey, sessionToken, arn, userId } = assumeRole(
      world,
      role,
      String(RoleSessionName),
    );
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration,
      },
      AssumedRoleUser: { Arn: arn, AssumedRoleId: userId },
    };
  },
  "iam:GetRole"({ RoleName }, { world }) {
    const role = world.state.roles.get(String(RoleName));
    if (!role) throw new AwsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
    const { name, arn, id, properties } = role;
    return {
      Role: { RoleName: name, Arn: arn, RoleId: id, Path: properties.Path ?? "/", Description: properties.Description },
    };
  },
};
