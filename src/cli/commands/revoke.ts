/** `eks-lambda revoke`: removes only what grant created for a role. */

import { planRevoke } from "../../core/grant/plan.ts";
import { shownOnce } from "../../core/plan.ts";
import { applyAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { FlagsOf } from "../flag-table.ts";
import { openGrant, roleFlag } from "../grant-context.ts";
import { reported } from "../plan-report.ts";
import { tracked } from "../progress.ts";
import { renderGrant } from "../render/grant.ts";
import { renderPlan, setExitCode } from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { startStatus } from "../render/status.ts";
import { printJson, type Shown, text } from "../render/text.ts";
import { person } from "../runner.ts";

export async function revoke(flags: FlagsOf<"revoke">, by = person): Promise<void> {
  const roleArn = roleFlag(flags);
  const status = startStatus(flags);
  by.onInterrupt(() => "nothing was removed");
  const context = await openGrant(flags, by);
  const { role, planned } = await planRevoke(context, roleArn, { forbidden: flags.dryRun ? "warn" : "refuse" });
  const changes = shownOnce(planned.map(({ change }) => change));
  status.plan(renderGrant(context, text`${role.principal}`, flags));
  status.plan(renderPlan(changes, flags));
  const finish = (last: Shown) => {
    const { cluster, region } = context;
    const dryRun = Boolean(flags.dryRun);
    const told = reported(changes, { dryRun, flags });
    if (flags.json) printJson({ cluster: cluster.name, region, roleArn: role.principal, ...told, dryRun }, by.print);
    else status.line(last);
  };
  if (flags.dryRun) {
    setExitCode(flags, planned);
    return finish("dry run: nothing was removed");
  }
  if (!planned.some(({ apply }) => apply)) return finish("nothing to revoke");
  if (!(await agreed("revoke all this?", flags))) return status.line("nothing was removed");
  await applyAll(planned, tracked(titlesOf(planned), status, by));
  finish("revoked; a session that the cluster has seen keeps its user for some minutes, without these rights");
}
