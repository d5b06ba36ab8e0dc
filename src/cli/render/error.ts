/** Renders an error: what happened, then the fix. */
import terminalLink from "terminal-link";
import { EksLambdaError, UsageError } from "../../core/errors.ts";
import { inParentheses } from "./code.ts";
import { onStderr } from "./palette.ts";
import { lines, linesOf, type Text, tell, text } from "./text.ts";

/** Returns the exit code. */
export function renderError(error: unknown, { verbose }: { readonly verbose: boolean }): number {
  const { message, code, hint } = asShown(error);
  const [first = "", ...others] = linesOf(message);
  // Indent further lines, so that none of them looks like a hint.
  const whole = lines([first, ...others.map((line) => text`      ${line}`)]);
  const hints = hint === undefined ? [] : linesOf(hint).map((line) => text`${onStderr.cyan("hint")}  ${line}`);
  tell(lines([text`${onStderr.red("error")} ${whole} ${inParentheses(code, terminalLink.stderr)}`, ...hints]));
  if (verbose) tell(lines(stacks(error)));
  return error instanceof UsageError ? 2 : 1;
}

interface Failure {
  readonly message: string;
  readonly code: string;
  readonly hint: string | undefined;
}

function asShown(error: unknown): Failure {
  if (error instanceof EksLambdaError) return error;
  const { name: code, message } = error instanceof Error ? error : new Error(String(error));
  return { message, code, hint: "unexpected error; rerun with --verbose for a stack trace" };
}

function stacks(error: unknown): readonly Text[] {
  if (!(error instanceof Error)) return linesOf(String(error));
  const own = linesOf(String(error.stack));
  if (error.cause === undefined) return own;
  const [first = "", ...others] = stacks(error.cause);
  return [...own, text`caused by ${first}`, ...others];
}
