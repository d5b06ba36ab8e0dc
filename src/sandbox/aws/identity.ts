/** STS and IAM. */
import { find } from "./account.ts";
import type { Operations } from "./operation.ts";
import { awsError } from "./refusal.ts";

export const identity: Operations = {
  "sts:GetCallerIdentity": (_, { world, caller }) => {
    return { Account: world.account, Arn: caller.arn, UserId: caller.userId };
  },
  "iam:GetRole"({ RoleName }, { world }) {
    const role = find(world, "AWS::IAM::Role", RoleName);
    if (!role) throw awsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
    const CreateDate = new Date(role.createdAt).toISOString();
    return { Role: { RoleName, ...role.attributes, Path: role.properties.Path ?? "/", CreateDate } };
  },
};
