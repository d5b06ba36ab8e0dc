/** The facts that links use. Each is read once, when the first link needs it. */

import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Lambda } from "../aws/lambda.ts";
import type { Logs } from "../aws/logs.ts";
import type { Sts } from "../aws/sts.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { FoundPolicies } from "../mapping/access-policies.ts";
import type { Identity } from "../mapping/identity.ts";
import type { ReadCluster, Target } from "../setup/target.ts";
import type { Probe } from "./probe.ts";

/** Where facts are read. */
export interface Sources {
  readonly region: string;
  readonly sts: Sts;
  readonly eks: Eks;
  readonly iam: Iam;
  readonly lambda: Lambda;
  readonly logs: Logs;
  readonly environment: Environment;
  /** Of this package. */
  readonly version: string;
}

export interface Facts extends Sources {
  /** Throws `StackUnderWay` instead of waiting. */
  readonly cloudformation: CloudFormation;
  readonly cluster: () => Promise<ReadCluster>;
  readonly target: () => Promise<Target>;
  readonly kube: () => Promise<Kube>;
  readonly probe: () => Promise<Probe>;
  /** The role to examine: the function's, or that of `--role`. */
  readonly roleArn: () => Promise<string>;
  /** The user that setup maps the function's role to. `undefined` for another role, which may be any user. */
  readonly expectedUser: () => Promise<string | undefined>;
  /** The namespace in which to check the role's rights. */
  readonly namespace: () => Promise<string>;
  readonly identity: () => Promise<ExaminedIdentity>;
  readonly now: () => number;
}

export interface ExaminedIdentity extends Identity {
  /** Of the access entry that maps the role. */
  readonly accessPolicies?: FoundPolicies;
}
