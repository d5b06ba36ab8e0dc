/** `invoke --wait`: follows what an action did with the action `status`. */

import { needsOf } from "../core/actions/allowed.ts";
import { actions } from "../core/actions/index.ts";
import { type Asked, find, formatAsked } from "../core/actions/place.ts";
import { Advice, advice, Command, command, option, quoted } from "../core/command.ts";
import { EksLambdaError, hasCode, restated } from "../core/errors.ts";
import { adviceOf } from "../core/function-hints.ts";
import { formatNeed, formatResource } from "../core/kube/need.ts";
import { type Check, placedIn } from "../core/kube/review.ts";
import { readAllowed } from "../core/parameters/allow.ts";
import { clock } from "./context.ts";
import { resourceNamed } from "./event.ts";
import type { Flags } from "./flag-table.ts";
import { repeating, withWords } from "./hints.ts";
import { withoutEffect } from "./idle-flags.ts";
import { renderRollout } from "./render/rollout.ts";
import { startStatus } from "./render/status.ts";
import { printJson, text } from "./render/text.ts";
import { failureOf, type RolloutStatus, waitForRollout } from "./rollout-status.ts";
import type { Runner } from "./runner.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Sent {
  readonly event: Fields;
  /** Who chose the name of the Deployment. */
  readonly namedBy: "person" | "command";
}

export type Run = (sent: Sent) => Promise<Fields>;

/** The function waits for what it deletes, and for a value. Nothing follows these with `status`. */
export const waitsItself = (action: string): boolean => ["delete", "get"].includes(action);

/** Throws `FlagWithoutEffect`. `--wait` follows one object; `apply` has several. */
export function refuseIdleWait(action: string, { wait, timeout }: Flags): void {
  if (timeout !== undefined && !wait) throw withoutEffect("timeout", "without --wait", "leave it out, or add --wait");
  if (wait && waitsItself(action) && timeout !== undefined)
    throw withoutEffect("timeout", `on \`${action}\`: the function waits within its own timeout`, "leave it out");
  const canWait = ["create", "status"].includes(action) || Object.hasOwn(actions.get(action)?.fields ?? {}, "wait");
  const why = action === "apply" ? "which writes several objects" : "which starts no rollout";
  if (wait && !canWait) throw withoutEffect("wait", `on \`${action}\`, ${why}`, "leave it out, and ask for the status");
}

/** What these actions make. Its name is not known before. */
const made: Readonly<Record<string, string>> = { create: "deployments.apps", "run-job": "jobs.batch" };
const unknown = "not-known-yet";

/**
 * Finds out whether the status is allowed before the action is done: where it is not, the action would be done and the
 * wait fail, each time again. Throws `NotAllowed`, `Forbidden`, as the function answers for the status.
 */
export async function refuseUnfollowed(action: string, run: Run, { event, namedBy }: Sent): Promise<void> {
  const { namespace, resource, name } = event;
  const asked: Asked = {
    action: "status",
    name: namedBy === "command" || action === "run-job" ? unknown : (name as string | undefined),
    ...(resource !== undefined && { resource: resource as string }),
    ...(made[action] !== undefined && { resource: made[action] }),
    ...(namespace !== undefined && { namespace: namespace as string }),
  };
  // A function that fails sets off alarms, so it is asked for what it refuses only.
  if (maySee(await run({ event: { action: "check" }, namedBy: "person" }), { ...event, action }, asked)) return;
  try {
    await run({ event: { ...asked }, namedBy: "person" });
  } catch (error) {
    if (!hasCode(error, "NotAllowed", "Forbidden")) return;
    const why = error.message.replace(` "${unknown}"`, "");
    const hint = withWords(adviceOf(error) ?? "", (word) => word.replace(`/${unknown}`, ""));
    throw restated(error, `nothing was done, because --wait needs the status: ${why}`, {
      hint: typeof resource === "string" ? alsoAllowing(hint, { action, ...event, resource }) : hint,
    });
  }
}

interface Checked {
  readonly namespace: string;
  readonly allowed: readonly string[];
  readonly checks: readonly Check[];
}

/** False also for the answer of an earlier version, which does not say what is allowed. */
function maySee(answer: Fields, event: Asked, asked: Asked): boolean {
  const { namespace, allowed: texts, checks } = answer as unknown as Partial<Checked>;
  if (namespace === undefined || !Array.isArray(texts) || !Array.isArray(checks)) return false;
  try {
    const allowed = texts.map(readAllowed);
    const resource = asked.resource ?? formatResource(find(allowed, event, namespace).allowed);
    const needs = needsOf([find(allowed, { ...asked, resource }, namespace).allowed]);
    const lacking = checks.filter(({ ok }: Check) => !ok).map(({ name }: Check) => name);
    return !needs.some((need) => lacking.includes(`may ${formatNeed(placedIn(namespace, need))}`));
  } catch (error) {
    if (error instanceof EksLambdaError) return false;
    throw error;
  }
}

/** The hint of `NotAllowed` for the status, with what the event itself asks for if that was not allowed, either. */
function alsoAllowing({ parts }: Advice, asked: Asked): Advice {
  const isAllowed = (word: unknown) => String(word).replace(/^'/, "").startsWith(`${asked.action}:`);
  return new Advice(
    parts.map((part) =>
      typeof part !== "string" && part.words.includes("--allow") && !part.words.some(isAllowed)
        ? new Command([...part.words, "--allow", quoted(formatAsked(asked))])
        : part,
    ),
  );
}

const defaultWaitSeconds = 900;

/** Polls `status` until the rollout or the Job has ended, and shows it. Throws `RolloutFailed`, `JobFailed`, `Timeout`. */
export async function waitFor(
  result: Fields,
  run: Run,
  { flags, by }: { readonly flags: Flags; readonly by: Runner },
): Promise<void> {
  const { json, timeout } = flags;
  const { kind, namespace, name } = result;
  const event = { action: "status", resource: resourceNamed(String(kind)), name, namespace };
  const limitMs = Number(timeout ?? defaultWaitSeconds) * 1_000;
  const place = [`${event.resource}/${name}`, ...option("--namespace", namespace as string | undefined)];
  const see = repeating(flags, advice`see it with: ${command`eks-lambda invoke status ${place}`}`);
  by.onInterrupt(() => text`the rollout of ${String(kind)} ${String(name)} continues; ${see}`);
  let status: RolloutStatus | undefined;
  try {
    await startStatus(flags).during(`${kind} ${namespace}/${name}`, async (waiting) => {
      const ask = () => run({ event, namedBy: "person" });
      status = await waitForRollout({ ask, limitMs, clock, waiting });
      const failure = failureOf(status, limitMs);
      if (failure) throw failure;
    });
  } finally {
    if (json)
      printJson(result.action === "status" ? (status ?? result) : { ...result, status: status ?? null }, by.print);
    else if (status) by.print(renderRollout(status, clock.now()));
  }
}
