/**
 * A cluster that was deleted and made again under its name: endpoint, CA, VPC and subnets are others, its objects and
 * access entries are gone, and the stack is still there.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DeleteAccessEntryCommand } from "@aws-sdk/client-eks";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import type { ClusterDescription } from "./backend.ts";
import { eks, entryOf, parametersOf, stackStatus } from "./support/aws.ts";
import { deploymentNames, putAwsAuth, rbac, readAwsAuth } from "./support/cluster.ts";
import { findingsIn } from "./support/finding.ts";
import { test, type World } from "./support/world.ts";

type Mode = NonNullable<ClusterDescription["authenticationMode"]>;
type Network = NonNullable<ClusterDescription["resourcesVpcConfig"]>;

const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";
const privately = (vpcId: string, ...subnetIds: readonly string[]): Network => ({
  ...{ endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [], vpcId, subnetIds },
});

/** The running cluster under another of its endpoint's names, and with a CA of another text. */
const earlier = ({ cluster: { endpoint, ca } }: World["backend"]): ClusterDescription => ({
  endpoint: endpoint.replace("127.0.0.1", "localhost"),
  ca: Buffer.from(`${Buffer.from(ca, "base64")}\n`).toString("base64"),
});

async function worked({ run }: World, command: string): Promise<string> {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr;
}

async function recreate(world: World, description: ClusterDescription): Promise<void> {
  const { backend, names } = world;
  const { endpoint, ca } = backend.cluster;
  for (const kind of ["roles", "rolebindings"])
    await backend.kube("DELETE", `${rbac(kind, "default")}/lambda-create-deployments`);
  for (const name of await deploymentNames(world))
    await backend.kube("DELETE", `/apis/apps/v1/namespaces/default/deployments/${name}`);
  await putAwsAuth(backend, { mapRoles: nodes });
  if (description.authenticationMode === "API")
    await eks(backend).send(new DeleteAccessEntryCommand({ clusterName: names.cluster, principalArn: names.roleArn }));
  await backend.describe(names.cluster, { endpoint, ca, ...description });
}

describe.for<Mode>(["CONFIG_MAP", "API"])("in authentication mode %s", (authenticationMode) => {
  test.for<readonly [string, Partial<ClusterDescription>, Partial<ClusterDescription>]>([
    ["with a public endpoint", {}, {}],
    [
      "in another VPC",
      { resourcesVpcConfig: privately("vpc-0a", "subnet-0a", "subnet-0b") },
      { resourcesVpcConfig: privately("vpc-0b", "subnet-0c") },
    ],
  ])("%s, setup ends well", async ([, before, after], { world }) => {
    const { backend, names, home, run, fresh } = world;
    await fresh();
    await putAwsAuth(backend, { mapRoles: nodes });
    await backend.describe(names.cluster, { ...earlier(backend), ...before, authenticationMode });
    await worked(world, "setup --yes");
    await worked(world, "invoke");
    await recreate(world, { ...after, authenticationMode });

    const broken = findingsIn(await run("doctor --json")).find(({ status }) => status === "broken");
    expect(broken?.hint).toContain("eks-lambda setup");
    await worked(world, "setup --yes");
    await worked(world, "invoke");
    expect(await deploymentNames(world)).toHaveLength(1);
    const { ClusterEndpoint, ClusterCa, SubnetIds } = await parametersOf(backend, names.stack);
    expect({ ClusterEndpoint, ClusterCa, SubnetIds }).toEqual({
      ...{ ClusterEndpoint: backend.cluster.endpoint, ClusterCa: backend.cluster.ca },
      SubnetIds: after.resourcesVpcConfig?.subnetIds.join(",") ?? "",
    });
    const kubeconfig = parse(await readFile(join(home, ".kube/config"), "utf8"));
    expect(kubeconfig.clusters[0].cluster).toMatchObject({
      server: backend.cluster.endpoint,
      "certificate-authority-data": backend.cluster.ca,
    });
    const { changes } = JSON.parse((await run("setup --yes --json")).stdout);
    expect(new Set(changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
    expect(JSON.parse((await run("doctor --json")).stdout).ok).toBe(true);

    await worked(world, "teardown --yes");
    expect(await stackStatus(backend, names.stack)).toBeUndefined();
    expect([await entryOf(world), await readAwsAuth(backend)]).toEqual([undefined, { mapRoles: nodes }]);
  });
});
