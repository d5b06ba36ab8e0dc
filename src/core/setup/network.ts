/** What EC2 says of the network of a function in a VPC: its way out, and the room in the cluster's security group. */
import type { Ec2, RouteTable } from "../aws/ec2.ts";
import type { ClusterNetwork } from "../aws/eks.ts";
import type { OurStack } from "../stack/found.ts";
import type { Placement } from "../stack/placement.ts";
import { hasResource } from "../stack/resources.ts";
import { counted } from "../text.ts";

export interface Seen {
  readonly placement: Placement | undefined;
  readonly warnings: readonly string[];
}

export interface Wish {
  readonly placement: Placement | undefined;
  readonly network: ClusterNetwork | undefined;
  readonly found: OurStack | undefined;
}

/** Reads only what the placement makes a question. What the caller may not read is a warning. */
export async function seenNetwork(ec2: () => Promise<Ec2>, wish: Wish): Promise<Seen> {
  const [out, room] = await Promise.all([wayOut(ec2, wish), roomInGroup(ec2, wish)]);
  return { placement: out.placement, warnings: [...out.warnings, ...room] };
}

/** Why it is not known: nothing that EC2 says keeps setup from going on. */
const unless = (error: Error): string => error.message;

/**
 * An endpoint without a private side is reached from a VPC only through a NAT gateway: Lambda gives functions no
 * public address, which an internet gateway needs. Subnets without a way out are left out, unless a person chose them.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
 */
async function wayOut(ec2: () => Promise<Ec2>, { placement, network }: Wish): Promise<Seen> {
  if (!placement?.vpcId || !network || network.private) return { placement, warnings: [] };
  const tables = await ec2()
    .then(({ routeTables }) => routeTables(placement.vpcId))
    .catch(unless);
  if (typeof tables === "string") return { placement, warnings: [unknownRoutes(tables)] };
  const closed = withoutWayOut(placement.subnetIds, tables);
  if (closed.length === 0) return { placement, warnings: [] };
  const open = placement.subnetIds.filter((id) => !closed.includes(id));
  if (placement.isChosen || open.length === 0) {
    const others = network.subnetIds.filter((id) => !withoutWayOut([id], tables).length);
    return { placement, warnings: [noWayOut(closed, others)] };
  }
  const reason = `${placement.reason}; ${closed.join(" and ")} left out, without a way to it`;
  return { placement: { ...placement, subnetIds: open, reason }, warnings: [] };
}

const unknownRoutes = (why: string): string =>
  `could not check whether the function's subnets have a way out to the endpoint, which has no private side: ${why}. They need a route to a NAT gateway: Lambda gives functions no public address for an internet gateway`;

const noWayOut = (closed: readonly string[], others: readonly string[]): string =>
  `${closed.join(" and ")} ${closed.length === 1 ? "has" : "have"} no route to a NAT gateway, and Lambda gives functions no public address for an internet gateway: from there the function does not reach the endpoint, which has no private side. ${others.length > 0 ? `Choose --subnet-ids ${others.join(" ")}` : "Add a NAT gateway"}, or enable the private endpoint`;

/** A subnet in no table of its own is in the main table. Without tables, nothing is known. */
export function withoutWayOut(subnetIds: readonly string[], tables: readonly RouteTable[]): readonly string[] {
  const main = tables.find(({ isMain }) => isMain);
  return subnetIds.filter((id) => {
    const table = tables.find(({ subnetIds }) => subnetIds.includes(id)) ?? main;
    return table !== undefined && (table.gateway === undefined || table.gateway.startsWith("igw-"));
  });
}

/** Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, rules for each security group */
const mostRules = 60;
/** From so many on, the plan has a warning. */
const toldRules = 55;

/** Each function with its own security group adds an inbound rule to the cluster's. */
async function roomInGroup(ec2: () => Promise<Ec2>, { placement, found }: Wish): Promise<readonly string[]> {
  const group = placement?.clusterSecurityGroupId;
  if (!group || placement?.securityGroupIds.length !== 0) return [];
  const isThere = found?.deployed.clusterSecurityGroupId === group && hasResource(found.resources, "ClusterIngress");
  if (isThere) return [];
  const rules = await ec2()
    .then(({ inboundRules }) => inboundRules(group))
    .catch(unless);
  if (typeof rules === "string")
    return [`could not count how many inbound rules the cluster's security group ${group} has: ${rules}`];
  if (rules < toldRules) return [];
  return [
    `the cluster's security group ${group} has ${counted(rules, "inbound rule")}, the function adds one, and AWS allows ${mostRules} by default: let functions share a security group with --security-group-ids, or raise the quota "Inbound or outbound rules per security group"`,
  ];
}
