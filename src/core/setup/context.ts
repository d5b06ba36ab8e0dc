/** What the steps of setup and teardown work with. */
import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Clock } from "../clock.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { Intent, Planned } from "../plan.ts";
import type { Target } from "./target.ts";

export interface Context {
  readonly target: Target;
  /** `undefined` where the cluster is gone. */
  readonly kube: Kube | undefined;
  readonly cloudformation: CloudFormation;
  readonly iam: Iam;
  readonly eks: Eks;
  readonly environment: Environment;
  /** `--profile` or AWS_PROFILE, for what is called later. */
  readonly profile: string | undefined;
  /** The files that are deployed. */
  readonly assets: Assets;
  readonly clock: Clock;
}
export interface Assets {
  /** The text of template.yml. */
  readonly template: string;
  /** The text of the function's bundle. */
  readonly code: string;
  /** Of this package. */
  readonly version: string;
  /** The absolute path of this command. */
  readonly command: string;
}

/** The same where the cluster exists. */
export interface ClusterContext extends Context {
  readonly kube: Kube;
}

export type Step = AccountStep | ClusterStep;

/** Acts in the account or on the disk. */
export interface AccountStep {
  readonly id: string;
  readonly inCluster?: never;
  plan(context: Context, intent: Intent): Promise<readonly Planned[]>;
}

/** Acts in the cluster: when that is gone there is nothing to undo. */
export interface ClusterStep {
  readonly id: string;
  readonly inCluster: true;
  plan(context: ClusterContext, intent: Intent): Promise<readonly Planned[]>;
}
