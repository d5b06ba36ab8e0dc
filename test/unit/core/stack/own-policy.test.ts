import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Target } from "../../../../src/core/setup/target.ts";
import { parsePolicy, policyOf, refuseTooLong, showPolicy } from "../../../../src/core/stack/own-policy.ts";
import { riskWarnings } from "../../../../src/core/stack/policy-risks.ts";
import { documentHash } from "../../../../src/core/stack/role-documents.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";

const template = readFileSync("template.yml", "utf8");
const one = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::my-bucket/*" };
const withStatement = (more: object) => ({ Version: "2012-10-17", Statement: [{ ...one, ...more }] });
const read = (document: unknown) => parsePolicy("policy.json", JSON.stringify(document));

/** The role's policies by name, of the template with this policy. */
const policiesIn = (document: unknown) =>
  parse(renderTemplate(template, "code", { policy: read(document) }).body, { logLevel: "silent" }).Resources
    .FunctionRole.Properties.Policies;

describe("a policy", () => {
  test.each([
    ["one statement, not in a list", { Version: "2012-10-17", Statement: one }],
    ["with an Id and a Sid", { ...withStatement({ Sid: "Read1" }), Id: "mine" }],
    ["with lists", withStatement({ Action: ["s3:Get*", "dynamodb:*"], Resource: ["*", "arn:aws:s3:::b"] })],
    ["with all but these", withStatement({ Action: undefined, NotAction: "iam:*" })],
    [
      "with conditions and policy variables",
      withStatement({
        Resource: `arn:aws:s3:::b/\${aws:PrincipalTag/team}/*`,
        Condition: {
          "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a*", `\${aws:username}`] },
          Bool: { "aws:SecureTransport": true },
          NumericLessThan: { "s3:max-keys": 10 },
        },
      }),
    ],
    [
      "with what CloudFormation and YAML could take for more",
      withStatement({ Resource: "arn:aws:s3:::!Ref X # : {}é/*" }),
    ],
    ["that denies", withStatement({ Effect: "Deny" })],
  ])("%s is the role's, literally", (_, document) => {
    const [own, ...others] = policiesIn(document);
    expect(own).toEqual({ PolicyName: "act-in-aws", PolicyDocument: JSON.parse(JSON.stringify(document)) });
    expect(others).toEqual(parse(template, { logLevel: "silent" }).Resources.FunctionRole.Properties.Policies);
  });

  test("is in the template in ASCII, whatever characters IAM takes", () => {
    const path = fc.string({ unit: fc.constantFrom(..."a\"'\\{}[]:,#&*!|>%@`$é\xa0ÿ \t-"), minLength: 1 });
    fc.assert(
      fc.property(path, (text) => {
        const document = withStatement({ Resource: `arn:aws:s3:::b/${text}` });
        const { body } = renderTemplate(template, "code", { policy: read(document) });
        expect(body).toMatch(/^[\n -~]*$/);
        expect(policiesIn(document)[0].PolicyDocument).toEqual(document);
      }),
    );
  });

  test.each([
    ["{", "policy.json is not JSON"],
    ["DB_PASSWORD=hunter2", "policy.json is not JSON"],
    ["[]", "a policy is an object"],
    ["null", "a policy is an object"],
    ["{}", 'Version must be "2012-10-17"'],
    ['{"Version":"2008-10-17","Statement":[]}', 'Version must be "2012-10-17"'],
    ['{"Version":"2012-10-17"}', "it has no Statement"],
    ['{"Version":"2012-10-17","Statement":[]}', "it has no Statement"],
    ['{"Version":"2012-10-17","Statement":["x"]}', "statement 1 is not an object"],
    ['{"Version":"2012-10-17","Statement":[],"Fn::If":[]}', 'a policy has "Fn::If"'],
  ])("%s is refused", (text, message) => {
    expect(() => parsePolicy("policy.json", text)).toThrowError(
      expect.objectContaining({ name: "UsageError", code: "InvalidPolicy", message: expect.stringContaining(message) }),
    );
    expect(() => parsePolicy("policy.json", text)).not.toThrow(/hunter2/);
  });

  test.each<[string, object, string]>([
    ["a principal", { Principal: "*" }, "has a Principal: in the policy of a role, the role is the principal"],
    ["an intrinsic function", { "Fn::Transform": {} }, 'has "Fn::Transform"'],
    ["an Effect that is none", { Effect: "allow" }, "must be Allow or Deny"],
    ["no action", { Action: undefined }, "must have Action or NotAction, one of them"],
    ["both", { NotAction: "s3:*" }, "must have Action or NotAction, one of them"],
    ["an action without a service", { Action: "GetObject" }, 'has the Action "GetObject"'],
    ["an object for an action", { Action: { Ref: "X" } }, "has the Action a value that is not a string"],
    ["no resource in the list", { Resource: [] }, "has the Resource a value that is not a string"],
    ["a resource that is no ARN", { Resource: "my-bucket" }, 'has the Resource "my-bucket"'],
    [
      "a reference for a resource",
      { Resource: { "Fn::GetAtt": ["A", "Arn"] } },
      "has the Resource a value that is not a string",
    ],
    ["a condition that is a function", { Condition: { "Fn::If": ["A", "b", "c"] } }, "has no condition operator"],
    ["a key that is a function", { Condition: { StringEquals: { "Fn::Sub": "x" } } }, "has a wrong condition"],
    ["a key that is a reference", { Condition: { StringEquals: { Ref: "x" } } }, "has a wrong condition"],
    ["a value that is an object", { Condition: { StringEquals: { "aws:x": { Ref: "y" } } } }, "has a wrong condition"],
    ["a dynamic reference", { Resource: "arn:aws:s3:::{{resolve:ssm:bucket}}" }, "{{resolve:"],
    ["a line break's cousin", { Resource: "arn:aws:s3:::b/\u2028" }, "IAM does not take the characters"],
    ["a control character", { Resource: "arn:aws:s3:::b/\u001b" }, "IAM does not take the characters"],
    ["a Sid with a space", { Sid: "a b" }, "the Sid of statement 1"],
    ["a prototype", JSON.parse('{"__proto__": {"x": 1}}'), 'has "__proto__"'],
  ])("with %s is refused", (_, more, message) => {
    const document = JSON.parse(JSON.stringify(withStatement({})));
    for (const [name, value] of Object.entries(more))
      Object.defineProperty(document.Statement[0], name, { value, enumerable: true });
    expect(() => read(document)).toThrow(message);
    expect(policyOf(JSON.parse(JSON.stringify(document)))).toBeUndefined();
  });

  test("with two statements of one Sid is refused", () =>
    expect(() =>
      read({
        Version: "2012-10-17",
        Statement: [
          { ...one, Sid: "A" },
          { ...one, Sid: "A" },
        ],
      }),
    ).toThrow("same Sid"));

  test("is refused if IAM has no room for it beside the role's own", () => {
    const policy = (length: number) => read(withStatement({ Resource: `arn:aws:s3:::${"b".repeat(length)}` }));
    const room = 10_240 - JSON.stringify(withStatement({ Resource: "arn:aws:s3:::" })).length - 100;
    expect(() => refuseTooLong(policy(room), [{ a: "x".repeat(92) }])).not.toThrow();
    expect(() => refuseTooLong(policy(room + 1), [{ a: "x".repeat(92) }])).toThrow(
      /the policy has \d+ characters; with the 100 of the role's own policies, IAM takes at most 10240/,
    );
  });
});

test("the plan has a line for each action on each resource", () => {
  const document = {
    Version: "2012-10-17",
    Statement: [
      { ...one, Action: ["s3:GetObject", "s3:PutObject"], Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"] },
      {
        Effect: "Deny",
        NotAction: ["s3:*", "sqs:*"],
        NotResource: "arn:aws:s3:::c",
        Condition: { Bool: { "aws:x": true } },
      },
    ],
  };
  expect(showPolicy(read(document))).toEqual([
    "policy allow s3:GetObject on arn:aws:s3:::a/*",
    "policy allow s3:GetObject on arn:aws:s3:::b/*",
    "policy allow s3:PutObject on arn:aws:s3:::a/*",
    "policy allow s3:PutObject on arn:aws:s3:::b/*",
    'policy deny all but s3:*, sqs:* on all but arn:aws:s3:::c if {"Bool":{"aws:x":true}}',
  ]);
});

test("documents that say the same have the same hash", () => {
  const hash = documentHash(withStatement({ Action: ["s3:GetObject", "s3:PutObject"] }));
  const { Statement, Version } = withStatement({ Action: ["s3:PutObject", "s3:GetObject"] });
  expect(documentHash({ Statement: Statement[0], Version })).toBe(hash);
  expect(documentHash(withStatement({ Action: "s3:PutObject" }))).not.toBe(hash);
});

describe("warned of is what reaches far:", () => {
  const place = {
    roleArn: "arn:aws:iam::111122223333:role/team/web",
    functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:web",
    cluster: { name: "demo" },
  } as unknown as Target;
  const warnings = (more: object) => riskWarnings(read(withStatement(more)), place).join("\n");

  test.each<[string, object, string]>([
    ["everything", { Action: "*", Resource: "*" }, "everything in the account"],
    [
      "all but something, on all but something",
      { Action: undefined, NotAction: "s3:*", Resource: "*" },
      "everything in the account",
    ],
    [
      "its own role",
      { Action: "iam:*", Resource: "arn:aws:iam::111122223333:role/team/*" },
      "change the rights of its own role",
    ],
    ["its own role, in any case", { Action: "IAM:putrolepolicy", Resource: "*" }, "iam:PutRolePolicy"],
    ["the cluster's entries", { Action: "eks:CreateAccessEntry", Resource: "*" }, "change who is mapped"],
    [
      "its access policies",
      { Action: "eks:Associate*", Resource: "arn:aws:eks:eu-west-1:111122223333:access-entry/demo/*" },
      "eks:AssociateAccessPolicy",
    ],
    [
      "by a policy variable",
      { Action: "eks:*", Resource: `arn:aws:eks:*:*:cluster/\${aws:PrincipalTag/x}` },
      "change who is mapped",
    ],
    [
      "its own code",
      { Action: "lambda:UpdateFunctionCode", Resource: "arn:aws:lambda:*:*:function:we?" },
      "change its own code",
    ],
    ["other roles", { Action: "sts:AssumeRole", Resource: "*" }, "act as any role"],
  ])("%s", (_, more, expected) => expect(warnings(more)).toContain(expected));

  test.each<[string, object]>([
    ["a bucket", {}],
    ["a role that is another", { Action: "iam:*", Resource: "arn:aws:iam::111122223333:role/other" }],
    ["reading the cluster", { Action: ["eks:Describe*", "eks:List*"], Resource: "*" }],
    ["another cluster", { Action: "eks:*", Resource: "arn:aws:eks:eu-west-1:111122223333:cluster/other" }],
    ["what is denied", { Effect: "Deny", Action: "*", Resource: "*" }],
    ["one role to assume", { Action: "sts:AssumeRole", Resource: "arn:aws:iam::111122223333:role/reader" }],
  ])("but not %s", (_, more) => expect(warnings(more)).toBe(""));
});
