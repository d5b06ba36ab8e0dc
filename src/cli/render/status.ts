/** What goes on, on stderr: a spinner on a terminal, plain lines elsewhere and under `CI`. */
import { chalkStderr as chalk } from "chalk";
import type { Waiting } from "../../core/setup/plan.ts";

export interface Status {
  line(text: string): void;
  /** Shows `title` while `work` runs, and how it ended; `waiting` tells what is waited for. */
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

export function startStatus(): Status {
  const line = (text: string) => void process.stderr.write(`${text}\n`);
  const animated = process.stderr.isTTY && !process.env.CI;
  return { line, during: animated ? spin : (title, work) => tell(title, work, line) };
}

async function spin<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const start = Date.now();
  // Loaded when it spins: a command in CI or in a pipe does without its tables of emoji.
  const { default: ora } = await import("ora");
  const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start();
  try {
    const result = await work((what) => {
      spinner.text = `${title}  ${chalk.dim(`waiting for ${what}, ${Math.round((Date.now() - start) / 1000)} s`)}`;
    });
    spinner.succeed(title);
    return result;
  } catch (error) {
    spinner.fail(title);
    throw error;
  }
}

async function tell<T>(
  title: string,
  work: (waiting: Waiting) => Promise<T>,
  line: (text: string) => void,
): Promise<T> {
  let told = "";
  try {
    const result = await work((what) => {
      if (what !== told) line(`  ${title}: waiting for ${what}`);
      told = what;
    });
    line(`${chalk.green("✔")} ${title}`);
    return result;
  } catch (error) {
    line(`${chalk.red("✖")} ${title}`);
    throw error;
  }
}
