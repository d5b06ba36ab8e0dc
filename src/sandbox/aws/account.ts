/** STS, IAM and EKS: who one is, which roles and clusters there are, and who is let into these. */
import type { Data, Resource, World } from "../state.ts";
import { awsError, clusterOf, find, make, notFound } from "./resources.ts";
import type { Operations } from "./service.ts";

function entryOf(world: World, { clusterName, principalArn }: Data): Resource | undefined {
  clusterOf(world, clusterName, true);
  return find(world, "AWS::EKS::AccessEntry", `${principalArn}|${clusterName}`);
}
const show = ({ attributes, createdAt }: Resource): Data => {
  return { accessEntry: { ...attributes, type: "STANDARD", createdAt: createdAt / 1000 } };
};

export const account: Operations = {
  "sts:GetCallerIdentity": (_, { world, caller }) => {
    return { Account: world.account, Arn: caller.arn, UserId: caller.userId };
  },
  "iam:GetRole"({ RoleName }, { world }) {
    const role = find(world, "AWS::IAM::Role", RoleName);
    if (!role) throw awsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
    const CreateDate = new Date(role.createdAt).toISOString();
    return { Role: { RoleName, ...role.attributes, Path: role.properties.Path ?? "/", CreateDate } };
  },
  "eks:ListClusters": (_, { world }) => ({ clusters: [...world.state.clusters.keys()] }),
  "eks:DescribeCluster"({ name }, { world }) {
    const { status, endpoint, ca: data, authenticationMode } = clusterOf(world, name);
    const reachable = status === "CREATING" ? {} : { endpoint, certificateAuthority: { data } };
    const arn = `arn:aws:eks:${world.region}:${world.account}:cluster/${name}`;
    const accessConfig = authenticationMode === null ? {} : { accessConfig: { authenticationMode } };
    return { cluster: { name, arn, version: "1.35", status, ...reachable, ...accessConfig } };
  },
  "eks:UpdateClusterConfig"({ name, accessConfig }, { world }) {
    Object.assign(clusterOf(world, name), accessConfig);
    return { update: { id: "access-config", status: "InProgress" } };
  },
  "eks:DescribeUpdate": ({ updateId: id }) => ({ update: { id, status: "Successful" } }),
  "eks:DescribeAccessEntry"(input, { world }) {
    const entry = entryOf(world, input);
    if (!entry) throw notFound("The specified principalArn could not be found.");
    return show(entry);
  },
  "eks:CreateAccessEntry"(input, { world }) {
    const used = "The specified access entry resource is already in use on this cluster.";
    if (entryOf(world, input)) throw awsError("ResourceInUseException", used, 409);
    const { clusterName: ClusterName, principalArn: PrincipalArn, username: Username, kubernetesGroups } = input;
    const properties = { ClusterName, PrincipalArn, Username, KubernetesGroups: kubernetesGroups };
    return show(make(world, "AWS::EKS::AccessEntry", `${PrincipalArn}|${ClusterName}`, properties));
  },
};
