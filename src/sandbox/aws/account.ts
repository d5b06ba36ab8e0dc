/** What there is in the account, which stacks make, and the calls of STS, IAM and EKS that show it. */
import { type Cluster, type Data, now, put, type Resource, uniqueId, type World } from "../state.ts";
import type { Operations } from "./service.ts";

/** An AWS service's refusal, by its code. */
export const awsError = (name: string, message: string, status = 400) =>
  Object.assign(new Error(message), { name, status });
export type Refusal = ReturnType<typeof awsError>;
export const notFound = (message: string) => awsError("ResourceNotFoundException", message, 404);

/** What `GetAtt` gives, by type; no other has attributes. Throws the reason why it cannot be. */
const attributesOf: Readonly<Record<string, (name: string, properties: Data, world: World, old?: Resource) => Data>> = {
  "AWS::IAM::Role": (name, { Path = "/" }, { account }, old) => {
    return { Arn: `arn:aws:iam::${account}:role${Path}${name}`, RoleId: old?.attributes.RoleId ?? uniqueId("AROA") };
  },
  "AWS::Lambda::Function": (name, _, { region, account }) => {
    return { Arn: `arn:aws:lambda:${region}:${account}:function:${name}` };
  },
  /** As EKS shows it. It remembers the role's id, and so lets in nobody with a role that is made anew. */
  "AWS::EKS::AccessEntry"(_, { ClusterName, PrincipalArn, Username, KubernetesGroups = [] }, world) {
    clusterOf(world, ClusterName, true);
    const role = byArn(world, PrincipalArn);
    const refusal = (why: string) => awsError("InvalidParameterException", why);
    if (!role) throw refusal("The specified principalArn is invalid: invalid principal.");
    const names = [Username, ...(KubernetesGroups as unknown[])];
    const reserved = names.find((name) => /^(system|eks|aws|amazon|iam):/.test(`${name}`));
    if (reserved) throw refusal(`${reserved} must not begin with system:, eks:, aws:, amazon: or iam:`);
    const given = { clusterName: ClusterName, principalArn: PrincipalArn, username: Username, type: "STANDARD" };
    const made = { createdAt: now(world) / 1000, principalId: role.attributes.RoleId };
    return { ...given, kubernetesGroups: KubernetesGroups, ...made };
  },
};

export const find = ({ state }: World, type: string, name: unknown): Resource | undefined =>
  state.resources.get(`${type} ${name}`);
export const byArn = ({ state }: World, arn: unknown): Resource | undefined =>
  [...state.resources.values()].find(({ attributes }) => attributes.Arn === arn);

/** Makes it, or changes the `old` one. Throws the reason why not. */
export function make(world: World, type: string, name: string, properties: Data, old?: Resource): Resource {
  const taken = `Resource of type '${type}' with identifier '${name}' already exists.`;
  if (!old && find(world, type, name)) throw awsError("AlreadyExistsException", taken);
  const attributes = attributesOf[type]?.(name, properties, world, old) ?? {};
  const createdAt = old?.createdAt ?? now(world);
  const resource = { key: `${type} ${name}`, type, name, properties, attributes, createdAt };
  put(world.state, resource.key, resource);
  return resource;
}

/** With `entries` throws where the cluster knows no access entries. */
export function clusterOf({ state }: World, name: unknown, entries = false): Cluster {
  const cluster = state.clusters.get(`${name}`);
  if (!cluster) throw notFound(`No cluster found for name: ${name}.`);
  const why = "authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
  if (!entries || cluster.authenticationMode?.startsWith("API")) return cluster;
  throw awsError("InvalidRequestException", `The cluster's ${why}`);
}

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
  "eks:DescribeAccessEntry"({ clusterName, principalArn }, { world }) {
    clusterOf(world, clusterName, true);
    const entry = find(world, "AWS::EKS::AccessEntry", `${principalArn}|${clusterName}`);
    if (!entry) throw notFound("The specified principalArn could not be found.");
    return { accessEntry: entry.attributes };
  },
  "eks:CreateAccessEntry"(input, { world }) {
    const { clusterName: ClusterName, principalArn: PrincipalArn, username: Username, kubernetesGroups } = input;
    const properties = { ClusterName, PrincipalArn, Username, KubernetesGroups: kubernetesGroups };
    const { attributes } = make(world, "AWS::EKS::AccessEntry", `${PrincipalArn}|${ClusterName}`, properties);
    return { accessEntry: attributes };
  },
};
