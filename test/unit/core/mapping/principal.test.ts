/** The ARN of a role with its path, for a command about its access entry. */
import { expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { principalFor } from "../../../../src/core/mapping/principal.ts";

const role = "arn:aws:iam::111122223333:role/eks-lambda";
const sso = "AWSReservedSSO_Admin_0123456789abcdef";
const roles = [`arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/${sso}`, role];
const session = `arn:aws:sts::111122223333:assumed-role/${sso}/me@example.com`;

const knows = {
  role: async (name: string) => {
    const arn = roles.find((one) => one.endsWith(`/${name}`));
    return arn === undefined ? undefined : { arn, id: undefined, createdAt: undefined, trust: null, tags: {} };
  },
};
const forbidden = {
  role: async () => {
    throw new EksLambdaError("AwsForbidden", "no");
  },
};

test.each([
  ["a role", knows, role, role],
  ["a session of IAM Identity Center", knows, session, roles[0]],
  [
    "such a session, where IAM cannot be asked",
    forbidden,
    session,
    `aws iam get-role --role-name ${sso} --query Role.Arn --output text`,
  ],
  ["a role of another account", knows, role.replace("1111", "4444"), role.replace("1111", "4444")],
  ["a role that is given with a path that it does not have", knows, role.replace("role/", "role/team/"), role],
])("%s", async (_, iam, arn, principal) => expect(String(await principalFor(iam, arn))).toBe(principal));
