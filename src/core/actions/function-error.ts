/** Passes errors through Lambda, which keeps only a name and a message. */
import { EksLambdaError } from "../errors.ts";

/** Separates message and hint in an `errorMessage`. */
const hintMark = "\nhint: ";

/**
 * Returns the error for the handler to throw. Its `name` is the code, which Lambda reports as `errorType`, and the last
 * line of its message is the hint.
 */
export function forLambda({ code, message, hint }: EksLambdaError): Error {
  const said = hint ? message + hintMark + hint : message;
  // Lambda logs and returns the stack, which is useless for minified code.
  return Object.assign(new Error(said), { name: code, stack: `${code}: ${said}` });
}

/**
 * Returns the error for `invoke` to show. If the function did not end by itself (time-out, out of memory), the words
 * are Lambda's.
 */
export function functionError(payload: unknown): EksLambdaError {
  const { errorType, errorMessage } = (payload ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  const code = typeof errorType === "string" ? errorType : "FunctionError";
  const whole = typeof errorMessage === "string" ? errorMessage : JSON.stringify(payload);
  const [message = "", hint] = whole.split(hintMark);
  return new EksLambdaError(code, message, { hint });
}
