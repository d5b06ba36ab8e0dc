/** The one error class of this project: what happened, with the wrong value, and what to do about it. */
import type { Code } from "./codes.ts";
import type { Hint } from "./command.ts";

export type { Code };

export interface ErrorDetails {
  /** A command to run, or what to change. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** @internal */
export interface AdvisingDetails extends Omit<ErrorDetails, "hint"> {
  readonly hint?: Hint | undefined;
}

export class EksLambdaError extends Error {
  // As text: minified, a class has another name.
  override readonly name: string = "EksLambdaError";
  /** One of ours, or the reason of the API server, or what a function of your own throws. */
  readonly code: Code | (string & {});
  readonly hint: string | undefined;
  /** @internal The hint with its commands. Undefined for one that is a string. */
  declare readonly advice?: Hint | undefined;

  constructor(code: string, message: string, details?: ErrorDetails);
  /** @internal */
  constructor(code: string, message: string, details?: AdvisingDetails);
  constructor(code: string, message: string, { hint, cause }: AdvisingDetails = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint && String(hint);
    if (hint !== this.hint) this.advice = hint;
  }
}

/** True for an error with one of these codes. */
export const hasCode = (error: unknown, ...codes: readonly Code[]): error is EksLambdaError =>
  error instanceof EksLambdaError && (codes as readonly string[]).includes(error.code);

/** Wrong usage or input, found before anything was changed. */
export class UsageError extends EksLambdaError {
  override readonly name = "UsageError";
}

export const usageError = (code: Code, message: string, hint?: Hint): UsageError =>
  new UsageError(code, message, { hint });

/** @internal The same error with another message, and with another hint if one is given. */
export const restated = (
  error: EksLambdaError,
  message: string,
  { hint = error.advice ?? error.hint, cause = error }: AdvisingDetails = {},
): EksLambdaError =>
  new (error instanceof UsageError ? UsageError : EksLambdaError)(error.code, message, { hint, cause });

/** Shows a value in a message: the first 100 characters of its JSON. */
export function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 100);
  } catch {
    return "nested too deeply to be shown"; // JSON.stringify calls itself for each level.
  }
}
