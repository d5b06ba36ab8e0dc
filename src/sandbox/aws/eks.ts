/** EKS: the cluster as it is described, its authentication mode, and its access entries. */
import { randomUUID } from "node:crypto";
import { type AccessEntry, type Cluster, type Data, now, type Region, type World } from "../state.ts";
import { AwsError } from "./error.ts";
import type { Operations } from "./service.ts";

const notFound = (message: string) => new AwsError("ResourceNotFoundException", message, 404);
const badParameter = (message: string) => new AwsError("InvalidParameterException", message);

function clusterOf({ clusters }: Region, name: unknown): Cluster {
  const cluster = clusters.get(String(name));
  if (!cluster) throw notFound(`No cluster found for name: ${name}.`);
  return cluster;
}

/** Throws `InvalidRequestException` where the mode is CONFIG_MAP. */
function entriesOf(region: Region, name: unknown): Cluster["entries"] {
  const { entries, authenticationMode } = clusterOf(region, name);
  if (/^API/.test(authenticationMode ?? "")) return entries;
  const why =
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
  throw new AwsError("InvalidRequestException", why);
}

function entryOf(region: Region, { clusterName, principalArn }: Data): AccessEntry {
  const entry = entriesOf(region, clusterName).get(String(principalArn));
  if (entry) return entry;
  throw notFound(
    "The specified principalArn could not be found. You can view your available access entries with 'ListAccessEntries'.",
  );
}

/** Creates one, or changes the one that was `made`; a stack does so too. */
export function writeEntry(world: World, region: Region, input: Data, made: boolean): Data {
  const old = made ? entryOf(region, input) : undefined;
  const {
    clusterName,
    principalArn,
    username,
    kubernetesGroups = old?.wire.kubernetesGroups ?? [],
    type = "STANDARD",
  } = input;
  const entries = entriesOf(region, clusterName);
  const role = [...world.state.roles.values()].find(({ arn }) => arn === principalArn);
  if (!role) throw badParameter("The specified principalArn is invalid: invalid principal.");
  if (entries.has(String(principalArn)) && !old)
    throw new AwsError(
      "ResourceInUseException",
      "The specified access entry resource is already in use on this cluster.",
      409,
    );
  if (/^(system:|eks:|aws:|amazon:|iam:)/.test(String(username ?? "")))
    throw badParameter("The username must not begin with the prefixes 'system:', 'eks:', 'aws:', 'amazon:' or 'iam:'.");
  if ((kubernetesGroups as string[]).some((group) => group.startsWith("system:")))
    throw badParameter("The kubernetes group name must not begin with the prefix 'system:'.");
  const wire = {
    ...{ clusterName, principalArn, kubernetesGroups, type, tags: input.tags ?? {} },
    accessEntryArn: `arn:aws:eks:${region.name}:${world.account}:access-entry/${clusterName}/role/${world.account}/${role.name}/${randomUUID()}`,
    createdAt: now(world) / 1000,
    ...old?.wire,
    kubernetesGroups,
    username:
      username ?? old?.wire.username ?? `arn:aws:sts::${world.account}:assumed-role/${role.name}/{{SessionName}}`,
  };
  entries.set(String(principalArn), { principalId: role.id, createdAt: now(world), ...old, wire });
  return wire;
}

export function deleteEntry(region: Region, input: Data): Data {
  entryOf(region, input);
  entriesOf(region, input.clusterName).delete(String(input.principalArn));
  return {};
}

const modes = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const;

export const eks: Operations = {
  "eks:ListClusters": (_, { region }) => ({ clusters: [...region.clusters.keys()] }),
  "eks:DescribeCluster"({ name }, { world, region }) {
    const { status, endpoint, ca, authenticationMode } = clusterOf(region, name);
    const arn = `arn:aws:eks:${region.name}:${world.account}:cluster/${name}`;
    const accessConfig = authenticationMode && { authenticationMode };
    return {
      cluster: {
        name,
        arn,
        version: "1.35",
        status,
        endpoint,
        certificateAuthority: { data: ca },
        accessConfig: accessConfig ?? undefined,
      },
    };
  },
  /** The modes go one way. */
  "eks:UpdateClusterConfig"({ name, accessConfig }, { region }) {
    const cluster = clusterOf(region, name);
    const mode = modes.find((one) => one === (accessConfig as Data | undefined)?.authenticationMode);
    const before = cluster.authenticationMode ?? "CONFIG_MAP";
    if (!mode || modes.indexOf(mode) <= modes.indexOf(before))
      throw badParameter(`Unsupported authentication mode update from ${before} to ${mode}`);
    setTimeout(() => Object.assign(cluster, { authenticationMode: mode }), 20).unref();
    return { update: { id: mode, type: "AccessConfigUpdate", status: "InProgress", errors: [] } };
  },
  "eks:DescribeUpdate"({ name, updateId }, { region }) {
    const status = clusterOf(region, name).authenticationMode === updateId ? "Successful" : "InProgress";
    return { update: { id: updateId, type: "AccessConfigUpdate", status, errors: [] } };
  },
  "eks:ListAccessEntries": ({ clusterName }, { region }) => ({
    accessEntries: [...entriesOf(region, clusterName).keys()],
  }),
  "eks:DescribeAccessEntry": (input, { region }) => ({ accessEntry: entryOf(region, input).wire }),
  "eks:CreateAccessEntry": (input, { world, region }) => ({ accessEntry: writeEntry(world, region, input, false) }),
  "eks:UpdateAccessEntry": (input, { world, region }) => ({
    accessEntry: writeEntry(world, region, input, true),
  }),
  "eks:DeleteAccessEntry": (input, { region }) => deleteEntry(region, input),
};
