/** What most commands begin with: region and clients, by the SDK's own chain. */
import { homedir } from "node:os";
import { type AwsOptions, silent } from "../core/aws/call.ts";
import { sharedCredentials } from "../core/aws/client.ts";
import { type Eks, eks } from "../core/aws/eks.ts";
import { refuseUnknownProfile } from "../core/aws/profiles.ts";
import { type Sts, sts } from "../core/aws/sts.ts";
import type { ContextChoice } from "../core/connection/caller.ts";
import { kubeconfigPaths } from "../core/kubeconfig/paths.ts";
import { chooseCluster } from "../core/setup/target.ts";
import { rules } from "../core/setup/values.ts";
import { checkFlag } from "./flags.ts";
import { choose, mfaCode } from "./render/prompt.ts";
import { tellingOnce } from "./render/status.ts";

export interface CommonFlags {
  readonly region?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface Session {
  readonly aws: AwsOptions;
  readonly region: string;
  readonly sts: Sts;
  readonly eks: Eks;
}

/** The SDK for JavaScript does not read AWS_DEFAULT_REGION, which the AWS CLI and people use. */
export async function openSession({ region, profile }: CommonFlags): Promise<Session> {
  const given = region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  const named = profile ?? (process.env.AWS_PROFILE || undefined);
  if (named !== undefined) await refuseUnknownProfile(named);
  const options: AwsOptions = {
    waiting: tellingOnce(),
    mfaCode,
    ...(given && { region: given }),
    ...(named !== undefined && { profile: named }),
    ...(profile !== undefined && { logger: silent }),
  };
  const shared = { ...options, credentials: sharedCredentials(options) };
  const caller = sts(shared);
  const resolved = await caller.region();
  const aws = { ...shared, region: resolved };
  return { aws, region: resolved, sts: caller, eks: eks(aws) };
}

/** Throws `InvalidFlag`, as for `--cluster "$CLUSTER"` where the variable is not set. */
export async function clusterName(session: Session, given: string | undefined): Promise<string> {
  checkFlag("--cluster", rules.cluster, given);
  return given ?? chooseCluster(session.eks, session.region, choose("which cluster?"));
}

interface ContextChoiceFlags {
  readonly context?: string;
  readonly allowOtherServer?: boolean;
  readonly kubeconfig?: string | boolean;
}

/** Looks for the context in the file that `--kubeconfig` names, else where kubectl looks. */
export const contextChoice = ({ context, allowOtherServer, kubeconfig }: ContextChoiceFlags): ContextChoice => ({
  context,
  allowOtherServer,
  kubeconfigs:
    typeof kubeconfig === "string"
      ? [kubeconfig]
      : kubeconfigPaths(process.env.KUBECONFIG, process.env.HOME || homedir()),
});
