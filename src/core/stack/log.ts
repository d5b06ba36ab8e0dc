/** Reads the log of a function, and follows it. */
import type { LogEvent, Logs } from "../aws/logs.ts";
import type { Clock } from "../clock.ts";

/** Lambda writes to this group, which the stack creates. */
export const logGroupOf = (functionName: string): string => `/aws/lambda/${functionName}`;

/** FilterLogEvents allows five requests a second in an account and Region. */
const pollMs = 2_000;

/** Events of different environments arrive out of order, some seconds late. */
const lateMs = 30_000;

export interface Wanted {
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Asked for each event once, in their order. Default: all. */
  readonly isWanted?: ((event: LogEvent) => boolean) | undefined;
  /** Of the events that there are, only so many of the last ones. */
  readonly tail?: number | undefined;
}

type Port = Pick<Logs, "events">;

/** Yields the events that the group has by now. */
export const past = (logs: Port, { group, since, isWanted = () => true, tail }: Wanted): AsyncIterable<LogEvent> =>
  last(tail, filtered(logs.events(group, since), isWanted));

/**
 * Yields the group's events from a time on, then new ones as they arrive, each once. Does not end. Polls, because
 * StartLiveTail is charged by the minute and needs a permission of its own.
 */
export async function* follow(
  logs: Port,
  { group, since, isWanted = () => true, tail }: Wanted,
  clock: Pick<Clock, "sleep">,
): AsyncGenerator<LogEvent> {
  const seen = new Map<string, number>();
  let from = since;
  let latest = since;
  const isNew = ({ id, time, arrived }: LogEvent): boolean => {
    if (seen.has(id)) return false;
    seen.set(id, time);
    // Events may be dated up to two hours ahead. They do not hide those of the present.
    latest = Math.max(latest, Math.min(time, arrived));
    return true;
  };
  for (let most = tail; ; most = undefined) {
    yield* last(
      most,
      filtered(logs.events(group, from), (event) => isNew(event) && isWanted(event)),
    );
    from = Math.max(from, latest - lateMs);
    for (const [id, time] of seen) if (time < from) seen.delete(id);
    await clock.sleep(pollMs);
  }
}

async function* filtered<T>(all: AsyncIterable<T>, isWanted: (one: T) => boolean): AsyncGenerator<T> {
  for await (const one of all) if (isWanted(one)) yield one;
}

async function* last<T>(count: number | undefined, all: AsyncIterable<T>): AsyncGenerator<T> {
  if (count === undefined) return yield* all;
  const kept: T[] = [];
  for await (const one of all) if (kept.push(one) > count) kept.shift();
  yield* kept;
}
