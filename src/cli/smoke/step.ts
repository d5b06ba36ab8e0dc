/** A step of a smoke test. */
import type { Check } from "../../core/kube/review.ts";
import type { Method } from "../../core/mapping/modes.ts";
import type { Change, Waiting } from "../../core/plan.ts";
import type { Recorded } from "../../core/smoke/recorded.ts";
import type { SmokeTest } from "./test.ts";

export interface Step {
  /** In the report. */
  readonly name: string;
  readonly what: string;
  readonly run: (test: SmokeTest, waiting: Waiting) => Promise<unknown>;
  /** What must be so, and whether the result of `run` says so. Without it, `run` throws if it fails. */
  readonly expected?: string;
  readonly isMet?: (result: Result) => boolean;
  /** What the report shows of the result. */
  readonly events?: (result: Result) => readonly Recorded[];
}

/** The fields of the results of our commands that steps look at. */
export interface Result {
  readonly ok?: boolean;
  readonly checks?: readonly Check[];
  readonly changes?: readonly Change[];
  readonly access?: { readonly method: Method };
  readonly status?: { readonly state: string; readonly replicas: Readonly<Record<string, number>> };
  readonly saw?: string;
  /** The status of a stack, and a value in its ConfigMap. */
  readonly stack?: string | undefined;
  readonly color?: string | undefined;
  /** Of the log. */
  readonly lines?: readonly string[];
}

/** CloudWatch Logs shows events some seconds after they were written. */
const looks = 12;
const pauseMs = 5_000;

interface Wanted {
  /** The first or the second function. */
  readonly of: 0 | 1;
  readonly isEnough: (lines: readonly string[]) => boolean;
}

/** The log of a function, read until it is enough, or for a minute. */
export async function linesOf(
  { commands, flags, names, clock }: SmokeTest,
  { of, isEnough }: Wanted,
  waiting: Waiting,
): Promise<Pick<Result, "lines">> {
  const { name } = names.functions[of];
  for (let look = 1; ; look++) {
    const lines = (await commands.logs({ ...flags, name, since: "1d" })).map(({ message }) => message);
    if (isEnough(lines) || look > looks) return { lines };
    waiting("the log");
    await clock.sleep(pauseMs);
  }
}
