/** EKS: the cluster as it is described, its authentication mode, and its access entries. */
import { type AccessEntry, type Cluster, type Data, now, type Region, uniqueId, type World } from "../state.ts";
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
  const why =
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
  if (!authenticationMode?.startsWith("API")) throw new AwsError("InvalidRequestException", why);
  return entries;
}

function entryOf(region: Region, { clusterName, principalArn }: Data): AccessEntry {
  const entry = entriesOf(region, clusterName).get(String(principalArn));
  if (!entry) throw notFound("The specified principalArn could not be found.");
  return entry;
}

/** Creates one, or changes the one that was `made`; a stack does so too. */
export function writeEntry(world: World, region: Region, input: Data, made: boolean): Data {
  const { clusterName, principalArn, username, kubernetesGroups = [] } = input;
  const entries = entriesOf(region, clusterName);
  const old = made ? entryOf(region, input) : undefined;
  const role = [...world.state.roles.values()].find(({ arn }) => arn === principalArn);
  if (!role) throw badParameter("The specified principalArn is invalid: invalid principal.");
  const used = "The specified access entry resource is already in use on this cluster.";
  if (entries.has(role.arn) && !old) throw new AwsError("ResourceInUseException", used, 409);
  const reserved = [username, ...(kubernetesGroups as string[])].find((name) =>
    /^(system|eks|aws|amazon|iam):/.test(`${name}`),
  );
  if (reserved) throw badParameter(`The name ${reserved} must not begin with system:, eks:, aws:, amazon: or iam:`);
  const wire = {
    ...{ type: "STANDARD", createdAt: now(world) / 1000, ...old?.wire, ...input, kubernetesGroups },
    accessEntryArn: `arn:aws:eks:${region.name}:${world.account}:access-entry/${clusterName}/role/${role.name}`,
    username: username ?? `arn:aws:sts::${world.account}:assumed-role/${role.name}/{{SessionName}}`,
  };
  entries.set(role.arn, { principalId: role.id, createdAt: now(world), ...old, wire });
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
    const { status, endpoint, ca: data, authenticationMode } = clusterOf(region, name);
    const reachable = status === "CREATING" ? {} : { endpoint, certificateAuthority: { data } };
    const arn = `arn:aws:eks:${region.name}:${world.account}:cluster/${name}`;
    const accessConfig = authenticationMode === null ? {} : { accessConfig: { authenticationMode } };
    return { cluster: { name, arn, version: "1.35", status, ...reachable, ...accessConfig } };
  },
  /** The modes go one way. */
  "eks:UpdateClusterConfig"({ name, accessConfig }, { region }) {
    const cluster = clusterOf(region, name);
    const mode = modes.find((one) => one === (accessConfig as Data | undefined)?.authenticationMode) ?? "CONFIG_MAP";
    const before = cluster.authenticationMode ?? "CONFIG_MAP";
    if (modes.indexOf(mode) <= modes.indexOf(before))
      throw badParameter(`Unsupported authentication mode update from ${before} to ${mode}`);
    setTimeout(() => Object.assign(cluster, { authenticationMode: mode }), 20).unref();
    return { update: { id: `${uniqueId("")}-${mode}`, type: "AccessConfigUpdate", status: "InProgress" } };
  },
  "eks:DescribeUpdate"({ name, updateId }, { region }) {
    const done = String(updateId).endsWith(`-${clusterOf(region, name).authenticationMode}`);
    return { update: { id: updateId, type: "AccessConfigUpdate", status: done ? "Successful" : "InProgress" } };
  },
  "eks:ListAccessEntries": (input, { region }) => ({ accessEntries: [...entriesOf(region, input.clusterName).keys()] }),
  "eks:DescribeAccessEntry": (input, { region }) => ({ accessEntry: entryOf(region, input).wire }),
  "eks:CreateAccessEntry": (input, { world, region }) => ({ accessEntry: writeEntry(world, region, input, false) }),
  "eks:UpdateAccessEntry": (input, { world, region }) => ({ accessEntry: writeEntry(world, region, input, true) }),
  "eks:DeleteAccessEntry": (input, { region }) => deleteEntry(region, input),
};
