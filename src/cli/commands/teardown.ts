/** `eks-lambda teardown`: removes what setup created, by the same steps in reverse order. */
import { applyAll, planAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { Target } from "../../core/setup/target.ts";
import { type ContextFlags, openContext } from "../context.ts";
import { onInterrupt } from "../interrupt.ts";
import { naming, withNamedHints } from "../naming.ts";
import { tracked } from "../progress.ts";
import { renderPlan, renderTarget } from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { startStatus } from "../render/status.ts";
import { printJson } from "../render/text.ts";

interface TeardownFlags extends ContextFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const teardown = (flags: TeardownFlags): Promise<void> => withNamedHints(flags.name, () => tearDown(flags));

async function tearDown(flags: TeardownFlags): Promise<void> {
  const status = startStatus();
  onInterrupt(() => "nothing was removed");
  const { context } = await openContext(flags, "absent");
  const { target } = context;
  status.line(renderTarget(target));
  const planned = await planAll(context, "absent", { forbidden: flags.dryRun ? "warn" : "refuse" });
  const changes = planned.map(({ change }) => change);
  status.line(renderPlan(changes));
  const finish = (last: string) => {
    const { cluster, region, stack } = target;
    const shown = changes.map(({ step, action, target }) => ({ step, action, target }));
    if (flags.json) printJson({ cluster: cluster.name, region, stack, changes: shown, dryRun: Boolean(flags.dryRun) });
    else status.line(last);
  };
  if (flags.dryRun) return finish("dry run: nothing was removed");
  if (!planned.some(({ apply }) => apply)) return finish(nothing(target));
  if (!(await agreed("remove all this?", flags))) return status.line("nothing was removed");
  await applyAll(planned, tracked(titlesOf(planned), status));
  finish(naming(target.name, `removed; \`eks-lambda setup\` creates it again${unknownNames(target)}`));
}

/** The stack keeps the names that were chosen at setup. Without it, flags must repeat them. */
const unknownNames = ({ found, stack }: Target): string =>
  found
    ? ""
    : `; without the stack "${stack}", repeat the names that were chosen at setup: --role-name, --namespace, …`;

/** Nothing to remove is not an error, but the cluster's name may be misspelled. */
const nothing = (target: Target): string =>
  target.cluster.exists
    ? `there is nothing to remove${unknownNames(target)}`
    : `there is nothing to remove; is "${target.cluster.name}" the right name? aws eks list-clusters --region ${target.region}`;
