/** EKS: clusters, their authentication modes and their access entries. */
import { randomUUID } from "node:crypto";
import type { AssociatedPolicy } from "../kube/access-policies.ts";
import type { Cluster, Data, Resource } from "../model.ts";
import { arnOf } from "../partition.ts";
import { put, type World } from "../state.ts";
import { associated, clusterOf, clusterWithEntries, policiesOf, refusal } from "./access-entry.ts";
import type { Operations } from "./operation.ts";
import { find } from "./operation.ts";
import { notFound } from "./refusal.ts";
import { make } from "./resources.ts";

const accessEntryType = "AWS::EKS::AccessEntry";

/** EKS changes the authentication mode in this direction only, one step at a time. */
const nextMode: Readonly<Record<string, string>> = { CONFIG_MAP: "API_AND_CONFIG_MAP", API_AND_CONFIG_MAP: "API" };

const nameOf = ({ clusterName, principalArn }: Data): string => `${principalArn}|${clusterName}`;

function entryOf(world: World, input: Data): Resource {
  clusterWithEntries(world, input.clusterName);
  const entry = find(world, accessEntryType, nameOf(input));
  const why = "could not be found. You can view your available access entries with 'list-access-entries'.";
  if (!entry) throw notFound(`The specified principalArn ${why}`);
  return entry;
}

const shown = ({ attributes: { principalId, AccessEntryArn, accessPolicies, ...entry } }: Resource): Data => ({
  accessEntry: entry,
});

/** The page that the caller asks for, and the token of the next. */
function paged(field: string, all: readonly unknown[], { maxResults = 100, nextToken = 0 }: Data): Data {
  const end = Number(nextToken) + Number(maxResults);
  return { [field]: all.slice(Number(nextToken), end), ...(end < all.length && { nextToken: `${end}` }) };
}

const namesOf = ({ clusterName, principalArn }: Data): Data => ({ clusterName, principalArn });

const setPolicies = ({ state }: World, entry: Resource, accessPolicies: readonly AssociatedPolicy[]): void =>
  put(state, entry.key, { ...entry, attributes: { ...entry.attributes, accessPolicies } });

export const eks: Operations = {
  "eks:ListClusters": (_, { world }) => ({ clusters: [...world.state.clusters.keys()] }),
  "eks:DescribeCluster"({ name }, { world }) {
    const { status, endpoint, ca: data, authenticationMode, resourcesVpcConfig, health } = clusterOf(world, name);
    const reachable = status === "CREATING" ? {} : { endpoint, certificateAuthority: { data } };
    const arn = arnOf(world, "eks", `cluster/${name}`);
    const accessConfig = authenticationMode === null ? {} : { accessConfig: { authenticationMode } };
    const described = { resourcesVpcConfig, health: { issues: health?.issues ?? [] } };
    return { cluster: { name, arn, version: "1.35", status, ...reachable, ...accessConfig, ...described } };
  },
  "eks:UpdateClusterConfig"({ name, accessConfig }, { world }) {
    const cluster = clusterOf(world, name);
    const { authenticationMode: wanted } = accessConfig as { authenticationMode: Cluster["authenticationMode"] };
    const mode = cluster.authenticationMode ?? "CONFIG_MAP";
    if (wanted !== nextMode[mode]) throw refusal(`Unsupported authentication mode update from ${mode} to ${wanted}`);
    if (!world.faults.failUpdates) cluster.authenticationMode = wanted;
    return { update: { id: randomUUID(), status: "InProgress", type: "AccessConfigUpdate" } };
  },
  "eks:DescribeUpdate"({ updateId: id }, { world }) {
    const errors = [{ errorCode: "Unknown", errorMessage: "The update could not be completed." }];
    const end = world.faults.failUpdates ? { status: "Failed", errors } : { status: "Successful", errors: [] };
    return { update: { id, type: "AccessConfigUpdate", ...end } };
  },
  "eks:CreateAccessEntry"(input, { world }) {
    const { clusterName: ClusterName, principalArn: PrincipalArn, username, kubernetesGroups, type, tags = {} } = input;
    const properties = {
      ClusterName,
      PrincipalArn,
      Username: username,
      KubernetesGroups: kubernetesGroups,
      Type: type,
      Tags: Object.entries(tags as Data).map(([Key, Value]) => ({ Key, Value })),
    };
    return shown(make(world, accessEntryType, { name: nameOf(input), properties }));
  },
  "eks:DescribeAccessEntry": (input, { world }) => shown(entryOf(world, input)),
  "eks:ListAccessEntries"(input, { world }) {
    const { clusterName } = input;
    clusterWithEntries(world, clusterName);
    const entries = [...world.state.resources.values()].filter(
      ({ attributes }) => attributes.clusterName === clusterName,
    );
    return paged("accessEntries", entries.map(({ attributes }) => `${attributes.principalArn}`).sort(), input);
  },
  "eks:UpdateAccessEntry"(input, { world }) {
    const entry = entryOf(world, input);
    const { username = entry.attributes.username, kubernetesGroups = entry.attributes.kubernetesGroups } = input;
    const properties = { ...entry.properties, Username: username, KubernetesGroups: kubernetesGroups };
    return shown(make(world, accessEntryType, { name: entry.name, properties, old: entry }));
  },
  "eks:AssociateAccessPolicy"(input, { world }) {
    const entry = entryOf(world, input);
    const before = policiesOf(world.state, entry.key);
    const policy = associated(world, input, before);
    setPolicies(world, entry, [...before.filter(({ policyArn }) => policyArn !== policy.policyArn), policy]);
    return { ...namesOf(input), associatedAccessPolicy: policy };
  },
  "eks:DisassociateAccessPolicy"(input, { world }) {
    const entry = entryOf(world, input);
    const before = policiesOf(world.state, entry.key);
    const after = before.filter(({ policyArn }) => policyArn !== input.policyArn);
    if (after.length === before.length) throw notFound("The specified policyArn could not be found.");
    setPolicies(world, entry, after);
  },
  "eks:ListAssociatedAccessPolicies"(input, { world }) {
    const all = policiesOf(world.state, entryOf(world, input).key);
    return { ...namesOf(input), ...paged("associatedAccessPolicies", all, input) };
  },
  "eks:DeleteAccessEntry": (input, { world }) => void put(world.state, entryOf(world, input).key),
};
