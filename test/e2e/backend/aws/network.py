"""What EC2 says of a VPC: moto's route tables, and a security group with rules, with the ids that a test chose."""

from types import SimpleNamespace

from moto.ec2.models.route_tables import Route, RouteTable
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

import place


def network(what):
    backend, vpc_id = place.ec2(), what["vpcId"]
    add_table(backend, vpc_id, what["main"], None)
    for subnet_id, gateway in what["gateways"].items():
        add_table(backend, vpc_id, gateway, subnet_id)
    group = SecurityGroup(backend, what["groupId"], what["groupId"], "of the cluster", vpc_id=vpc_id)
    group.egress_rules = [SecurityGroupRule(backend, "-1", group.id, None, None, {"CidrIp": "0.0.0.0/0"})]
    group.ingress_rules = [
        SecurityGroupRule(backend, "tcp", group.id, str(port), str(port), {"CidrIp": "10.0.0.0/16"}, is_egress=False)
        for port in range(1, what["inboundRules"] + 1)
    ]
    backend.groups[vpc_id][group.id] = group
    return {}


def add_table(backend, vpc_id, gateway, subnet_id):
    """A table for one subnet, or without one the main table."""
    table = RouteTable(backend, f"rtb-{len(backend.route_tables)}", vpc_id, main=subnet_id is None)
    if subnet_id:
        table._associations[f"rtbassoc-{subnet_id}"] = subnet_id
    routes = [Route(table, "10.0.0.0/16", None, local=True)]
    if gateway:
        kind = "nat_gateway" if gateway.startswith("nat-") else "gateway"
        routes.append(Route(table, "0.0.0.0/0", None, **{kind: SimpleNamespace(id=gateway)}))
    table._routes = {route.id: route for route in routes}
    backend.route_tables[table.id] = table
