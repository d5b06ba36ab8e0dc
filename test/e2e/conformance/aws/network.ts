/** What EC2 says of a VPC. */
import type { Group } from "../case.ts";
import type { AwsCall } from "./call.ts";
import { type AwsCase, awsCase } from "./case.ts";

const ec2 = (Action: string, name: string, value: string): AwsCall => ({
  service: "ec2",
  form: { Action, Version: "2016-11-15", "Filter.1.Name": name, "Filter.1.Value.1": value },
});
const tables = (vpcId: string) => ec2("DescribeRouteTables", "vpc-id", vpcId);
const rules = (groupId: string) => ec2("DescribeSecurityGroupRules", "group-id", groupId);

const cases: readonly AwsCase[] = [
  {
    name: "the route tables of a VPC",
    call: tables("vpc-0a"),
    shows: ["destinationCidrBlock", "gatewayId", "natGatewayId", "main", "subnetId"],
  },
  { name: "those of a VPC that is not there", call: tables("vpc-0b"), shows: ["gatewayId"] },
  { name: "the rules of a security group", call: rules("sg-0a0a0a0a"), shows: ["isEgress", "ipProtocol", "cidrIpv4"] },
];

export const network: Group = {
  title: "AWS: EC2",
  intro:
    "In `vpc-0a` the main table leads to a NAT gateway, `subnet-0a` to an internet gateway, and `subnet-0b` nowhere. The security group `sg-0a0a0a0a` has two inbound rules.",
  prepare: ({ backend }) =>
    backend.network({
      ...{ vpcId: "vpc-0a", main: "nat-0a", gateways: { "subnet-0a": "igw-0a", "subnet-0b": "" } },
      ...{ groupId: "sg-0a0a0a0a", inboundRules: 2 },
    }),
  cases: cases.map(awsCase),
};
