/** `eks-lambda setup`: target → plan → apply → checks. */
import { readFile } from "node:fs/promises";
import { cloudformation } from "../../core/aws/cloudformation.ts";
import { iam } from "../../core/aws/iam.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { type Check, checkFunction } from "../../core/checks/function.ts";
import { EksLambdaError } from "../../core/errors.ts";
import { configOf, type Flags } from "../../core/setup/config.ts";
import { callerConnection, callerKube } from "../../core/setup/connection.ts";
import type { Assets, Change, Clock, Context } from "../../core/setup/plan.ts";
import { applyAll, planAll } from "../../core/setup/steps.ts";
import { readTarget, type Target } from "../../core/setup/target.ts";
import { renderChecks, renderPlan, renderTarget } from "../render/plan.ts";
import { confirm } from "../render/prompt.ts";
import { type Status, startStatus } from "../render/status.ts";
import { type CommonFlags, clusterName, openSession, type Session } from "../session.ts";

interface SetupFlags extends CommonFlags, Flags {
  readonly cluster?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly context?: string;
  readonly allowOtherServer?: boolean;
}

const clock: Clock = { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

export async function setup(flags: SetupFlags): Promise<void> {
  const config = configOf(flags);
  const session = await openSession(flags);
  const status = startStatus();
  const cluster = await clusterName(session, flags.cluster);
  const target = await readTarget(session, config, cluster, session.region);
  status.line(renderTarget(target));
  const planned = await planAll(await contextOf(session, target, flags), "present");
  const changes = planned.map(({ change }) => change);
  status.line(renderPlan(changes));
  const report = (checks: readonly Check[]) => writeReport(flags, target, changes, checks, status);
  if (flags.dryRun) return report([]);
  const writes = planned.some(({ apply }) => apply);
  if (writes && !flags.yes && !(await confirm("apply these changes?"))) {
    status.line("nothing was changed");
    return;
  }
  await applyAll(planned, status);
  const checks = await status.during("checks", (waiting) =>
    checkFunction(lambda(session.aws), target.functionName, clock, waiting),
  );
  status.line(renderChecks(checks));
  report(checks);
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) throw checksFailed(failed, target);
}

async function contextOf(session: Session, target: Target, flags: SetupFlags): Promise<Context> {
  const connection = await callerConnection(
    session.sts,
    target.cluster,
    session.region,
    flags.context === undefined ? {} : contextChoice(flags),
  );
  return {
    target,
    kube: callerKube(connection, target.caller.arn),
    cloudformation: cloudformation(session.aws),
    iam: iam(session.aws),
    environment: process.env,
    profile: flags.profile ?? process.env.AWS_PROFILE,
    assets: await readAssets(),
    clock,
  };
}

/** The context is looked for in the file that will be written, when one is named. */
const contextChoice = ({ context, allowOtherServer, kubeconfig }: SetupFlags) => ({
  context,
  allowOtherServer,
  kubeconfig: typeof kubeconfig === "string" ? kubeconfig : undefined,
});

/** The package's own files, beside and above the bundle that runs. */
async function readAssets(): Promise<Assets> {
  const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
  const [template, code] = await Promise.all([read("../../template.yml"), read("../function/index.js")]);
  return { template, code, version: VERSION };
}

function writeReport(
  flags: SetupFlags,
  target: Target,
  changes: readonly Change[],
  checks: readonly Check[],
  status: Status,
): void {
  if (!flags.json) return status.line(flags.dryRun ? "dry run: nothing was written" : "next  eks-lambda invoke");
  const report = {
    cluster: target.cluster.name,
    region: target.region,
    account: target.caller.account,
    stack: target.stack,
    functionName: target.functionName,
    functionArn: target.functionArn,
    roleArn: target.roleArn,
    access: { method: "aws-auth", username: target.config.username },
    changes: changes.map(({ step, action, target }) => ({ step, action, target })),
    checks: checks.map(({ name, ok }) => ({ name, ok })),
    dryRun: Boolean(flags.dryRun),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const checksFailed = (failed: readonly Check[], { config, functionName }: Target) =>
  new EksLambdaError(
    "ChecksFailed",
    `the function ${functionName} is not as it should be: not true that it ${failed.map(({ name }) => name).join(", ")}`,
    {
      hint: `who else gives rights to its user? kubectl get rolebindings,clusterrolebindings -A -o wide | grep -w ${config.username}`,
    },
  );
