/** Reads the facts from the AWS account and the cluster, each when a link first needs it. */
import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Clock } from "../clock.ts";
import { proxyFor } from "../connection/proxy.ts";
import type { Reachable } from "../connection/reachable.ts";
import type { Kube } from "../kube/request.ts";
import { once } from "../once.ts";
import type { Waiting } from "../plan.ts";
import type { Config } from "../setup/config.ts";
import { readCluster, readTarget } from "../setup/target.ts";
import { atRest } from "./at-rest.ts";
import type { Facts, Sources } from "./facts.ts";
import { readIdentity } from "./mapping.ts";
import { probeServer } from "./probe.ts";

export interface Examined extends Sources {
  readonly cloudformation: CloudFormation;
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** May ask which cluster to use. */
  readonly clusterName: () => Promise<string>;
  /** Values from flags; the stack supplies the others. */
  readonly config: Config;
  /** The API server as the caller. */
  readonly kube: (cluster: Reachable) => Promise<Kube>;
  /** The role from `--role`. */
  readonly role: string | undefined;
}

export function factsOf({ clusterName, config, kube, role, ...ports }: Examined): Facts {
  const { region, sts, iam, lambda, logs, environment, version, clock } = ports;
  const name = once(clusterName);
  const eks = { ...ports.eks, cluster: once(async () => ports.eks.cluster(await name())) };
  const cluster = once(async () => readCluster(eks, await name(), region));
  const cloudformation = atRest(ports.cloudformation, region);
  const target = once(async () =>
    readTarget(
      { ...ports, eks, cloudformation },
      { config, name: await name(), region, by: { version, newer: "accept" } },
      "absent",
    ),
  );
  const facts: Facts = {
    region,
    sts,
    eks,
    iam,
    lambda,
    logs,
    cloudformation,
    environment,
    version,
    now: clock.now,
    cluster,
    target,
    kube: once(async () => kube(await cluster())),
    probe: once(async () => {
      const { endpoint, ca } = await cluster();
      return probeServer(endpoint, ca, { proxy: (server) => proxyFor(server, environment) });
    }),
    roleArn: async () => role ?? (await target()).roleArn,
    expectedUser: async () => (role === undefined ? (await target()).username : undefined),
    namespace: async () => config.namespace ?? (role === undefined ? (await target()).cluster.namespace : "default"),
    identity: once(() => readIdentity(facts)),
  };
  return facts;
}
