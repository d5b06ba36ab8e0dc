/** What the links look at. Each fact is read once, when the first link asks for it. */
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Lambda } from "../aws/lambda.ts";
import type { Sts } from "../aws/sts.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { ReadCluster, Target } from "../setup/target.ts";
import type { Probe } from "./probe.ts";

export interface Facts {
  readonly region: string;
  readonly sts: Sts;
  readonly eks: Eks;
  readonly iam: Iam;
  readonly lambda: Lambda;
  readonly cluster: () => Promise<ReadCluster>;
  readonly target: () => Promise<Target>;
  readonly kube: () => Promise<Kube>;
  readonly probe: () => Promise<Probe>;
  /** The role whose case is examined: the function's, or that of `--role`. */
  readonly roleArn: () => Promise<string>;
  /** The user that setup maps the role to; `undefined`: another role, which may be anybody. */
  readonly expectedUser: () => Promise<string | undefined>;
  /** Where the role's rights are looked at. */
  readonly namespace: () => Promise<string>;
  readonly identity: () => Promise<Identity>;
  readonly environment: Environment;
  readonly now: () => number;
}

/** Who the role is to the cluster. */
export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
  /** What maps the role: `entry 2 of aws-auth`. */
  readonly by: string;
}
