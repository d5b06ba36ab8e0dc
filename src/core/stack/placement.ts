/** Decides whether the function runs in the cluster's VPC: if a flag says so, or if the endpoint is not public. */

import type { ClusterNetwork } from "../aws/eks.ts";
import { advice, type Command, command, type Hint } from "../command.ts";
import { usageError } from "../errors.ts";
import type { Deployed, Chosen as Given } from "../parameters/deployed.ts";

export interface Placement {
  readonly subnetIds: readonly string[];
  /** Empty if the stack creates one, which the cluster security group admits. */
  readonly securityGroupIds: readonly string[];
  readonly vpcId: string;
  readonly clusterSecurityGroupId: string;
  readonly reason: string;
  /** By a flag or the stack of an earlier run. */
  readonly isChosen: boolean;
}

/** In place of the ids of `--subnet-ids`, and of the stack's parameter: keeps the function out of VPCs. */
export const noSubnets = "none";

/** True for the parameters of a stack whose function runs in a VPC. */
export const isInVpc = ({ subnetIds }: Pick<Deployed, "subnetIds">): boolean =>
  subnetIds.length > 0 && !subnetIds.includes(noSubnets);

/** The stack of an earlier run. */
type Found = { readonly deployed: Pick<Deployed, "subnetIds" | "securityGroupIds" | "vpcId"> } | undefined;
type Chosen = Pick<Given, "subnetIds" | "securityGroupIds">;

/** What a flag says, or else the stack. */
const idsOf = (key: keyof Chosen, config: Chosen, found: Found): readonly string[] =>
  (config[key] === undefined ? found?.deployed[key] : config[key]) ?? [];

/** True if the function stays outside, whatever the endpoint admits. */
export const staysOutside = (config: Chosen, found: Found): boolean =>
  idsOf("subnetIds", config, found).includes(noSubnets);

/** A command that shows how many addresses each subnet has left. */
export const freeAddresses = (subnetIds: readonly string[]): Command =>
  command`aws ec2 describe-subnets --subnet-ids ${subnetIds} --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text`;

/** Throws `SubnetsNotKnown`, `FlagWithoutEffect`. */
export function placementOf(config: Chosen, network: ClusterNetwork | undefined, found: Found): Placement | undefined {
  const moved = hasMoved(found, network);
  const kept = moved ? undefined : found;
  const given = idsOf("subnetIds", config, kept);
  const otherwise = whyPrivate(network) ?? (moved ? `the cluster is in ${network?.vpcId} now` : undefined);
  const reason = given.length > 0 ? (config.subnetIds ? "--subnet-ids" : "as before") : otherwise;
  if (reason === undefined || given.includes(noSubnets)) {
    if (!config.securityGroupIds) return undefined;
    throw usageError(
      "FlagWithoutEffect",
      "--security-group-ids has no effect: the function runs in no VPC",
      "name its subnets with --subnet-ids, or leave the security groups out",
    );
  }
  const subnetIds = given.length > 0 ? given : (network?.subnetIds ?? []);
  if (subnetIds.length === 0) {
    throw usageError(
      "SubnetsNotKnown",
      `the function must run in the cluster's VPC (${reason}), and its subnets are not known`,
      "name them with --subnet-ids",
    );
  }
  return {
    subnetIds,
    securityGroupIds: idsOf("securityGroupIds", config, kept),
    vpcId: network?.vpcId ?? "",
    clusterSecurityGroupId: network?.securityGroupId ?? "",
    reason,
    isChosen: given.length > 0,
  };
}

/** True if the stack's subnets are in the VPC of an earlier cluster with this name. */
const hasMoved = (found: Found, network: ClusterNetwork | undefined): boolean =>
  Boolean(found?.deployed.vpcId && network?.vpcId && found.deployed.vpcId !== network.vpcId);

const admitsAll = ({ publicCidrs }: ClusterNetwork): boolean => publicCidrs.includes("0.0.0.0/0");

/** Outside a VPC, Lambda's addresses are not known in advance, so no CIDR can allow them. */
function whyPrivate(network: ClusterNetwork | undefined): string | undefined {
  if (!network) return undefined;
  if (!network.public) return "the endpoint is private";
  if (!admitsAll(network)) return `the endpoint admits only ${network.publicCidrs.join(", ")}`;
  return undefined;
}

/** Names the subnets in which Lambda may find no address for its network interfaces. */
export function addressWarnings(
  placement: Placement | undefined,
  network: ClusterNetwork | undefined,
): readonly Hint[] {
  const full = (placement?.subnetIds ?? []).filter((id) => network?.fullSubnetIds.includes(id));
  if (full.length === 0) return [];
  return [
    advice`EKS finds too few free IP addresses in ${full.join(" and ")}, and the function needs one in each of its subnets: free some, or choose others with --subnet-ids; see how many are left: ${freeAddresses(full)}`,
  ];
}

/** Returns what the endpoint must admit, where it does not admit everyone. */
export function reachWarnings(placement: Placement | undefined, network: ClusterNetwork | undefined): readonly Hint[] {
  if (!network) return [];
  if (!network.public)
    return placement ? [] : ["the endpoint is private: outside of its VPC the function does not reach it"];
  if (admitsAll(network) || (placement && network.private)) return [];
  const admitted = `the endpoint admits only ${network.publicCidrs.join(", ")}`;
  if (!placement)
    return [
      `${admitted}, and outside of a VPC the function calls from any address of Lambda's: allow 0.0.0.0/0, or run it in the VPC with --subnet-ids ''`,
    ];
  const gateways = placement.vpcId
    ? advice`: ${command`aws ec2 describe-nat-gateways --filter Name=vpc-id,Values=${placement.vpcId} --query 'NatGateways[].NatGatewayAddresses[].PublicIp'`}`
    : "";
  return [
    advice`${admitted}, and has no private side: the function calls from the address of its subnets' NAT gateway, which must be among them${gateways}. Or enable the private endpoint`,
  ];
}
