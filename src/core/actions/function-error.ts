/** Errors on their way through Lambda, which passes on a name and a message and nothing else. */
import { EksLambdaError } from "../errors.ts";

/** What stands between message and hint in an `errorMessage`. */
const hintMark = "\nhint: ";

/**
 * As the handler throws it: the code as its `name`, which Lambda reports as `errorType`, and the hint as the last line
 * of its message.
 */
export function forLambda({ code, message, hint }: EksLambdaError): Error {
  const said = Object.assign(new Error(hint ? message + hintMark + hint : message), { name: code });
  // Lambda logs and returns the stack, and that of minified code tells nobody anything.
  said.stack = `${code}: ${said.message}`;
  return said;
}

/** As `invoke` shows it; of a function that did not end by itself (time-out, no memory), Lambda's own words. */
export function functionError(payload: unknown): EksLambdaError {
  const { errorType, errorMessage } = (payload ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  const code = typeof errorType === "string" ? errorType : "FunctionError";
  const whole = typeof errorMessage === "string" ? errorMessage : JSON.stringify(payload);
  const [message = "", hint] = whole.split(hintMark);
  return new EksLambdaError(code, message, { hint });
}
