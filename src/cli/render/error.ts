/** An error as a message to a person: what happened, then what mends it. */
import { chalkStderr as chalk } from "chalk";
import terminalLink from "terminal-link";
import { EksLambdaError } from "../../core/errors.ts";
import { inParentheses } from "./code.ts";

/** Returns the exit code. */
export function renderError(error: unknown, verbose: boolean): number {
  const { message, hint, exitCode } = asTold(error);
  const lines = [
    `${chalk.red("error")} ${message}`,
    ...(hint?.split("\n").map((line) => `${chalk.cyan("hint")}  ${line}`) ?? []),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
  if (verbose) process.stderr.write(`${stacks(error)}\n`);
  return exitCode;
}

interface Told {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: number;
}

function asTold(error: unknown): Told {
  if (error instanceof EksLambdaError)
    return { ...error, message: `${error.message} ${inParentheses(error.code, terminalLink.stderr)}` };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return {
    message: `${message} (${name})`,
    hint: "this was not foreseen; with --verbose it shows where it came from",
    exitCode: 1,
  };
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause ? `${error.stack}\ncaused by ${stacks(error.cause)}` : String(error.stack);
}
