import { describe, expect, test } from "vitest";
import { byHand, identityIn } from "../../../../src/core/doctor/mapping.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { ReadCluster } from "../../../../src/core/setup/target.ts";

const role = "arn:aws:iam::111122223333:role/eks-lambda";
const entry = (rolearn: string, username = "lambda") => `- rolearn: "${rolearn}"\n  username: ${username}\n`;

describe("who a role is", () => {
  test.each([
    [
      "by its entry",
      { mapRoles: entry("arn:aws:iam::111122223333:role/node", "node") + entry(role) },
      "lambda",
      "entry 2 of mapRoles",
    ],
    [
      "whatever the letter case",
      { mapRoles: entry("arn:aws:iam::111122223333:role/EKS-Lambda") },
      "lambda",
      "entry 1 of mapRoles",
    ],
    [
      "by the last of duplicates",
      { mapRoles: entry(role) + entry(role, "web") },
      "web",
      'entry 2 of mapRoles, which shadows entry 1 ("lambda")',
    ],
    [
      "by mapUsers, where the authenticator looks next",
      { mapUsers: `- userarn: ${role}\n  username: eve\n` },
      "eve",
      "entry 1 of mapUsers",
    ],
    [
      "by mapRoles before mapUsers",
      { mapRoles: entry(role), mapUsers: `- userarn: ${role}\n  username: eve\n` },
      "lambda",
      "entry 1 of mapRoles",
    ],
    [
      "by its account, written as a number",
      { mapAccounts: "[111122223333, 444455556666] # all of ours\n" },
      role,
      "mapAccounts, which admits all of account 111122223333",
    ],
    [
      "by its account",
      { mapAccounts: '- "111122223333"\n' },
      role,
      "mapAccounts, which admits all of account 111122223333",
    ],
  ])("%s", (_, data, username, by) => expect(identityIn(data, role)).toEqual({ username, groups: [], by }));

  test.each([
    ["a path", "arn:aws:iam::111122223333:role/team/eks-lambda"],
    ["a session", "arn:aws:sts::111122223333:assumed-role/eks-lambda/session"],
  ])("asked with %s is looked for as STS tells it", (_, arn) =>
    expect(identityIn({ mapRoles: entry(role) }, arn)).toMatchObject({ username: "lambda" }),
  );

  test("its groups come along", () =>
    expect(identityIn({ mapRoles: `${entry(role)}  groups: [web, ops]\n` }, role)).toMatchObject({
      groups: ["web", "ops"],
    }));
});

describe("an entry that looks right and does not match", () => {
  test.each([
    ["arn:aws:iam::111122223333:role/team/eks-lambda", "has the role's path, which STS does not report: remove it"],
    [
      "arn:aws:sts::111122223333:assumed-role/eks-lambda/session",
      "is the ARN of a session; aws-auth needs the role's, arn:…:iam::…:role/…",
    ],
    ["arn:aws:iam::111122223333:instance-profile/eks-lambda", "is an instance profile: use the ARN of its role"],
    ["arn:aws:iam::444455556666:role/eks-lambda", "is of account 444455556666, not 111122223333"],
    ["arn:aws-cn:iam::111122223333:role/eks-lambda", "is of partition aws-cn, not aws"],
    ["arn:aws:iam::111122223333:role/eks-lamdba", "differs by a letter or two: a typo?"],
    ["arn:aws:iam::111122223333:role/eks-lambda ", "has spaces around its ARN"],
  ])("%s", (arn, why) =>
    expect(() => identityIn({ mapRoles: entry("arn:aws:iam::111122223333:role/node") + entry(arn) }, role)).toThrow(
      expect.objectContaining({
        code: "RoleNotMapped",
        message: `the cluster has no mapping for ${role}; entry 2, ${arn}, ${why}`,
        hint: "eks-lambda setup creates the mapping",
      }),
    ),
  );

  test.each([
    ["in a comment", "- '444455556666' # not 111122223333\n"],
    ["as a part of another text", "- x-111122223333-y\n"],
    ["in a mapping", "- {id: 111122223333}\n"],
  ])("its account %s of mapAccounts lets nobody in", (_, mapAccounts) =>
    expect(() => identityIn({ mapAccounts }, role)).toThrow(expect.objectContaining({ code: "RoleNotMapped" })),
  );

  test("mapAccounts that is no list is refused with its place", () =>
    expect(() => identityIn({ mapAccounts: "id: 111122223333\n" }, role)).toThrow(
      expect.objectContaining({ code: "AwsAuthInvalid", message: expect.stringContaining("mapAccounts, line 1") }),
    ));

  test("without a username names nobody", () =>
    expect(() => identityIn({ mapRoles: `- rolearn: ${role}\n` }, role)).toThrow(
      "entry 1 of mapRoles has no username, so it maps to no user",
    ));

  test("in a text that does not parse is none, and the place is told", () =>
    expect(() => identityIn({ mapRoles: `${entry(role)} username: x\n` }, role)).toThrow(
      expect.objectContaining({ code: "AwsAuthInvalid", message: expect.stringContaining("line 3, column 1") }),
    ));
});

describe("another role is mapped by hand", () => {
  const error = new EksLambdaError("RoleNotMapped", "no", { hint: "eks-lambda setup" });
  const path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
  const account = "arn:aws:iam::111122223333:role";
  const roles: readonly string[] = [`${account}${path}AWSReservedSSO_Admin_0123456789abcdef`, role];
  /** IAM of the caller's account, which may not be asked. */
  const factsOf = (given: { roleArn: string; authenticationMode: "CONFIG_MAP" | "API"; mayAsk?: false }) => ({
    region: "eu-west-1",
    roleArn: async () => given.roleArn,
    cluster: async () => ({ name: "demo", authenticationMode: given.authenticationMode }) as ReadCluster,
    iam: {
      role: async (name: string) => {
        if (given.mayAsk === false) throw new EksLambdaError("AwsForbidden", "no");
        const arn = roles.find((one) => one.endsWith(`/${name}`));
        return arn === undefined ? undefined : { arn, id: undefined, createdAt: undefined };
      },
    },
  });
  const command = (principal: string) =>
    `aws eks create-access-entry --cluster-name demo --principal-arn ${principal} --username a-name-for-it --region eu-west-1`;
  const session = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com";

  test.each([
    ["a role", { roleArn: role }, command(role)],
    ["a session of IAM Identity Center", { roleArn: session }, command(roles[0] ?? "")],
    [
      "such a session, where IAM cannot be asked",
      { roleArn: session, mayAsk: false },
      command("$(aws iam get-role --role-name AWSReservedSSO_Admin_0123456789abcdef --query Role.Arn --output text)"),
    ],
    ["a role of another account", { roleArn: role.replace("1111", "4444") }, command(role.replace("1111", "4444"))],
    ["a role with a path", { roleArn: role.replace("role/", "role/team/") }, command(role)],
  ] as const)("by an access entry: %s", async (_, given, hint) =>
    expect(await byHand(error, factsOf({ ...given, authenticationMode: "API" }))).toMatchObject({ hint }),
  );

  test("by aws-auth, in a file that is written back under the version that was read", async () =>
    expect(await byHand(error, factsOf({ roleArn: role, authenticationMode: "CONFIG_MAP" }))).toMatchObject({
      code: "RoleNotMapped",
      hint: `kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml
add to mapRoles in that file and keep everything else:
- rolearn: ${role}
  username: a-name-for-it
kubectl replace -f aws-auth.yaml`,
    }));

  test("and other errors stay", async () => {
    const other = new EksLambdaError("AwsAuthInvalid", "no");
    expect(await byHand(other, factsOf({ roleArn: role, authenticationMode: "API" }))).toBe(other);
  });
});
