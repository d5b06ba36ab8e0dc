/** The sandbox's time. Tests can pass a clock whose `sleep` does not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Runs `run` once after `ms` milliseconds, and returns a function that cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

/** The longest delay of a Node timer, in milliseconds. */
const longest = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longest)).unref();
    return () => clearTimeout(timer);
  },
};

/** `2026-01-31T00:00:00Z` */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
