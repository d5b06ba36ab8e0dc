/** What the steps of a smoke test work with. */

import { cloudformation } from "../../core/aws/cloudformation.ts";
import { iam } from "../../core/aws/iam.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { logs } from "../../core/aws/logs.ts";
import type { Caller } from "../../core/aws/sts.ts";
import { type Method, type Mode, methods, modeOf } from "../../core/mapping/modes.ts";
import type { ReadCluster } from "../../core/setup/target.ts";
import type { SmokePorts } from "../../core/smoke/left.ts";
import type { SmokeNames } from "../../core/smoke/names.ts";
import { placementOf } from "../../core/stack/placement.ts";
import { clock } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { openSession } from "../session.ts";
import { type Commands, commandsWith } from "./commands.ts";

/** The cluster, and the caller. */
export interface Opened extends SmokePorts {
  readonly cluster: ReadCluster;
  readonly caller: Caller;
  readonly region: string;
  readonly clock: typeof clock;
  /** What steps run. */
  readonly commands: Commands;
  /** Every way to map a role that the authentication mode allows. */
  readonly methods: readonly Method[];
  /** The functions run in the cluster's VPC. */
  readonly isInVpc: boolean;
}

export interface SmokeTest extends Opened {
  readonly names: SmokeNames;
  /** Of every command that a step runs. */
  readonly flags: Shared;
  /** aws-auth when the test began. */
  readonly before?: { readonly mapRoles: string | undefined };
}

export async function openSmoke(flags: FlagsOf<"smoke">): Promise<Opened> {
  const session = await openSession(flags);
  const [cluster, caller] = await Promise.all([session.cluster(), session.sts.identity()]);
  const { region, aws, eks } = session;
  const mode: Mode = modeOf(cluster.authenticationMode);
  const chosen = { subnetIds: undefined, securityGroupIds: undefined };
  return {
    ...{ cluster, caller, region, mode, clock, eks },
    methods: (Object.keys(methods) as Method[]).filter((one) => mode[methods[one].needs]),
    isInVpc: placementOf(chosen, cluster.network, undefined) !== undefined,
    place: { account: caller.account, region, cluster: cluster.name },
    kube: await session.kube(cluster),
    cloudformation: cloudformation(aws),
    iam: iam(aws),
    lambda: lambda(aws),
    logs: logs(aws),
    commands: commandsWith(aws.credentials),
  };
}

/** Commands with these print their result as JSON, and nothing else. */
export type Shared = ReturnType<typeof sharedFlags>;
export function sharedFlags({ profile, context, allowOtherServer }: FlagsOf<"smoke">, { place }: Opened) {
  const { cluster, region } = place;
  return {
    ...{ cluster, region, yes: true, json: true, quiet: true },
    ...(profile !== undefined && { profile }),
    ...(context !== undefined && { context }),
    ...(allowOtherServer !== undefined && { allowOtherServer }),
  } as const;
}
