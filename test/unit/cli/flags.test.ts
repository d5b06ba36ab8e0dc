import { describe, expect, test } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { configOf } from "../../../src/cli/flags.ts";
import { UsageError } from "../../../src/core/errors.ts";

describe("flags", () => {
  test("that are not given are left to the stack and to defaults", () =>
    expect(configOf({})).toEqual({
      tags: {},
      variables: new Map(),
      ownPolicy: undefined,
      access: undefined,
      enableAccessEntries: false,
      useContext: false,
      shareUsername: false,
      forceConflicts: false,
      workloads: false,
    }));

  test.each<Flags>([
    { namespace: "a".repeat(63) },
    { username: "eks-lambda:demo@example.com" },
    { stack: "A-1" },
    { functionName: "my_function-1" },
    { roleName: "role+=,.@_-" },
    { rbacName: "a.b-c" },
    { permissionsBoundary: "arn:aws:iam::123456789012:policy/team/boundary" },
    { codeBucket: "my.code-1" },
    { permissionsBoundary: "arn:aws-cn:iam::aws:policy/PowerUserAccess" },
    { cloudformationRoleArn: "arn:aws:iam::123456789012:role/team/deploy" },
    { exec: "npx" },
    { access: "access-entry" },
    { kubeconfig: "file" },
    { kubeconfig: false },
  ])("%j are taken as they are", (flags) => expect(configOf(flags)).toMatchObject(flags));

  test("arrive as what they mean: numbers, lists, and null for a default", () =>
    expect(
      configOf({
        memory: "512",
        eventAge: "",
        architecture: "",
        subnetIds: ["subnet-a", "subnet-b,subnet-c"],
        allowImage: [""],
      }),
    ).toMatchObject({
      ...{
        memory: 512,
        eventAge: null,
        architecture: null,
        subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
        allowImage: null,
      },
      timeout: undefined,
    }));

  test("`--kubeconfig` without a file is kubectl's file", () =>
    expect(configOf({ kubeconfig: true }).kubeconfig).toBeUndefined());

  test("tags are pairs, the value with all behind the first `=`", () =>
    expect(configOf({ tags: ["team=a", "empty=", "query=a=b", "team=c"] }).tags).toEqual({
      team: "c",
      empty: "",
      query: "a=b",
    }));
});

const aNamespace = "at most 63 lower-case letters, digits and `-`";
const aUsername = "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:";
const aStack = "a letter, then letters, digits and `-`, at most 128";
const anImage =
  "an image such as registry.example.com/team/app:1, with * for a part, such as registry.example.com/team/*@sha256:*";
const aTag = "KEY=VALUE, the key not beginning with aws:";

test.each([
  "nginx",
  "*",
  "localhost:5000/app:1.2_3",
  "registry.example.com/team/*@sha256:*",
  `*.dkr.ecr.*.amazonaws.com/a__b/c-d:v1@sha256:${"0".repeat(64)}`,
])("--allow-image takes %s", (pattern) => expect(configOf({ allowImage: [pattern] }).allowImage).toEqual([pattern]));

describe("a flag is refused, by its value and what it must be:", () => {
  test.each<[string, string, Flags, string]>([
    ["--namespace", "", { namespace: "" }, aNamespace],
    ["--namespace", "Default", { namespace: "Default" }, aNamespace],
    ["--namespace", "-a", { namespace: "-a" }, aNamespace],
    ["--namespace", "a/b", { namespace: "a/b" }, aNamespace],
    ["--allow-image", "a b", { allowImage: ["a b"] }, anImage],
    ["--allow-image", "a@b", { allowImage: ["nginx", "a@b"] }, anImage],
    ["--allow-image", "a:b/c", { allowImage: ["a:b/c"] }, anImage],
    ["--allow-image", "/a", { allowImage: ["/a"] }, anImage],
    ["--allow-image", "a/", { allowImage: ["a/"] }, anImage],
    ["--allow-image", "a//b", { allowImage: ["a//b"] }, anImage],
    ["--allow-image", "a;b", { allowImage: ["a;b"] }, anImage],
    ["--username", "system:masters", { username: "system:masters" }, aUsername],
    ["--username", "eks:x", { username: "eks:x" }, aUsername],
    ["--username", "aws:x", { username: "aws:x" }, aUsername],
    ["--username", "amazon:x", { username: "amazon:x" }, aUsername],
    ["--username", "iam:x", { username: "iam:x" }, aUsername],
    ["--username", "a b", { username: "a b" }, aUsername],
    ["--stack", "my_stack", { stack: "my_stack" }, aStack],
    ["--stack", "1stack", { stack: "1stack" }, aStack],
    ["--stack", "a".repeat(129), { stack: "a".repeat(129) }, aStack],
    ["--function-name", "f.g", { functionName: "f.g" }, "at most 64 letters, digits, `-` and `_`"],
    ["--function-name", "f".repeat(65), { functionName: "f".repeat(65) }, "at most 64 letters, digits, `-` and `_`"],
    ["--role-name", "team/role", { roleName: "team/role" }, "at most 64 letters, digits and `+=,.@_-`"],
    ["--role-name", "r".repeat(65), { roleName: "r".repeat(65) }, "at most 64 letters, digits and `+=,.@_-`"],
    ["--rbac-name", "Role", { rbacName: "Role" }, "lower-case letters, digits, `-` and `.`"],
    [
      "--log-retention",
      "31",
      { logRetention: "31" },
      "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
    ],
    [
      "--code-bucket",
      "s3://my-code",
      { codeBucket: "s3://my-code" },
      "the name of a bucket, 3 to 63 lower-case letters, digits, `-` and `.`",
    ],
    [
      "--permissions-boundary",
      "boundary",
      { permissionsBoundary: "boundary" },
      "the ARN of a policy, arn:…:iam::…:policy/…",
    ],
    [
      "--cloudformation-role-arn",
      "arn:aws:iam::1:role/x",
      { cloudformationRoleArn: "arn:aws:iam::1:role/x" },
      "the ARN of a role, arn:…:iam::…:role/…",
    ],
    ["--exec", "kubectl", { exec: "kubectl" }, "one of auto, eks-lambda, aws, npx"],
    ["--access", "both", { access: "both" }, "one of auto, aws-auth, access-entry"],
    ["--tags", "team", { tags: ["a=b", "team"] }, aTag],
    ["--tags", "=a", { tags: ["=a"] }, aTag],
    ["--tags", "AWS:x=a", { tags: ["AWS:x=a"] }, aTag],
    ["--tags", `a=${"x".repeat(257)}`, { tags: [`a=${"x".repeat(257)}`] }, aTag],
  ])("%s %j", (flag, value, flags, must) =>
    expect(() => configOf(flags)).toThrowError(
      expect.objectContaining({
        code: "InvalidFlag",
        message: `${flag} is "${value}"; it must be ${must}`,
        constructor: UsageError,
      }),
    ),
  );
});
