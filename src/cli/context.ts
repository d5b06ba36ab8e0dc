/** Opens what setup and teardown work with: the target and the core's ports. */
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cloudformation } from "../core/aws/cloudformation.ts";
import { iam } from "../core/aws/iam.ts";
import { lambda } from "../core/aws/lambda.ts";
import { logs } from "../core/aws/logs.ts";
import type { Clock } from "../core/clock.ts";
import { readNeeds } from "../core/grant/declared.ts";
import { sleep } from "../core/kube/request.ts";
import type { Intent } from "../core/plan.ts";
import { withClusterState } from "../core/setup/cluster-state.ts";
import type { Config } from "../core/setup/config.ts";
import type { Assets, Context } from "../core/setup/context.ts";
import { readTarget } from "../core/setup/target.ts";
import type { Flags } from "./flag-table.ts";
import { configOf } from "./flags.ts";
import { learnFunction } from "./hints.ts";
import { waitingFor } from "./render/status.ts";
import type { Runner } from "./runner.ts";
import { openSession, type Session } from "./session.ts";

export const clock: Clock = { now: Date.now, sleep };

/** With `awsOnly`, connects to AWS, not to the cluster. */
export async function openContext(
  flags: Flags,
  intent: Intent,
  runner?: Pick<Runner, "credentials">,
): Promise<{ session: Session; context: Context }> {
  const given = configOf(flags.awsOnly ? { ...flags, kubeconfig: false } : flags);
  const config: Config = {
    ...(await withSource(await withPolicy(given, flags), flags)),
    ...(flags.awsOnly && { keepsSource: true }),
  };
  const session = await openSession(flags, runner);
  const ports = {
    sts: session.sts,
    eks: session.eks,
    iam: iam(session.aws),
    cloudformation: cloudformation(session.aws),
    lambda: lambda(session.aws),
    logs: logs(session.aws),
    s3: async () => (await import("../core/aws/s3.ts")).s3({ ...session.aws, region: session.region }),
    ec2: async () => (await import("../core/aws/ec2.ts")).ec2(inRegion(session)),
    clock,
    waiting: waitingFor(flags),
  };
  const [name, assets] = await Promise.all([session.clusterName(), readAssets()]);
  const by = { version: assets.version, newer: "refuse" } as const;
  const read = await readTarget(ports, { config, name, region: session.region, by }, intent);
  learnFunction(flags, { name: read.name, entry: read.rights.sourcePath });
  const kube = read.cluster.exists && !flags.awsOnly ? await session.kube(read.cluster) : undefined;
  const target = kube ? await withClusterState(kube, read, intent) : read;
  const profile = flags.profile ?? process.env.AWS_PROFILE;
  return { session, context: { ...ports, target, kube, environment: process.env, profile, assets } };
}

/** AWS_ENDPOINT_URL is for emulators. The clients of the SDK read it themselves. */
const inRegion = ({ aws, region }: Session) => ({
  ...aws,
  region,
  endpoint: process.env.AWS_ENDPOINT_URL_EC2 || process.env.AWS_ENDPOINT_URL || undefined,
});

async function withPolicy(config: Config, { policy }: Flags): Promise<Config> {
  if (typeof policy !== "string") return config;
  const { readPolicy } = await import("../core/stack/own-policy.ts");
  return { ...config, ownPolicy: await readPolicy(policy, resolve(policy)) };
}

/** Bundles the source and runs it once, before anything is asked of AWS. */
async function withSource(config: Config, { entry, allow }: Flags): Promise<Config> {
  if (entry === undefined) return config;
  const { readSource } = await import("../core/code/index.ts");
  const path = relative(process.cwd(), resolve(entry)).replaceAll("\\", "/");
  return { ...config, source: await readSource({ path, file: resolve(entry) }), needs: allow && readNeeds(allow) };
}

/** Reads the package's own files, by their paths from the running bundle. */
export async function readAssets(): Promise<Assets> {
  const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
  const [template, code] = await Promise.all([read("../../template.yml"), read("../actions/index.js")]);
  return {
    template,
    code,
    version: VERSION,
    command: fileURLToPath(new URL("../../bin/eks-lambda.cjs", import.meta.url)),
  };
}
