/** Renders an error: what happened, then the fix. */

import terminalLink from "terminal-link";
import type { Code } from "../../core/codes.ts";
import type { Hint } from "../../core/command.ts";
import { EksLambdaError, UsageError, usageError } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import type { Flags } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { columnsOf, hanging } from "./layout.ts";
import { onStderr } from "./palette.ts";
import { jsonOf, lines, linesOf, type Shown, Text, tell, text } from "./text.ts";

export interface ErrorFormat {
  /** The flags of the command, which its hint repeats. */
  readonly flags: Flags;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Returns the exit code. */
export function renderError(error: unknown, { flags, json, verbose }: ErrorFormat): number {
  const { message, code, ...failure } = asShown(error);
  const hint = failure.hint === undefined ? undefined : repeating(flags, failure.hint);
  const exit = error instanceof UsageError ? 2 : 1;
  if (json) {
    tell(jsonOf({ code, message, hint, ...(verbose && { stack: stacks(error).map(String) }) }));
    return exit;
  }
  const columns = columnsOf(process.stderr);
  // Further lines of the message are indented: none of them looks like a hint.
  const whole = text`${lines(linesOf(message))} ${inParentheses(code, terminalLink.stderr)}`;
  const hints =
    hint === undefined ? [] : linesOf(String(hint)).map((line) => hanging(onStderr.cyan("hint  "), line, columns));
  tell(lines([hanging(onStderr.red("error "), whole, columns), ...hints]));
  if (verbose) tell(lines(stacks(error).flatMap(linesOf)));
  return exit;
}

interface Misused {
  readonly code: Code;
  readonly message: string;
  readonly hint: Hint;
}

/** For a mistake on the command line, found before a command runs. Returns the exit code. */
export const renderMisuse = ({ code, message, hint }: Misused, format: ErrorFormat): number =>
  renderError(usageError(code, message, hint), format);

interface Failure {
  readonly message: string;
  readonly code: string;
  readonly hint: Hint | undefined;
}

function asShown(error: unknown): Failure {
  if (error instanceof EksLambdaError) return { message: error.message, code: error.code, hint: adviceOf(error) };
  const { name: code, message } = error instanceof Error ? error : new Error(String(error));
  return { message, code, hint: "unexpected error; rerun with --verbose for a stack trace" };
}

/** Of an error and its causes. */
function stacks(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const [first = "", ...others] = error.cause === undefined ? [] : stacks(error.cause);
  return [String(error.stack), ...(first && [`caused by ${first}`]), ...others];
}

/** From `dist/cli`. */
const packaged = new URL("../troubleshooting.html", import.meta.url).href;

/** The page about errors: in the repository that `homepage` names, else the packaged one. */
export const pageOf = (homepage: string): string =>
  homepage === "" ? packaged : `${homepage.replace(/#.*/, "")}/blob/HEAD/docs/troubleshooting.md`;

/** Returns `(NoRegion)`. For stderr, pass `terminalLink.stderr`. */
export const inParentheses = (code: Shown, link: typeof terminalLink.stderr = terminalLink): Text =>
  text`(${Text.of(code).styled((shown) => link(shown, `${pageOf(HOMEPAGE)}#${encodeURIComponent(shown.toLowerCase())}`, { fallback: false }))})`;
