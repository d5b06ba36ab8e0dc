import { describe, expect, test } from "vitest";
import { identityIn } from "../../../../src/core/mapping/identity.ts";

const role = "arn:aws:iam::111122223333:role/eks-lambda";
const entry = (rolearn: string, username = "lambda") => `- rolearn: "${rolearn}"\n  username: ${username}\n`;

describe("the user of a role", () => {
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
  ])("%s", (_, data, username, by) =>
    expect(identityIn(data, role)).toEqual({ is: "mapped", identity: { username, groups: [], by } }),
  );

  test.each([
    ["a path", "arn:aws:iam::111122223333:role/team/eks-lambda"],
    ["a session", "arn:aws:sts::111122223333:assumed-role/eks-lambda/session"],
  ])("asked with %s is looked for as STS tells it", (_, arn) =>
    expect(identityIn({ mapRoles: entry(role) }, arn)).toMatchObject({ identity: { username: "lambda" } }),
  );

  test("includes its groups", () =>
    expect(identityIn({ mapRoles: `${entry(role)}  groups: [web, ops]\n` }, role)).toMatchObject({
      identity: { groups: ["web", "ops"] },
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
    expect(identityIn({ mapRoles: entry("arn:aws:iam::111122223333:role/node") + entry(arn) }, role)).toEqual({
      is: "nobody",
      arn: role,
      why: [`entry 2, ${arn}, ${why}`],
    }),
  );

  test.each([
    ["in a comment", "- '444455556666' # not 111122223333\n"],
    ["as a part of another text", "- x-111122223333-y\n"],
    ["in a mapping", "- {id: 111122223333}\n"],
  ])("its account %s of mapAccounts lets nobody in", (_, mapAccounts) =>
    expect(identityIn({ mapAccounts }, role)).toEqual({ is: "nobody", arn: role, why: [] }),
  );

  test("reports the position of a mapAccounts that is not a list", () =>
    expect(() => identityIn({ mapAccounts: "id: 111122223333\n" }, role)).toThrow(
      expect.objectContaining({ code: "AwsAuthInvalid", message: expect.stringContaining("mapAccounts, line 1") }),
    ));

  test("without a username maps to no user", () =>
    expect(identityIn({ mapRoles: `- rolearn: ${role}\n` }, role)).toMatchObject({
      is: "nobody",
      why: ["entry 1 of mapRoles has no username, so it maps to no user"],
    }));

  test("in an invalid text maps to no user, and reports the position", () =>
    expect(() => identityIn({ mapRoles: `${entry(role)} username: x\n` }, role)).toThrow(
      expect.objectContaining({ code: "AwsAuthInvalid", message: expect.stringContaining("line 3, column 1") }),
    ));
});
