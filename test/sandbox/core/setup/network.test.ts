/** A function in a VPC: which subnets have a way out, and how full the cluster's security group is. */
import { describe, expect, test } from "vitest";
import { withoutWayOut } from "../../../../src/core/setup/network.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const main = { isMain: true, subnetIds: [], gateway: "nat-0a" };
const of = (subnet: string, gateway: string | undefined) => ({ isMain: false, subnetIds: [subnet], gateway });

test.each([
  ["an internet gateway", "igw-0a", ["a"]],
  ["nowhere", undefined, ["a"]],
  ["a NAT gateway", "nat-0b", []],
  ["a transit gateway", "tgw-0a", []],
])("a subnet that leads to %s", (_, gateway, expected) =>
  expect(withoutWayOut(["a", "b"], [main, of("a", gateway)])).toEqual(expected),
);

test("a subnet without a table of its own is in the main one", () => {
  expect(withoutWayOut(["a", "b"], [{ ...main, gateway: "igw-0a" }, of("b", "nat-0a")])).toEqual(["a"]);
  expect(withoutWayOut(["a"], [])).toEqual([]);
});

describe("in the plan", () => {
  const { sandbox, changes, apply, contextOf } = useSetup();
  const groupId = "sg-0a0a0a0a";
  const given = (gateways: Record<string, string>, inboundRules = 0, more = {}) => {
    sandbox().network({ vpcId: "vpc-0a", main: "nat-0a", gateways, groupId, inboundRules });
    const resourcesVpcConfig = {
      ...{ endpointPublicAccess: true, endpointPrivateAccess: false, publicAccessCidrs: ["203.0.113.0/24"] },
      ...{ vpcId: "vpc-0a", subnetIds: ["subnet-0a", "subnet-0b"], clusterSecurityGroupId: groupId, ...more },
    };
    sandbox().describe("demo", { resourcesVpcConfig });
  };
  const stack = async (flags = {}) => (await changes("present", flags)).find(({ step }) => step === "stack");
  const told = async (flags = {}) =>
    (await stack(flags))?.warnings?.map(String).filter((warning) => !warning.startsWith("the endpoint admits only"));

  test("subnets without a way out are left out, and stay out", async () => {
    given({ "subnet-0a": "igw-0a" });
    expect((await contextOf("present", {})).target.placement?.subnetIds).toEqual(["subnet-0b"]);
    expect(await stack()).toMatchObject({
      summary: expect.stringContaining(
        "the endpoint admits only 203.0.113.0/24; subnet-0a left out, without a way to it",
      ),
    });
    expect(await told()).toEqual([]);
    await apply("present");
    expect((await changes("present")).every(({ action }) => action === "unchanged")).toBe(true);
  });

  test("those that a person chose stay, with a warning that names the others", async () => {
    given({ "subnet-0a": "igw-0a" });
    expect(await told({ subnetIds: ["subnet-0a"] })).toEqual([
      "subnet-0a has no route to a NAT gateway, and Lambda gives functions no public address for an internet gateway: from there the function does not reach the endpoint, which has no private side. Choose --subnet-ids subnet-0b, or enable the private endpoint",
    ]);
  });

  test("where all lack it, the plan says so", async () => {
    given({ "subnet-0a": "igw-0a", "subnet-0b": "" });
    expect(await told()).toEqual([
      expect.stringMatching(/^subnet-0a and subnet-0b have no route to a NAT gateway.*Add a NAT gateway, or enable/),
    ]);
  });

  test("a private side needs no way out, and nothing is asked", async () => {
    given({ "subnet-0a": "igw-0a" }, 0, { endpointPrivateAccess: true });
    sandbox().requests.length = 0;
    expect(await told()).toBeUndefined();
    expect(sandbox().requests).not.toContainEqual({ to: "aws", action: "ec2:DescribeRouteTables" });
  });

  test("what the caller may not read is unknown, and setup goes on", async () => {
    given({ "subnet-0a": "igw-0a" }, 60);
    sandbox().faults.forbid.push("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules");
    expect(await told()).toEqual([
      expect.stringMatching(
        /^could not check whether the function's subnets have a way out .*may not call ec2:DescribeRo/,
      ),
      expect.stringMatching(
        /^could not count how many inbound rules .* sg-0a0a0a0a has: .*may not call ec2:DescribeSec/,
      ),
    ]);
    await apply("present");
  });

  test.each([
    [54, {}, []],
    [
      55,
      {},
      ["the cluster's security group sg-0a0a0a0a has 55 inbound rules, the function adds one, and AWS allows 60"],
    ],
    [
      60,
      {},
      ["the cluster's security group sg-0a0a0a0a has 60 inbound rules, the function adds one, and AWS allows 60"],
    ],
    [60, { securityGroupIds: ["sg-0b"] }, []],
  ])("%i inbound rules of the cluster's security group, with %o", async (rules, flags, expected) => {
    given({}, rules);
    const warnings = (await told(flags)) ?? [];
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  test("a rule that is there already needs no room", async () => {
    given({}, 59);
    await apply("present");
    given({}, 60);
    sandbox().requests.length = 0;
    expect(await told({ memory: "512" })).toEqual([]);
    expect(sandbox().requests).not.toContainEqual({ to: "aws", action: "ec2:DescribeSecurityGroupRules" });
  });
});
