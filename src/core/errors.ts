/** The one error class of this project: what happened, with the wrong value, and what to do about it. */

export interface ErrorDetails {
  /** A command to run, or what to change. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class EksLambdaError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, { hint, cause }: ErrorDetails = {}) {
    super(message, { cause });
    this.name = "EksLambdaError";
    this.code = code;
    this.hint = hint;
  }
}

/** Wrong usage or input, found before anything was changed. */
export class UsageError extends EksLambdaError {}

export const usageError = (code: string, message: string, hint?: string): UsageError =>
  new UsageError(code, message, { hint });

/** The same error with another message. */
export const restated = (error: EksLambdaError, message: string, details: ErrorDetails): EksLambdaError =>
  new (error instanceof UsageError ? UsageError : EksLambdaError)(error.code, message, details);

/** Shows a value in a message: the first 100 characters of its JSON. */
export function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 100);
  } catch {
    return "nested too deeply to be shown"; // JSON.stringify calls itself for each level.
  }
}
