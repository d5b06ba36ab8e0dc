/** Runs steps, one after the other, and keeps how each went. */
import { EksLambdaError } from "../../core/errors.ts";
import type { Recorded } from "../../core/smoke/recorded.ts";
import type { Status } from "../render/status.ts";
import type { Result, Step } from "./step.ts";
import type { SmokeTest } from "./test.ts";

export interface Walked {
  readonly name: string;
  readonly ms: number;
  /** `undefined`: it is as expected. */
  readonly error: unknown;
  readonly events?: readonly Recorded[];
}

interface Walk {
  readonly status: Status;
  readonly walked: Walked[];
  /** A failed step ends it. Otherwise, the others follow. */
  readonly endsEarly: boolean;
}

/** Appends to `walked` how each step went. */
export async function walk(
  steps: readonly Step[],
  test: SmokeTest,
  { status, walked, endsEarly }: Walk,
): Promise<void> {
  for (const { name, what, run, expected, isMet, events, evidence } of steps) {
    const since = test.clock.now();
    let recorded: readonly Recorded[] | undefined;
    const work = status.during(`${name}: ${what}`, async (waiting) => {
      const result = (await run(test, waiting)) as Result;
      recorded = events?.(result);
      if (isMet && !isMet(result)) throw new EksLambdaError("SmokeFailed", `not so: ${expected}`);
    });
    const error = await work.then(
      () => undefined,
      (error: unknown) => error ?? new Error("unknown"),
    );
    const ms = test.clock.now() - since;
    if (error) recorded ??= await evidence?.(test).catch(() => undefined);
    walked.push({ name, ms, error, ...(recorded && { events: recorded }) });
    if (error && endsEarly) return;
  }
}
