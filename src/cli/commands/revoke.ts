/** `eks-lambda revoke`: removes what grant made for a role, and nothing else. */

import { planRevoke } from "../../core/grant/plan.ts";
import { applyAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { FlagsOf } from "../flag-table.ts";
import { openGrant, roleFlag } from "../grant-context.ts";
import { onInterrupt } from "../interrupt.ts";
import { tracked } from "../progress.ts";
import { renderGrant } from "../render/grant.ts";
import { renderPlan, setExitCode } from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { startStatus } from "../render/status.ts";
import { printJson, type Shown, text } from "../render/text.ts";

export async function revoke(flags: FlagsOf<"revoke">): Promise<void> {
  const roleArn = roleFlag(flags);
  const status = startStatus(flags);
  onInterrupt(() => "nothing was removed");
  const context = await openGrant(flags);
  const { role, planned } = await planRevoke(context, roleArn, { forbidden: flags.dryRun ? "warn" : "refuse" });
  const changes = planned.map(({ change }) => change);
  status.plan(renderGrant(context, text`${role.principal}`));
  status.plan(renderPlan(changes, flags));
  const finish = (last: Shown) => {
    const { cluster, region } = context;
    const told = changes.map(({ step, action, target }) => ({ step, action, target }));
    const dryRun = Boolean(flags.dryRun);
    if (flags.json) printJson({ cluster: cluster.name, region, roleArn: role.principal, changes: told, dryRun });
    else status.line(last);
  };
  if (flags.dryRun) {
    setExitCode(flags, planned);
    return finish("dry run: nothing was removed");
  }
  if (!planned.some(({ apply }) => apply)) return finish("there is nothing to revoke");
  if (!(await agreed("revoke all this?", flags))) return status.line("nothing was removed");
  await applyAll(planned, tracked(titlesOf(planned), status));
  finish("revoked; a session that the cluster has seen keeps its user for some minutes, without these rights");
}
