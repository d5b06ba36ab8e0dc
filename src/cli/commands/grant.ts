/** `eks-lambda grant`: shows what a role gets, applies it, and asks the cluster whether it is so. */

import { command } from "../../core/command.ts";
import type { GrantContext } from "../../core/grant/context.ts";
import { declaredNeeds } from "../../core/grant/declared.ts";
import { type GrantPlan, planGrant } from "../../core/grant/plan.ts";
import { proveGrant } from "../../core/grant/proof.ts";
import { formatNeed, type Need } from "../../core/kube/need.ts";
import type { Check } from "../../core/kube/review.ts";
import { shownOnce } from "../../core/plan.ts";
import { applyOrUndo } from "../../core/setup/reversible.ts";
import { applyAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { FlagsOf } from "../flag-table.ts";
import { checkSetting } from "../flags.ts";
import { openGrant, roleFlag } from "../grant-context.ts";
import { completed, repeating } from "../hints.ts";
import { reported } from "../plan-report.ts";
import { tracked } from "../progress.ts";
import { renderGrant } from "../render/grant.ts";
import { columnsOf, commandLine } from "../render/layout.ts";
import { renderChecks, renderPlan, renderWarnings, setExitCode } from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { startStatus } from "../render/status.ts";
import { printJson, type Shown, text } from "../render/text.ts";
import { person } from "../runner.ts";

export async function grant(flags: FlagsOf<"grant">, by = person): Promise<void> {
  const roleArn = roleFlag(flags);
  checkSetting("namespace", flags.namespace);
  const needs = declaredNeeds(flags.allow ?? [], flags.namespace ?? "default");
  const status = startStatus(flags);
  by.onInterrupt(() => "nothing was changed");
  const context = await openGrant(flags, by);
  const wish = { roleArn, needs, shareUsername: flags.shareUsername ?? false };
  const plan = await planGrant(context, wish, { forbidden: flags.dryRun ? "warn" : "refuse" });
  const { role, user, planned, late } = plan;
  const warnings = plan.warnings.map((warning) => repeating(flags, warning));
  status.plan(renderGrant(context, text`${role.principal} is the Kubernetes user "${user.username}"`, flags));
  const all = [...planned, ...late];
  const changes = shownOnce(all.map(({ change }) => change));
  status.plan(renderPlan(changes, flags));
  if (warnings.length > 0) status.plan(renderWarnings(warnings, flags));
  const dryRun = Boolean(flags.dryRun);
  const told = reported(changes, { dryRun, flags });
  const finish = (checks: readonly Check[], last: Shown) => {
    if (flags.json) printJson({ ...report(context, plan, needs), ...told, warnings, checks, dryRun }, by.print);
    else status.line(last);
  };
  if (flags.dryRun) {
    setExitCode(flags, all);
    return finish([], "dry run: nothing was written");
  }
  const changing = all.some(({ apply }) => apply);
  if (changing && !(await agreed("grant these rights?", flags))) return status.line("nothing was changed");
  const progress = tracked([...titlesOf(planned), "checks", ...titlesOf(late)], status, by);
  let checks: readonly Check[] = [];
  const proof = async (waiting: (what: string) => void) => {
    checks = await proveGrant(context, { role, user, needs }, waiting);
  };
  await applyOrUndo(planned, { progress, proof });
  status.line(renderChecks(checks, `checked by the cluster: ${role.principal}`));
  await applyAll(late, progress);
  finish(
    checks,
    commandLine(
      "undo  ",
      completed(flags, command`eks-lambda revoke --role ${role.principal}`),
      columnsOf(process.stderr),
    ),
  );
}

const report = ({ cluster, region, caller }: GrantContext, { role, user }: GrantPlan, needs: readonly Need[]) => ({
  cluster: cluster.name,
  region,
  account: caller.account,
  roleArn: role.principal,
  username: user.username,
  rules: needs.map(formatNeed),
});
