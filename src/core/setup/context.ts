/** The input of the steps of setup and teardown. */
import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Lambda } from "../aws/lambda.ts";
import type { Logs } from "../aws/logs.ts";
import type { S3 } from "../aws/s3.ts";
import type { Clock } from "../clock.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { Intent, Planned } from "../plan.ts";
import type { Target } from "./target.ts";

export interface Context {
  readonly target: Target;
  /** `undefined` if the cluster does not exist. */
  readonly kube: Kube | undefined;
  readonly cloudformation: CloudFormation;
  readonly iam: Iam;
  readonly eks: Eks;
  readonly lambda: Pick<Lambda, "configuration" | "eventInvokeConfig">;
  readonly logs: Logs;
  /** Loaded when code is uploaded. */
  readonly s3: () => Promise<S3>;
  readonly environment: Environment;
  /** `--profile` or AWS_PROFILE, for the kubeconfig's exec command. */
  readonly profile: string | undefined;
  /** The package's files. */
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

/** A context whose cluster exists. */
export interface ClusterContext extends Context {
  readonly kube: Kube;
}

export type Step = AccountStep | ClusterStep;

/** A step that changes the account or this computer. */
export interface AccountStep {
  readonly id: string;
  readonly inCluster?: never;
  plan(context: Context, intent: Intent): Promise<readonly Planned[]>;
}

/** A step that changes the cluster. If the cluster is gone, there is nothing to undo. */
export interface ClusterStep {
  readonly id: string;
  readonly inCluster: true;
  plan(context: ClusterContext, intent: Intent): Promise<readonly Planned[]>;
}
