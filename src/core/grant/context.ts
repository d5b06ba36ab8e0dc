/** What grant and revoke work with. */
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Caller } from "../aws/sts.ts";
import type { Clock } from "../clock.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { ReadCluster } from "../setup/target.ts";

export interface GrantContext {
  readonly cluster: ReadCluster;
  readonly region: string;
  readonly caller: Caller;
  readonly kube: Kube;
  readonly eks: Eks;
  readonly iam: Iam;
  readonly environment: Environment;
  readonly clock: Clock;
}
