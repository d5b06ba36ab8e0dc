/** Runs steps, one after the other, and keeps how each went. */
import { EksLambdaError } from "../../core/errors.ts";
import type { Status } from "../render/status.ts";
import type { Step } from "./steps.ts";
import type { SmokeTest } from "./test.ts";

export interface Walked {
  readonly name: string;
  readonly ms: number;
  /** `undefined`: it is as expected. */
  readonly error: unknown;
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
  for (const { name, what, run, expected, isMet } of steps) {
    const since = test.clock.now();
    const result = status.during(`${name}: ${what}`, async (waiting) => {
      const result = await run(test, waiting);
      if (isMet && !isMet(result as Parameters<typeof isMet>[0]))
        throw new EksLambdaError("SmokeFailed", `not so: ${expected}`);
    });
    const error = await result.catch((error: unknown) => error ?? new Error("unknown"));
    walked.push({ name, ms: test.clock.now() - since, error: error as unknown });
    if (error && endsEarly) return;
  }
}
