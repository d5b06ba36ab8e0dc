/** Reads the log of a function, and follows it. */
import type { LogEvent, Logs } from "../aws/logs.ts";
import type { Clock } from "../clock.ts";

/** Lambda writes to this group, which the stack creates. */
export const logGroupOf = (functionName: string): string => `/aws/lambda/${functionName}`;

/** FilterLogEvents allows five requests a second in an account and Region. */
const pollMs = 2_000;

/** Events of different environments arrive out of order, some seconds late. */
const lateMs = 30_000;

/**
 * Yields the group's events from a time on, then new ones as they arrive, each once. Does not end. Polls, because
 * StartLiveTail is charged by the minute and needs a permission of its own.
 */
export async function* follow(
  logs: Pick<Logs, "events">,
  { group, since }: { readonly group: string; readonly since: number },
  clock: Pick<Clock, "sleep">,
): AsyncGenerator<LogEvent> {
  const seen = new Map<string, number>();
  let from = since;
  let latest = since;
  for (;;) {
    for await (const event of logs.events(group, from)) {
      if (seen.has(event.id)) continue;
      seen.set(event.id, event.time);
      // Events may be dated up to two hours ahead. They do not hide those of the present.
      latest = Math.max(latest, Math.min(event.time, event.arrived));
      yield event;
    }
    from = Math.max(from, latest - lateMs);
    for (const [id, time] of seen) if (time < from) seen.delete(id);
    await clock.sleep(pollMs);
  }
}
