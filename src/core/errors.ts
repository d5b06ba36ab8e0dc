/** The one error of this project: what happened, with the wrong value in it, and what mends it. */

export interface ErrorDetails {
  /** The remedy: a command to type or a thing to change. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** 1: it failed (the default); 2: wrong usage or input, nothing was touched. */
  readonly exitCode?: 1 | 2;
}

/**
 * `name` is the code, because Lambda reports an error's name as `errorType`: so `invoke` shows the same
 * code, message and hint as a local run.
 */
export class EksLambdaError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = code;
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? 1;
  }
}

/** Wrong usage or input, found before anything was touched: exit code 2. */
export const usageError = (code: string, message: string, hint?: string): EksLambdaError =>
  new EksLambdaError(code, message, { exitCode: 2, hint });

/** A value from outside as a message shows it: JSON, its first 100 characters. */
export function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 100);
  } catch {
    return "nested too deeply to be shown"; // JSON.stringify calls itself for each level.
  }
}
