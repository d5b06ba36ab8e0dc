/** `eks-lambda teardown`: removes what setup created, by the same steps in reverse order. */
import { advice, adviceLines, command, type Hint } from "../../core/command.ts";
import { type EksLambdaError, hasCode, restated } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import { nearest } from "../../core/nearest.ts";
import { type Change, shownOnce } from "../../core/plan.ts";
import type { Context } from "../../core/setup/context.ts";
import { type Leftovers, leftoverCode, leftoversOf } from "../../core/setup/leftovers.ts";
import { setupFlags, unrepeated } from "../../core/setup/setup-flags.ts";
import { applyAll, planAll, titlesOf } from "../../core/setup/steps/index.ts";
import type { Target } from "../../core/setup/target.ts";
import { functionNames } from "../../core/stack/functions.ts";
import { workloadsOf } from "../../core/workloads.ts";
import { openContext } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { reported } from "../plan-report.ts";
import { tracked } from "../progress.ts";
import {
  renderCodeStaying,
  renderLeft,
  renderPlan,
  renderStaying,
  renderTarget,
  renderWarnings,
  setExitCode,
} from "../render/plan.ts";
import { agreed } from "../render/prompt.ts";
import { startStatus } from "../render/status.ts";
import { printJson, type Shown } from "../render/text.ts";
import { person } from "../runner.ts";

export async function teardown(flags: FlagsOf<"teardown">, by = person): Promise<void> {
  const status = startStatus(flags);
  by.onInterrupt(() => "nothing was removed");
  const { context } = await openContext(flags, "absent", by).catch(unreached);
  const { target } = context;
  const left = flags.awsOnly ? await leftoversOf(context) : undefined;
  status.plan(renderTarget(target, flags));
  if (left) status.plan(renderWarnings(left.warnings, flags));
  const [planned, kept] = await Promise.all([
    planAll(context, "absent", { forbidden: flags.dryRun ? "warn" : "refuse" }),
    staying(context),
  ]).catch(unreached);
  const changes = shownOnce(planned.map(({ change }) => change));
  status.plan(renderPlan(changes, flags));
  if (kept.length > 0) status.plan(renderStaying(kept, flags));
  const code = leftoverCode(target);
  if (code !== undefined) status.plan(renderCodeStaying(code));
  const finish = (last: Shown) => {
    if (left) status.line(renderLeft(left));
    if (flags.json)
      printJson(report({ target, changes, staying: kept, code, left, dryRun: Boolean(flags.dryRun), flags }), by.print);
    else status.line(last);
  };
  if (flags.dryRun) {
    setExitCode(flags, planned);
    return finish("dry run: nothing was removed");
  }
  if (!planned.some(({ apply }) => apply))
    return finish(left ? "no stack to delete" : repeating(flags, await nothing(context)));
  if (!(await agreed("remove all this?", flags))) return status.line("nothing was removed");
  await applyAll(planned, tracked(titlesOf(planned), status, by)).catch(restorable);
  finish(
    repeating(
      flags,
      advice`removed; \`${command`eks-lambda setup ${setupFlags(target)}`}\` creates it again${lost(target)}${unknownNames(target)}`,
    ),
  );
}

/** The Deployments that a teardown without `--workloads` keeps, by their names. */
async function staying({ kube, target }: Context): Promise<readonly string[]> {
  if (!kube || target.config.workloads) return [];
  return (await workloadsOf(kube, target.owner, target.cluster.namespace)).map(({ name }) => name);
}

interface Outcome {
  readonly target: Target;
  readonly changes: readonly Change[];
  readonly staying: readonly string[];
  readonly code: string | undefined;
  readonly left: Leftovers | undefined;
  readonly dryRun: boolean;
  readonly flags: FlagsOf<"teardown">;
}

const report = ({ target: { cluster, region, stack }, changes, staying, code, left, dryRun, flags }: Outcome) => ({
  cluster: cluster.name,
  region,
  stack,
  ...reported(changes, { dryRun, flags }),
  staying,
  ...(code !== undefined && { code }),
  ...(left && { left }),
  dryRun,
});

/** The cluster did not answer, or no longer permits the caller anything. */
const isUnreachable = (error: unknown): error is EksLambdaError =>
  hasCode(
    error,
    "ConnectionLost",
    "ConnectionRefused",
    "DnsFailed",
    "Forbidden",
    "ProxyFailed",
    "Timeout",
    "TlsFailed",
    "Unauthorized",
  );

/** Adds what can be done without the cluster. */
function unreached(error: unknown): never {
  if (!isUnreachable(error)) throw error;
  const without = advice`if you cannot reach the cluster, ${command`eks-lambda teardown --aws-only`} deletes the stack and lists what it leaves`;
  throw restated(error, error.message, { hint: adviceLines([adviceOf(error), without]) });
}

/** The caller may not ask who imports the function, or somebody began meanwhile: only the stack is left, and still needed. */
function restorable(error: unknown): never {
  if (!hasCode(error, "ExportInUse")) throw error;
  const back = advice`setup puts back what this run removed from the cluster: ${command`eks-lambda setup`}`;
  throw restated(error, error.message, { hint: adviceLines([adviceOf(error), back]) });
}

/** What only the stack, or its role, had. */
const lost = ({ found }: Target): string =>
  found ? unrepeated({ env: Object.keys(found.deployed.env), policy: found.deployed.policy !== "" }) : "";

/** The stack keeps the names that were chosen at setup. Without it, flags must repeat them. */
const unknownNames = ({ found, stack }: Target): string =>
  found
    ? ""
    : `; the stack "${stack}" does not exist, so teardown does not know names that you chose at setup: pass them again (--role-name, --namespace, …)`;

/** Nothing to remove is not an error, but a name may be misspelled. */
async function nothing({ kube, target }: Context): Promise<Hint> {
  const { cluster, region } = target;
  const { name = "" } = target.config;
  if (!cluster.exists)
    return advice`nothing to remove: is the cluster's name "${cluster.name}" right? ${command`aws eks list-clusters --region ${region}`} lists the clusters`;
  // Without the right to list, the caller gets no suggestion.
  const names = kube && name ? await functionNames(kube, cluster.name).catch(() => []) : [];
  const meant = nearest(name, names);
  return meant === undefined || meant === name
    ? `nothing to remove${unknownNames(target)}`
    : advice`nothing to remove for the name "${name}"; did you mean "${meant}"? ${command`eks-lambda teardown --name ${meant}`}`;
}
