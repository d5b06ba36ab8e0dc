/** Asks questions on a terminal. */
import { createInterface } from "node:readline/promises";
import { usageError } from "../../core/errors.ts";
import { type Text, tell, text } from "./text.ts";

const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY && !process.env.CI);

async function ask(question: Text): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.once("SIGINT", () => process.emit("SIGINT"));
  try {
    return (await terminal.question(question.shown)).trim();
  } catch (error) {
    // Ctrl-D interrupts, like Ctrl-C.
    if ((error as Error).name === "AbortError") process.emit("SIGINT");
    throw error;
  } finally {
    terminal.close();
  }
}

/**
 * Asks for one of several names, with arrows or by typing a part of it. Returns `undefined` without an interactive
 * terminal.
 */
export function choose(question: string): ((names: readonly string[]) => Promise<string>) | undefined {
  if (!canAsk()) return undefined;
  return async (names) => {
    const { chooseName } = await import("./choose.ts");
    const chosen = await chooseName(question, names);
    if (chosen !== undefined) return chosen;
    process.emit("SIGINT");
    throw new Error("interrupted");
  };
}

/**
 * Asks for confirmation unless `--yes` is given. Sets exit code 1 if the answer is no. Throws `ConfirmationNeeded`
 * without an interactive terminal: piped input does not count as an answer.
 */
export async function agreed(question: string, { yes }: { readonly yes?: boolean }): Promise<boolean> {
  if (yes) return true;
  if (!canAsk()) {
    throw usageError(
      "ConfirmationNeeded",
      `cannot ask "${question}": this is not an interactive terminal`,
      "rerun with --yes to go ahead without a question",
    );
  }
  for (;;) {
    const answer = await ask(text`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer)) return true;
    if (/^(no?)?$/i.test(answer)) break;
    tell(`"${answer}" is not an answer: type y or n`);
  }
  process.exitCode = 1;
  return false;
}

/** Asks for an MFA code. Throws `MfaCodeNeeded` without an interactive terminal. */
export async function mfaCode(serial: string): Promise<string> {
  if (!canAsk()) {
    throw usageError(
      "MfaCodeNeeded",
      `the profile needs a code from the MFA device ${serial}`,
      "run the command on a terminal, which asks for the code, or use a session: aws sts get-session-token",
    );
  }
  return ask(text`MFA code for ${serial}: `);
}
