/** `eks-lambda setup`: reads the target, shows the plan, applies it and checks the result. */

import { defaultAllowed } from "../../core/actions/allowed.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { advice, adviceLines, command, type Hint } from "../../core/command.ts";
import { checkFunction } from "../../core/doctor/self-check.ts";
import { EksLambdaError, hasCode, restated } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import { type Check, isExcess, isPassed, isPassedMeanwhile } from "../../core/kube/review.ts";
import { once } from "../../core/once.ts";
import { optionNames } from "../../core/parameters/settings.ts";
import { type Change, shownOnce, type Waiting } from "../../core/plan.ts";
import { proveUser } from "../../core/rbac/proof.ts";
import { placedNeeds } from "../../core/rbac/rights.ts";
import type { Context } from "../../core/setup/context.ts";
import { isGivenByOthers, refuseExtraRights } from "../../core/setup/extra-rights.ts";
import { applyOrUndo } from "../../core/setup/reversible.ts";
import { wayBack } from "../../core/setup/setup-flags.ts";
import { applyAll, planAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { Target } from "../../core/setup/target.ts";
import { clock, openContext } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { completed } from "../hints.ts";
import { reported } from "../plan-report.ts";
import { tracked } from "../progress.ts";
import { columnsOf, commandLine } from "../render/layout.ts";
import { renderChecks, renderPlan, renderTarget, setExitCode } from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { type Status, startStatus } from "../render/status.ts";
import { lines, printJson, type Shown, text } from "../render/text.ts";
import { person, type Runner } from "../runner.ts";
import type { Session } from "../session.ts";

export async function setup(flags: FlagsOf<"setup">, by = person): Promise<void> {
  const status = startStatus(flags);
  by.onInterrupt(() => "nothing was changed");
  const { session, context, planned } = await planning(flags, status, by);
  const { target } = context;
  const changes = shownOnce(planned.map(({ change }) => change));
  status.plan(renderPlan(changes, flags));
  const finish = (checks: readonly Check[], last: Shown) => {
    if (flags.json) printJson(report({ target, changes, checks, dryRun: Boolean(flags.dryRun), flags }), by.print);
    else status.line(last);
  };
  if (flags.dryRun) {
    setExitCode(flags, planned);
    return finish([], "dry run: nothing was written");
  }
  const changing = planned.some(({ apply }) => apply);
  if (changing && !(await agreed("apply these changes?", flags))) return status.line("nothing was changed");
  const [early, late] = [planned.filter(({ late }) => !late), planned.filter(({ late }) => late)];
  // What goes late may be what the function still lived from.
  const again = late.some(({ change }) => change.step === "rbac") ? ["checks again"] : [];
  const progress = tracked([...titlesOf(early), "checks", ...titlesOf(late), ...again], status, by);
  /** Shown as failed if a check failed. The error for that is thrown at the end, after the answers are shown. */
  const check = async (title: string, passes = isPassed) => {
    let answered: readonly Check[] = [];
    const proof = async (waiting: Waiting) => {
      answered = await checked(context, session, { waiting, passes });
      if (!answered.every(passes)) throw checksFailed(answered, target);
    };
    await progress.during(title, proof).catch((error: unknown) => {
      if (answered.length === 0) throw error;
    });
    return answered;
  };
  await applyOrUndo(early, { progress });
  const passes = again.length > 0 ? isPassedMeanwhile : isPassed;
  const isDeployed = planned.some(({ change, apply }) => apply && change.step === "stack");
  const live = isDeployed ? wayBack(target, context.assets.version) : undefined;
  let checks: readonly Check[] = (await check("checks", passes).catch(andWayBack(live))).filter(
    (one) => one.ok || !passes(one),
  );
  status.line(renderChecks(checks, target.rights.origin === "allow" ? "checked by the cluster" : undefined));
  if (checks.every(isPassed)) {
    await applyAll(late, progress);
    for (const title of again) checks = await check(title).catch(andWayBack(live));
  }
  const failed = checks.filter(({ ok }) => !ok);
  const line = (head: string, words: readonly string[]) =>
    commandLine(head, completed(flags, command`eks-lambda ${words}`), columnsOf(process.stderr));
  const { sourcePath, allowed = defaultAllowed } = target.rights;
  // Without an event, the stock function creates a Deployment.
  const isCreating = sourcePath !== undefined || allowed.some(({ action }) => action === "create");
  const next = isCreating ? ["invoke"] : ["invoke", "check"];
  finish(
    checks,
    lines([text`function  ${target.functionName}`, line("next      ", next), line("undo      ", ["teardown"])]),
  );
  if (failed.length > 0) throw checksFailed(failed, target, adviceLines([await causeOf(failed, context), live]));
}

/** Rethrows an error of the checks. Its hint says what this run has deployed, and how to go back. */
const andWayBack =
  (live: Hint | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof EksLambdaError) || live === undefined) throw error;
    throw restated(error, error.message, { hint: adviceLines([adviceOf(error), live]) });
  };

/** True for rights that others gave, and that the function must not have: only they can take them away. */
function finalFor({ target, kube, eks }: Context, passes: (check: Check) => boolean) {
  const isByOthers = once(async () => kube !== undefined && isGivenByOthers({ kube, eks }, target));
  return async (checks: readonly Check[]) =>
    checks.every((check) => passes(check) || isExcess(check)) && (await isByOthers());
}

/** Code without a check is not called, because any event could make it act. */
function checked(
  context: Context,
  session: Session,
  { waiting, passes }: { readonly waiting: Waiting; readonly passes: (check: Check) => boolean },
): Promise<readonly Check[]> {
  const { target, kube } = context;
  const { rights, functionName, username, cluster } = target;
  const isFinal = finalFor(context, passes);
  if (rights.origin !== "allow")
    return checkFunction({
      lambda: lambda({ ...session.aws, waiting }),
      functionName,
      origin: rights.origin,
      clock,
      waiting,
      passes,
      isFinal,
    });
  const { namespace } = cluster;
  if (!kube) return Promise.resolve([]);
  return proveUser(
    { kube, clock, waiting, passes, isFinal },
    { username, namespace, needs: placedNeeds(rights.needs, namespace) },
  );
}

/** Runs that begin while others create the same stack. */
const maxAttempts = 3;

/** Plans again if another run created the stack after it was read: nobody has seen a plan yet. */
async function planning(flags: FlagsOf<"setup">, status: Status, by: Runner) {
  for (let attempt = 1; ; attempt++) {
    const { session, context } = await openContext(flags, "present", by);
    const { target } = context;
    if (attempt === 1) status.plan(renderTarget(target, flags));
    try {
      const planned = await planAll(context, "present", { forbidden: flags.dryRun ? "warn" : "refuse" });
      return { session, context, planned };
    } catch (error) {
      const isChanged = hasCode(error, "StackChanged");
      if (!isChanged || attempt === maxAttempts) throw error;
    }
  }
}

interface Outcome {
  readonly target: Target;
  readonly changes: readonly Change[];
  readonly checks: readonly Check[];
  readonly dryRun: boolean;
  readonly flags: FlagsOf<"setup">;
}

/** What the function, its role and its log have, as the flags are named. */
const optionsOf = ({ options }: Target) => Object.fromEntries(optionNames.map((name) => [name, options[name] ?? null]));

const report = ({ target, changes, checks, dryRun, flags }: Outcome) => ({
  cluster: target.cluster.name,
  region: target.region,
  account: target.caller.account,
  stack: target.stack,
  functionName: target.functionName,
  functionArn: target.functionArn,
  roleArn: target.roleArn,
  access: { method: target.access.method, username: target.username },
  ...reported(changes, { dryRun, flags }),
  options: dryRun ? optionsOf(target) : undefined,
  checks: checks.map(({ name, ok }) => ({ name, ok })),
  dryRun,
});

const checksFailed = (failed: readonly Check[], { functionName }: Target, hint?: Hint) =>
  new EksLambdaError(
    "ChecksFailed",
    `the function ${functionName} failed its checks: ${failed.map(({ name }) => name).join(", ")}`,
    { hint },
  );

/** What gives the user a right that it must not have, and what to do about it; else who finds the cause. */
async function causeOf(failed: readonly Check[], { kube, eks, target }: Context): Promise<Hint> {
  const otherwise = advice`find the cause: ${command`eks-lambda doctor`}`;
  if (!kube || !failed.some(isExcess)) return otherwise;
  return refuseExtraRights({ kube, eks }, target).then(
    () => otherwise,
    (error: unknown) => {
      if (!hasCode(error, "RightsTooWide")) return otherwise;
      return adviceLines([...error.message.split("\n"), adviceOf(error)]) ?? otherwise;
    },
  );
}
