/** `eks-lambda logs`: shows the function's log. */

import { logs as cloudWatchLogs, type LogEvent } from "../../core/aws/logs.ts";
import { usageError } from "../../core/errors.ts";
import type { Rule } from "../../core/parameters/settings.ts";
import { follow, logGroupOf, past } from "../../core/stack/log.ts";
import { eachErrorOnce, isError, isFrame } from "../../core/stack/log-lines.ts";
import { clock } from "../context.ts";
import { checkFunctionFlags, deployedFunction } from "../deployed-function.ts";
import type { FlagsOf } from "../flag-table.ts";
import { checkFlag } from "../flags.ts";
import { renderEvent } from "../render/log.ts";
import { printJson, tell, text } from "../render/text.ts";
import { person } from "../runner.ts";
import { openSession } from "../session.ts";

export async function logs(flags: FlagsOf<"logs">, by = person): Promise<void> {
  checkFlag("--tail", tailRule, flags.tail);
  const since = sinceOf(flags.since ?? (flags.tail === undefined ? "1h" : "7d"), clock.now());
  checkFunctionFlags(flags);
  const session = await openSession(flags, by);
  const group = logGroupOf(await deployedFunction(session, flags));
  const port = cloudWatchLogs(session.aws);
  if (flags.follow) by.onInterrupt(() => "stopped; the function is not affected");
  let count = 0;
  const wanted = {
    group,
    since,
    isWanted: wantedBy(flags),
    tail: flags.tail === undefined ? undefined : Number(flags.tail),
  };
  for await (const event of flags.follow ? follow(port, wanted, clock) : past(port, wanted)) {
    count += 1;
    if (flags.json) printJson(asData(event), by.print);
    else by.print(renderEvent(event, flags));
  }
  const further = since > clock.now() - 7 * dayMs ? "; --since 7d looks further back" : "";
  const what = flags.errors ? "errors" : flags.tail === undefined ? "events" : "events by the function itself";
  if (count === 0) tell(text`no ${what} in ${group} since ${iso(since)}${further}`);
}

const tailRule: Rule = { pattern: /^[1-9]\d{0,5}$/, must: "a number of events, 1 or more" };

/** As data, all events are shown as they are, unless errors are asked for. `--tail` counts what a function says. */
function wantedBy({ errors, json, tail }: FlagsOf<"logs">): (event: LogEvent) => boolean {
  const isFirst = json && !errors ? () => true : eachErrorOnce();
  return ({ message }) =>
    isFirst(message) && (!errors || isError(message)) && (tail === undefined || !isFrame(message));
}

const iso = (ms: number): string => new Date(ms).toISOString();

const asData = ({ time, message }: LogEvent) => ({ time: iso(time), message: message.trimEnd() });

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs };

/** Reads `10m`, `2h`, `7d` or a time such as `2026-01-31T12:00:00Z`. Throws `InvalidFlag`. */
export function sinceOf(given: string, now: number): number {
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(given) ?? [];
  const ms = number === undefined ? timeOf(given) : now - Number(number) * (unitMs[unit] ?? 0);
  if (ms > now) throw usageError("InvalidFlag", `--since is "${given}", which is in the future: it is ${iso(now)} now`);
  if (ms >= 0) return ms;
  throw usageError(
    "InvalidFlag",
    `--since is "${given}"; it must be a duration such as 30s, 10m, 2h or 7d, or a time such as 2026-01-31T12:00:00Z`,
  );
}

/** `NaN` for a date that no calendar has: `Date.parse` takes February 31 for March 3. */
function timeOf(given: string): number {
  const [date] = /^\d{4}-\d{2}-\d{2}/.exec(given) ?? [];
  const isDate = date !== undefined && new Date(Date.parse(date) || 0).toISOString().startsWith(date);
  return isDate ? Date.parse(given) : Number.NaN;
}
