/** Clocks that do not wait. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";
import { systemClock } from "../../src/sandbox/clock.ts";

/** The machine's time, for signatures and timers. Sleeping only yields to other tasks. */
export const impatientClock = { ...systemClock, sleep: (_ms: number): Promise<void> => setImmediate() };

/** Waits for what happens without a timer. `expect.poll` would move vitest's fake timers on. */
export async function happens(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

export interface TestClock extends Clock {
  /** Durations of all sleeps in milliseconds. */
  readonly slept: readonly number[];
}

/** Advances with `sleep` only. */
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
