/** A clock that only sleep moves. */
import type { Clock } from "../../../src/core/clock.ts";

export interface TestClock extends Clock {
  /** Milliseconds, one for each sleep. */
  readonly slept: readonly number[];
}

export function testClock(start = 0): TestClock {
  const slept: number[] = [];
  let now = start;
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}
