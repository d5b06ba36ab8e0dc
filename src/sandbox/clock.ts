/** Time, as the sandbox's parts know it: a test's clock need not wait where it sleeps. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Runs it once, so many milliseconds later; the returned function cancels that. It keeps no process alive. */
  after(ms: number, run: () => void): () => void;
}

/** The longest that a timer of Node waits. */
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
