import { describe, expect, test } from "vitest";
import { mappableArn, parseArn, roleOfSession } from "../../../src/core/arn.ts";

describe("an ARN", () => {
  test("is split into its parts; the last keeps further colons", () => {
    expect(parseArn("arn:aws:lambda:us-east-1:123456789012:function:f:1")).toEqual({
      partition: "aws",
      service: "lambda",
      region: "us-east-1",
      account: "123456789012",
      resource: "function:f:1",
    });
  });

  test("may lack region and account", () => {
    expect(parseArn("arn:aws:s3:::bucket")).toMatchObject({ region: "", account: "", resource: "bucket" });
  });

  test.each(["", "role/x", "arn:aws:iam::1", "arn:aws:iam::1:", "arn::iam::1:role/x"])("%j is not an ARN", (text) =>
    expect(parseArn(text)).toBeUndefined(),
  );
});

describe("the role of a session", () => {
  test.each([
    ["is named by STS", "arn:aws:sts::1:assumed-role/x/session", "arn:aws:iam::1:role/x"],
    ["is in the session's partition", "arn:aws-cn:sts::1:assumed-role/x/s", "arn:aws-cn:iam::1:role/x"],
    ["has no path, for STS does not tell it", "arn:aws:sts::1:assumed-role/x/a/b", "arn:aws:iam::1:role/x"],
    ["leaves a role as it is", "arn:aws:iam::1:role/team/x", "arn:aws:iam::1:role/team/x"],
    ["leaves a user as it is", "arn:aws:iam::1:user/x", "arn:aws:iam::1:user/x"],
    ["leaves a federated user as it is", "arn:aws:sts::1:federated-user/x", "arn:aws:sts::1:federated-user/x"],
    ["leaves a session without a name as it is", "arn:aws:sts::1:assumed-role/x", "arn:aws:sts::1:assumed-role/x"],
    ["leaves other text as it is", "x", "x"],
  ])("%s", (_, given, expected) => expect(roleOfSession(given)).toBe(expected));
});

describe("the ARN that aws-auth matches", () => {
  test.each([
    ["a role without its path", "arn:aws:iam::1:role/team/x", "arn:aws:iam::1:role/x"],
    ["a role without its long path", "arn:aws:iam::1:role/a/b/c/x", "arn:aws:iam::1:role/x"],
    ["a role without a path", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"],
    ["a role in its partition", "arn:aws-us-gov:iam::1:role/p/x", "arn:aws-us-gov:iam::1:role/x"],
    ["a session's role", "arn:aws:sts::1:assumed-role/x/session", "arn:aws:iam::1:role/x"],
    ["a user with its path, which STS tells", "arn:aws:iam::1:user/team/x", "arn:aws:iam::1:user/team/x"],
    ["other text as it is", "x/y", "x/y"],
  ])("%s", (_, given, expected) => expect(mappableArn(given)).toBe(expected));
});
