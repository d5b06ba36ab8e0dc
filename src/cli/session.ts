/**
 * Opens what commands work with: region and AWS clients from the SDK's default chain, the cluster, and its API server.
 */
import { homedir } from "node:os";
import type { AwsOptions } from "../core/aws/call.ts";
import { sharedCredentials } from "../core/aws/client.ts";
import { type Eks, eks } from "../core/aws/eks.ts";
import { refuseUnknownProfile } from "../core/aws/profiles.ts";
import { type Sts, sts } from "../core/aws/sts.ts";
import { callerConnection, callerKube } from "../core/connection/caller.ts";
import { type ProxyChoice, proxyFor } from "../core/connection/proxy.ts";
import type { ContextChoice, Reachable } from "../core/connection/reachable.ts";
import type { Connection } from "../core/kube/connection.ts";
import type { Kube } from "../core/kube/request.ts";
import { kubeconfigPaths } from "../core/kubeconfig/file.ts";
import { once } from "../core/once.ts";
import { chooseCluster, type ReadCluster, readCluster } from "../core/setup/target.ts";
import type { Flags } from "./flag-table.ts";
import { checkSetting } from "./flags.ts";
import { learn } from "./hints.ts";
import { choose, mfaCode } from "./render/prompt.ts";
import { startStatus, waitingFor } from "./render/status.ts";
import { text } from "./render/text.ts";
import type { Runner } from "./runner.ts";

/** Each value is read on first use, and once. */
export interface Session {
  readonly aws: AwsOptions;
  readonly region: string;
  readonly sts: Sts;
  readonly eks: Eks;
  /** The cluster from `--cluster`, the region's only one, or the one chosen at a prompt. Throws `InvalidFlag`. */
  readonly clusterName: () => Promise<string>;
  /** The description of that cluster. Throws `ClusterNotFound`, `ClusterNotReady`. */
  readonly cluster: () => Promise<ReadCluster>;
  /**
   * A connection to its API server as the caller, with a token or a kubeconfig context. Throws `ContextNotFound`,
   * `ContextOfOtherServer`.
   */
  readonly connection: (cluster: Reachable) => Promise<Connection>;
  /** A client over that connection. Its errors explain missing rights as the caller's. */
  readonly kube: (cluster: Reachable) => Promise<Kube>;
}

export async function openSession(flags: Flags, by?: Pick<Runner, "credentials">): Promise<Session> {
  const { aws, sts, region } = await openAws(flags, by);
  const clients = { sts: { ...sts, identity: once(sts.identity) }, eks: eks(aws) };
  const clusterName = once(async () => chosenCluster(flags, clients.eks, region));
  const connection = (cluster: Reachable) =>
    callerConnection({ sts: clients.sts, region }, cluster, contextChoice(flags));
  return {
    aws,
    region,
    ...clients,
    clusterName,
    connection,
    cluster: once(async () => readCluster(clients.eks, await clusterName(), region)),
    async kube(cluster) {
      const [connected, { arn }] = await Promise.all([connection(cluster), clients.sts.identity()]);
      return callerKube(connected, arn);
    },
  };
}

const proxy: ProxyChoice = (server) => proxyFor(server, process.env);

/** Also reads AWS_DEFAULT_REGION, as the AWS CLI does and the SDK for JavaScript does not. */
async function openAws(flags: Flags, by?: Pick<Runner, "credentials">) {
  // Our connections verify servers anyway, and so do those of libraries then: for container credentials, OpenID Connect.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  const { region, profile } = flags;
  const given = region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  const named = profile ?? (process.env.AWS_PROFILE || undefined);
  if (named !== undefined) await refuseUnknownProfile(named, process.env);
  if (profile === undefined && named !== undefined) tellProfile(named, flags);
  const options: AwsOptions = {
    waiting: waitingFor(flags),
    mfaCode,
    proxy,
    ...(given && { region: given }),
    ...(named !== undefined && { profile: named }),
  };
  const shared = { ...options, credentials: by?.credentials ?? sharedCredentials(options) };
  const caller = sts(shared);
  const resolved = await caller.region();
  return { aws: { ...shared, region: resolved }, region: resolved, sts: caller };
}

/** The AWS CLI uses the keys. `kubectl` would show the line with each of its commands. */
function tellProfile(profile: string, flags: Flags): void {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, KUBERNETES_EXEC_INFO: kubectl } = process.env;
  if (!id || !secret || kubectl) return;
  startStatus(flags).line(text`AWS_PROFILE and AWS_ACCESS_KEY_ID are both set: this uses the profile "${profile}"`);
}

async function chosenCluster(flags: Flags, eks: Eks, region: string): Promise<string> {
  checkSetting("cluster", flags.cluster);
  const ask = choose("which cluster?");
  const asked =
    ask &&
    (async (names: readonly string[]) => {
      const cluster = await ask(names);
      learn(flags, { cluster });
      return cluster;
    });
  const clusterName = flags.cluster ?? (await chooseCluster(eks, region, asked));
  learn(flags, { clusterName });
  return clusterName;
}

/** Looks for the context in the file from `--kubeconfig`, which may be a new one, and where kubectl looks. */
const contextChoice = ({ context, allowOtherServer, kubeconfig }: Flags): ContextChoice => ({
  context,
  allowOtherServer,
  proxy,
  kubeconfigs: [
    ...(typeof kubeconfig === "string" ? [kubeconfig] : []),
    ...kubeconfigPaths(process.env.KUBECONFIG, process.env.HOME || homedir()),
  ],
});
