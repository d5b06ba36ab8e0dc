/** Returns the `EksLambdaError` that an edit throws. */
import { EksLambdaError } from "../../src/core/errors.ts";

export function refusal(edit: () => unknown): EksLambdaError {
  try {
    edit();
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Returns the `EksLambdaError` that a promise rejects with. */
export async function refusalOf(work: Promise<unknown>): Promise<EksLambdaError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
