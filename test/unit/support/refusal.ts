/** What an edit is refused with. */
import { EksLambdaError } from "../../../src/core/errors.ts";

export function refusal(edit: () => unknown): EksLambdaError {
  try {
    edit();
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** What work is refused with. */
export async function refusalOf(work: Promise<unknown>): Promise<EksLambdaError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
