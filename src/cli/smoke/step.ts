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
  /** The events of CloudFormation in the result, for the report. */
  readonly events?: (result: Result) => readonly Recorded[];
  /** Events for the report if the step fails. */
  readonly evidence?: (test: SmokeTest) => Promise<readonly Recorded[]>;
}

/** The fields of the results of our commands that steps look at. */
export interface Result {
  readonly ok?: boolean;
  readonly checks?: readonly Check[];
  readonly changes?: readonly Change[];
  readonly access?: { readonly method: Method };
  readonly status?: { readonly state: string; readonly replicas: Readonly<Record<string, number>> };
  readonly saw?: string;
  /** A value in the ConfigMap of a stack. */
  readonly color?: string | undefined;
  /** Of the log. */
  readonly lines?: readonly string[];
}

/** The two functions of a smoke test, by their index in `names.functions`. */
export const [first, second] = [0, 1] as const;
export type At = typeof first | typeof second;

/** The log of the first or the second function. */
export async function linesOf({ commands, flags, names }: SmokeTest, of: At): Promise<readonly string[]> {
  const events = await commands.logs({ ...flags, name: names.functions[of].name, since: "1d" });
  return events.map(({ message }) => message);
}

interface Wanted {
  readonly of: At;
  readonly isEnough: (lines: readonly string[]) => boolean;
}

/** CloudWatch Logs shows events some seconds after they were written. */
const looks = 12;
const pauseMs = 5_000;

/** Reads the log until it has enough, or for a minute. */
export async function untilLogged(
  test: SmokeTest,
  { of, isEnough }: Wanted,
  waiting: Waiting,
): Promise<Pick<Result, "lines">> {
  for (let look = 1; ; look++) {
    const lines = await linesOf(test, of);
    if (isEnough(lines) || look > looks) return { lines };
    waiting("the log");
    await test.clock.sleep(pauseMs);
  }
}
