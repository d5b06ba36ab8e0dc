/** `invoke --wait`: follows what an action did with the action `status`. */

import { actions } from "../core/actions/index.ts";
import { type Asked, formatAsked } from "../core/actions/place.ts";
import { Advice, advice, Command, command, quoted } from "../core/command.ts";
import { hasCode, restated, usageError } from "../core/errors.ts";
import { adviceOf } from "../core/function-hints.ts";
import { clock } from "./context.ts";
import { resourceNamed } from "./event.ts";
import type { Flags } from "./flag-table.ts";
import { repeating, withWords } from "./hints.ts";
import { withoutEffect } from "./idle-flags.ts";
import { onInterrupt } from "./interrupt.ts";
import { renderRollout } from "./render/rollout.ts";
import { startStatus } from "./render/status.ts";
import { print, printJson, text } from "./render/text.ts";
import { failureOf, type RolloutStatus, waitForRollout } from "./rollout-status.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Sent {
  readonly event: Fields;
  /** Who chose the name of the Deployment. */
  readonly namedBy: "person" | "command";
}

export type Run = (sent: Sent) => Promise<Fields>;

/** Throws `FlagWithoutEffect`. `--wait` follows one object; `apply` and `delete` have several, and wait themselves. */
export function refuseIdleWait(action: string, { wait, timeout }: Flags): void {
  if (timeout !== undefined && !wait) throw withoutEffect("timeout", "without --wait", "leave it out, or add --wait");
  const fields = actions.get(action)?.fields ?? {};
  if (wait && Object.hasOwn(fields, "manifests"))
    throw usageError("FlagWithoutEffect", `--wait has no effect on \`${action}\``, "add --set wait=true");
  const canWait = action === "create" || Object.hasOwn(fields, "wait");
  if (wait && !canWait) throw withoutEffect("wait", `on \`${action}\`, which starts no rollout`, "leave it out");
}

/** What these actions make. Its name is not known before. */
const made: Readonly<Record<string, string>> = { create: "deployments.apps", "run-job": "jobs.batch" };
const unknown = "not-known-yet";

/**
 * Asks for the status before the action is done: where that is not allowed, the action would be done and the wait fail,
 * each time again. Throws `NotAllowed`, `Forbidden`.
 */
export async function refuseUnfollowed(action: string, run: Run, { event, namedBy }: Sent): Promise<void> {
  const { namespace, resource, name } = event;
  const asked = {
    action: "status",
    name: namedBy === "command" || action === "run-job" ? unknown : name,
    ...(resource !== undefined && { resource }),
    ...(made[action] !== undefined && { resource: made[action] }),
    ...(namespace !== undefined && { namespace }),
  };
  try {
    await run({ event: asked, namedBy: "person" });
  } catch (error) {
    if (!hasCode(error, "NotAllowed", "Forbidden")) return;
    const why = error.message.replace(` "${unknown}"`, "");
    const hint = withWords(adviceOf(error) ?? "", (word) => word.replace(`/${unknown}`, ""));
    throw restated(error, `nothing was done, because --wait needs the status: ${why}`, {
      hint: typeof resource === "string" ? alsoAllowing(hint, { action, ...event, resource }) : hint,
    });
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
export async function waitFor(result: Fields, run: Run, flags: Flags): Promise<void> {
  const { json, timeout } = flags;
  const { kind, namespace, name } = result;
  const event = { action: "status", resource: resourceNamed(String(kind)), name, namespace };
  const limitMs = Number(timeout ?? defaultWaitSeconds) * 1_000;
  const see = repeating(flags, advice`see it with: ${command`eks-lambda invoke status`}`);
  onInterrupt(() => text`${String(kind)} ${String(name)} goes on; ${see}`);
  let status: RolloutStatus | undefined;
  try {
    await startStatus(flags).during(`${kind} ${namespace}/${name}`, async (waiting) => {
      const ask = () => run({ event, namedBy: "person" });
      status = await waitForRollout({ ask, limitMs, clock, waiting });
      const failure = failureOf(status, limitMs);
      if (failure) throw failure;
    });
  } finally {
    if (json) printJson({ ...result, status: status ?? null });
    else if (status) print(renderRollout(status, clock.now()));
  }
}
