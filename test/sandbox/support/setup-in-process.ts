/** Plans and applies on a sandbox in this process, without the CLI. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { configOf } from "../../../src/cli/flags.ts";
import { cloudformation } from "../../../src/core/aws/cloudformation.ts";
import { ec2 } from "../../../src/core/aws/ec2.ts";
import { eks } from "../../../src/core/aws/eks.ts";
import { iam } from "../../../src/core/aws/iam.ts";
import { lambda } from "../../../src/core/aws/lambda.ts";
import { logs } from "../../../src/core/aws/logs.ts";
import { s3 } from "../../../src/core/aws/s3.ts";
import { sts } from "../../../src/core/aws/sts.ts";
import { callerConnection, callerKube } from "../../../src/core/connection/caller.ts";
import type { Change, Intent, Planned, PlanOptions } from "../../../src/core/plan.ts";
import { withClusterState } from "../../../src/core/setup/cluster-state.ts";
import type { Config } from "../../../src/core/setup/config.ts";
import type { Context } from "../../../src/core/setup/context.ts";
import { applyOrUndo } from "../../../src/core/setup/reversible.ts";
import { applyAll, planAll } from "../../../src/core/setup/steps/index.ts";
import { reachable, readTarget } from "../../../src/core/setup/target.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { impatientClock } from "../../support/clock.ts";
import { useSandbox } from "./sandbox.ts";

export const assets = {
  template: readFileSync("template.yml", "utf8"),
  code: readFileSync("dist/actions/index.js", "utf8"),
  version: "0.0.0",
  command: resolve("bin/eks-lambda.cjs"),
};
const waiting = () => {};
const progress = { during: <T>(_: string, work: (waiting: () => void) => Promise<T>) => work(waiting) };

/** Changes without their texts, for comparison. */
export const brief = ({ step, action, target }: Change) => `${action} ${step} ${target}`;

/** What setup is given: flags, and what only the command can read. */
export type Given = Flags & {
  readonly program?: Partial<Pick<Config, "source" | "needs" | "keepsSource">>;
  readonly awsOnly?: boolean;
  /** Of the package. */
  readonly version?: string;
};

export function useSetup(options: SandboxOptions = {}) {
  const clock = impatientClock;
  const used = useSandbox({ clock, ...options });
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "eks-lambda-setup-"));
    for (const [name, value] of Object.entries(used.sandbox().env)) vi.stubEnv(name, value);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });

  const ports = ({ program, awsOnly, version: _, ...flags }: Given = {}) => {
    const aws = { region: used.sandbox().region };
    return {
      ...{ sts: sts(aws), eks: eks(aws), iam: iam(aws), lambda: lambda(aws), cloudformation: cloudformation(aws) },
      s3: async () => s3(aws),
      ec2: async () => ec2({ ...aws, endpoint: used.sandbox().env.AWS_ENDPOINT_URL }),
      ...{ logs: logs(aws), clock, waiting },
      config: { ...configOf(awsOnly ? { ...flags, kubeconfig: false } : flags), ...program },
    };
  };

  async function contextOf(intent: Intent, flags: Given): Promise<Context> {
    const { region, cluster } = used.sandbox();
    const { config, ...open } = ports(flags);
    const { version = assets.version } = flags;
    const by = { version, newer: "refuse" } as const;
    const read = await readTarget(open, { config, name: cluster.name, region, by }, intent);
    const connect = () => callerConnection({ sts: open.sts, region }, reachable(read), { kubeconfigs: [] });
    const kube = read.cluster.exists && !flags.awsOnly ? callerKube(await connect(), read.caller.arn) : undefined;
    const target = kube ? await withClusterState(kube, read, intent) : read;
    const environment = { HOME: home, PATH: "" };
    return { ...open, target, kube, environment, profile: undefined, assets: { ...assets, version } };
  }
  const plan = async (intent: Intent, flags: Given = {}, options: PlanOptions = {}): Promise<readonly Planned[]> =>
    planAll(await contextOf(intent, flags), intent, options);
  const changes = async (intent: Intent, flags: Given = {}): Promise<readonly Change[]> =>
    (await plan(intent, flags)).map(({ change }) => change);
  const apply = async (intent: Intent, flags: Given = {}): Promise<void> => {
    const planned = await plan(intent, flags);
    await applyOrUndo(
      planned.filter(({ late }) => !late),
      { progress },
    );
    await applyAll(
      planned.filter(({ late }) => late),
      progress,
    );
  };
  return { ...used, home: () => home, ports, contextOf, plan, changes, apply };
}
