import { describe, expect, test } from "vitest";
import { configOf } from "../../../../src/cli/flags.ts";
import { remedyFor, withoutArm64 } from "../../../../src/core/stack/remedy.ts";

test.each([
  ['Resource handler returned message: "Architecture "arm64" is not supported in eu-west-3. Please select', true],
  ["Role is not authorized", false],
])("a stack that failed with '%s' is advised another architecture: %s", (reason, expected) =>
  expect(String(remedyFor(reason, {})).includes("--architecture x86_64")).toBe(expected),
);

const missing = 'Architecture "arm64" is not supported in eu-west-3. Please select "x86_64"';
test.each([
  ["a Region without arm64: x86_64", missing, {}, "arm64", "x86_64"],
  ["arm64 by a flag stays", missing, { architecture: "arm64" }, "arm64", undefined],
  ["an empty flag chooses nothing", missing, { architecture: "" }, "arm64", "x86_64"],
  ["x86_64 is there already", missing, {}, "x86_64", undefined],
  ["another reason", "Role is not authorized", {}, "arm64", undefined],
] as const)("instead of arm64: %s", (_, reason, flags, Architecture, expected) =>
  expect(withoutArm64(reason, configOf(flags), { Architecture })?.Architecture).toBe(expected),
);

test("a stack that failed for lack of addresses is advised other subnets, and how to see what they have left", () => {
  const reason = "because one or more configured subnets has no available IP addresses. (Service: Lambda";
  expect(String(remedyFor(reason, { SubnetIds: "subnet-0a,subnet-0b" }))).toBe(
    "choose subnets with free addresses with --subnet-ids; these have: aws ec2 describe-subnets --subnet-ids subnet-0a subnet-0b --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text",
  );
});

test("a stack that failed because the Region lacks the runtime is advised another one", () => {
  const reason =
    "Function (AWS::Lambda::Function): Resource handler returned message: \"Value nodejs24.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, nodejs22.x] or be a valid ARN (Service: Lambda, Status Code: 400";
  expect(String(remedyFor(reason, {}))).toMatch(
    /^Lambda does not offer nodejs24.x in this Region.*--to sam.*nodejs22.x/,
  );
});

test("a stack that failed because the cluster's security group is full is advised a shared one", () =>
  expect(
    remedyFor(
      'ClusterIngress (AWS::EC2::SecurityGroupIngress): Resource handler returned message: "The maximum number of rules per security group has been reached. (Service: Ec2, Status Code: 400',
      { ClusterSecurityGroupId: "sg-0a" },
    ),
  ).toMatch(/^the cluster's security group sg-0a .*--security-group-ids/));

describe("a stack that failed because AWS denied a call", () => {
  const denied = (why: string) =>
    remedyFor(
      `FunctionRole (AWS::IAM::Role): Resource handler returned message: "User: arn:aws:sts::123456789012:assumed-role/ci/1 is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/r ${why} (Service: Iam, Status Code: 403`,
      {},
    );

  test.each([
    ["with an explicit deny in a service control policy", /service control policy.*who manage the organization/],
    ["because no service control policy allows the iam:CreateRole action", /service control policy/],
    ["with an explicit deny in a resource control policy", /resource control policy.*who manage the organization/],
    ["because no permissions boundary allows the iam:CreateRole action", /boundary.*ask those who set it/],
    ["because no session policy allows the iam:CreateRole action", /session/],
    ["because no VPC endpoint policy allows the iam:CreateRole action", /VPC endpoint/],
    ["with an explicit deny in an identity-based policy", /a denial counts more/],
  ])("%s", (why, expected) => expect(denied(why)).toMatch(expected));

  test("names the policy that AWS names", () =>
    expect(
      denied(
        "with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-a1b2c3d4e5/service_control_policy/p-a1b2c3d4",
      ),
    ).toMatch(
      /; the policy is arn:aws:organizations::111122223333:policy\/o-a1b2c3d4e5\/service_control_policy\/p-a1b2c3d4$/,
    ));

  test("is left to the caller's policies where these do not allow it", () =>
    expect(denied("because no identity-based policy allows the iam:CreateRole action")).toBeUndefined());
});
