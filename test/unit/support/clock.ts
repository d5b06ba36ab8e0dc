/** Clocks that do not wait. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/core/clock.ts";
import { systemClock } from "../../../src/sandbox/clock.ts";

/** This machine's time, for what is signed and for timers. A sleep only lets other tasks run. */
export const impatientClock = { ...systemClock, sleep: (_ms: number): Promise<void> => setImmediate() };

export interface TestClock extends Clock {
  /** Milliseconds, one for each sleep. */
  readonly slept: readonly number[];
}

/** Only sleep moves it. */
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
