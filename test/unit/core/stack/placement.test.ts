/** Where the function runs, by flags, the cluster's endpoint and the stack of an earlier run. */
import { expect, test } from "vitest";
import { UsageError } from "../../../../src/core/errors.ts";
import { placementOf } from "../../../../src/core/stack/placement.ts";
import { stackWith } from "../../support/found.ts";

const network = {
  public: true,
  private: true,
  publicCidrs: ["0.0.0.0/0"],
  vpcId: "vpc-1",
  subnetIds: ["subnet-1", "subnet-2"],
  fullSubnetIds: [],
  securityGroupId: "sg-1",
};
const none = { subnetIds: undefined, securityGroupIds: undefined };
const inVpc = { vpcId: "vpc-1", clusterSecurityGroupId: "sg-1", securityGroupIds: [], isChosen: false };

test.each([
  ["a public endpoint needs no VPC", none, network, undefined],
  ["a cluster that is gone needs no VPC", none, undefined, undefined],
  [
    "a private endpoint takes the cluster's subnets",
    none,
    { ...network, public: false },
    { ...inVpc, subnetIds: ["subnet-1", "subnet-2"], reason: "the endpoint is private" },
  ],
  [
    "an endpoint for some addresses takes the cluster's subnets, because Lambda's address is not known",
    none,
    { ...network, publicCidrs: ["192.0.2.0/24"] },
    { ...inVpc, subnetIds: ["subnet-1", "subnet-2"], reason: "the endpoint admits only 192.0.2.0/24" },
  ],
  [
    "subnets and security groups from flags are used",
    { subnetIds: ["subnet-9"], securityGroupIds: ["sg-9"] },
    network,
    { ...inVpc, subnetIds: ["subnet-9"], securityGroupIds: ["sg-9"], reason: "--subnet-ids", isChosen: true },
  ],
] as const)("%s", (_, config, network, expected) => {
  expect(placementOf(config, network, undefined)).toEqual(expected);
});

test("the subnets of an earlier run stay", () => {
  const found = stackWith({ SubnetIds: "subnet-7", SecurityGroupIds: "sg-7" });
  expect(placementOf(none, network, found)).toMatchObject({
    ...{ subnetIds: ["subnet-7"], securityGroupIds: ["sg-7"], reason: "as before" },
  });
});

test("the subnets of another VPC, in which an earlier cluster was, give way to those of this one", () => {
  const found = stackWith({ SubnetIds: "subnet-7", SecurityGroupIds: "sg-7", VpcId: "vpc-7" });
  expect(placementOf(none, network, found)).toEqual({
    ...{ ...inVpc, subnetIds: ["subnet-1", "subnet-2"], reason: "the cluster is in vpc-1 now" },
  });
  expect(placementOf({ ...none, subnetIds: ["subnet-9"] }, network, found)).toMatchObject({ subnetIds: ["subnet-9"] });
});

test("a private endpoint without known subnets is refused", () => {
  const refuse = () => placementOf(none, { ...network, public: false, subnetIds: [] }, undefined);
  expect(refuse).toThrow(UsageError);
  expect(refuse).toThrow(/its subnets are not known/);
});
