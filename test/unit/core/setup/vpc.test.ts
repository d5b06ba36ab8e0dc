import { describe, expect, test } from "vitest";
import type { ClusterNetwork } from "../../../../src/core/aws/eks.ts";
import { addressWarnings, placementOf, reachWarnings, staysOutside } from "../../../../src/core/stack/placement.ts";
import { stackWith } from "../../support/found.ts";

const open: ClusterNetwork = {
  ...{ public: true, private: false, publicCidrs: ["0.0.0.0/0"] },
  ...{ vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"], fullSubnetIds: [], securityGroupId: "sg-1" },
};
const restricted = { ...open, publicCidrs: ["203.0.113.0/24"] };
const closed = { ...open, public: false, private: true };
const nothing = { subnetIds: undefined, securityGroupIds: undefined };

describe("where the function runs", () => {
  test.each([
    ["outside of a VPC for an open endpoint", nothing, open, undefined, undefined],
    ["in the cluster's subnets for a private one", nothing, closed, undefined, "subnet-1,subnet-2"],
    ["in the cluster's subnets for a restricted one", nothing, restricted, undefined, "subnet-1,subnet-2"],
    ["in the subnets of the flag", { ...nothing, subnetIds: ["subnet-3"] }, open, undefined, "subnet-3"],
    ["in the subnets of the stack", nothing, open, stackWith({ SubnetIds: "subnet-4" }), "subnet-4"],
    ["outside if the flag says none", { ...nothing, subnetIds: ["none"] }, closed, undefined, undefined],
    ["outside if the stack says none", nothing, closed, stackWith({ SubnetIds: "none" }), undefined],
    [
      "as by default if an empty flag takes none back",
      { ...nothing, subnetIds: null },
      closed,
      stackWith({ SubnetIds: "none" }),
      "subnet-1,subnet-2",
    ],
    ["outside where nothing is known of the cluster", nothing, undefined, undefined, undefined],
  ])("%s", (_, config, network, found, subnets) =>
    expect(placementOf(config, network, found)?.subnetIds.join()).toBe(subnets),
  );

  test("is a choice that is remembered only as none", () => {
    expect(staysOutside({ ...nothing, subnetIds: ["none"] }, undefined)).toBe(true);
    expect(staysOutside(nothing, stackWith({ SubnetIds: "" }))).toBe(false);
  });

  test("is refused where the subnets are not known", () =>
    expect(() => placementOf(nothing, { ...closed, subnetIds: [] }, undefined)).toThrowError(
      expect.objectContaining({ code: "SubnetsNotKnown" }),
    ));

  test("is refused for security groups without a VPC", () =>
    expect(() => placementOf({ ...nothing, securityGroupIds: ["sg-2"] }, open, undefined)).toThrowError(
      expect.objectContaining({ code: "FlagWithoutEffect" }),
    ));
});

describe("the plan warns", () => {
  const inside = placementOf(nothing, restricted, undefined);

  test.each([
    ["of nothing where everyone is admitted", undefined, open, []],
    ["of nothing where the endpoint is private, too", inside, { ...restricted, private: true }, []],
    ["of nothing in the VPC of a private endpoint", inside, closed, []],
    [
      "that the NAT gateway's address must be allowed",
      inside,
      restricted,
      [/NAT gateway, which must be among them: aws ec2 describe-nat-gateways/],
    ],
    ["outside of a VPC, that all addresses must be allowed", undefined, restricted, [/allow 0\.0\.0\.0\/0/]],
    ["that a private endpoint is not reached from outside", undefined, closed, [/does not reach it/]],
    ["of nothing without a description of the cluster", undefined, undefined, []],
    [
      "of a subnet of the function's with too few addresses",
      inside,
      { ...restricted, private: true, fullSubnetIds: ["subnet-2", "subnet-3"] },
      [/^EKS finds too few free IP addresses in subnet-2, .*--subnet-ids subnet-2 --query/],
    ],
    ["of no subnet while the function is outside", undefined, { ...open, fullSubnetIds: ["subnet-2"] }, []],
  ])("%s", (_, placement, network, expected) =>
    expect([...reachWarnings(placement, network), ...addressWarnings(placement, network)].map(String)).toEqual(
      expected.map((text) => expect.stringMatching(text)),
    ),
  );
});
