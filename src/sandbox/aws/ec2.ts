/** EC2: the route tables of VPCs, and the rules of security groups. They are set as data, and no call changes them. */
import type { Data, Network } from "../model.ts";
import type { World } from "../state.ts";
import type { Operations } from "./operation.ts";

const networks = ({ state }: World): readonly Network[] => [...state.networks.values()];

/** The value of the filter with this name: our calls have one filter each. */
const filtered = (input: Data, name: string): unknown =>
  input["Filter.1.Name"] === name ? input["Filter.1.Value.1"] : undefined;

function tableOf(vpcId: string, gateway: string, subnetIds: readonly string[]): Data {
  const target = gateway.startsWith("nat-") ? { natGatewayId: gateway } : { gatewayId: gateway };
  return {
    vpcId,
    routeSet: [
      { destinationCidrBlock: "10.0.0.0/16", gatewayId: "local", state: "active" },
      ...(gateway === "" ? [] : [{ destinationCidrBlock: "0.0.0.0/0", ...target, state: "active" }]),
    ],
    associationSet: subnetIds.map((subnetId) => (subnetId === "" ? { main: true } : { subnetId, main: false })),
  };
}

export const ec2: Operations = {
  "ec2:DescribeRouteTables": (input, { world }) => ({
    routeTableSet: networks(world)
      .filter(({ vpcId }) => vpcId === filtered(input, "vpc-id"))
      .flatMap(({ vpcId, main, gateways }) => [
        tableOf(vpcId, main, [""]),
        ...Object.entries(gateways).map(([subnetId, gateway]) => tableOf(vpcId, gateway, [subnetId])),
      ]),
  }),
  "ec2:DescribeSecurityGroupRules": (input, { world }) => ({
    securityGroupRuleSet: networks(world)
      .filter(({ groupId }) => groupId === filtered(input, "group-id"))
      .flatMap(({ groupId, inboundRules }) => [
        { groupId, isEgress: true, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
        ...Array.from({ length: inboundRules }, (_, at) => ({
          groupId,
          isEgress: false,
          ipProtocol: "tcp",
          fromPort: at + 1,
          toPort: at + 1,
          cidrIpv4: "10.0.0.0/16",
        })),
      ]),
  }),
};
