/** Passes errors through Lambda, which keeps only a name, a message and a stack. */
import { EksLambdaError } from "../errors.ts";

/** Begins the line of an `errorMessage` that is the hint. */
const hintMark = "\nhint: ";

/** Further lines of a text are indented, so that text of others has no line that looks like a hint. */
const indented = (text: string): string => text.replaceAll("\n", "\n  ");
const outdented = (text: string): string => text.replaceAll("\n  ", "\n");

/**
 * Returns the error for the handler to throw. Its `name` is the code, which Lambda reports as `errorType`, and the last
 * line of its message is the hint. Its stack, which would be useless for minified code, is the code: other errors have a
 * message in it, so no error of others passes for ours.
 */
export const forLambda = ({ code, message, hint }: Pick<EksLambdaError, "code" | "message" | "hint">): Error =>
  Object.assign(new Error(indented(message) + (hint ? hintMark + indented(hint) : "")), { name: code, stack: code });

/** What Lambda answers for an error. */
interface Failure {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  /** The lines of the stack. */
  readonly trace?: unknown;
}

/**
 * Returns the error for `invoke` to show. If the function did not end by itself (time-out, out of memory), the words
 * are Lambda's. Only an error that `forLambda` made has a hint.
 */
export function functionError(payload: unknown): EksLambdaError {
  const { errorType, errorMessage, trace }: Failure = Object(payload);
  const code = typeof errorType === "string" ? errorType : "FunctionError";
  const whole = typeof errorMessage === "string" ? errorMessage : JSON.stringify(payload);
  const isOurs = Array.isArray(trace) && trace.length === 1 && trace[0] === errorType;
  const [message = "", hint] = isOurs ? whole.split(hintMark).map(outdented) : [whole];
  return new EksLambdaError(code, message, { hint });
}

/** What was thrown on this computer, as Lambda answers it. */
export function asAnswered(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  const { name, message, stack = "" } = thrown;
  return { errorType: name, errorMessage: message, trace: stack.split("\n") };
}
