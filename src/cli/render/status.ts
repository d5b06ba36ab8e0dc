/** What goes on, on stderr: a spinner on a terminal, plain lines elsewhere and under `CI`. */
import { chalkStderr as chalk } from "chalk";
import type { Waiting } from "../../core/plan.ts";

export interface Status {
  line(text: string): void;
  /** Shows `title` while `work` runs, and how it ended; `waiting` tells what is waited for. */
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

export function startStatus(): Status {
  const animated = process.stderr.isTTY && !process.env.CI;
  return { line: toStderr, during: animated ? spin : (title, work) => tell(title, work, toStderr) };
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

const toStderr = (text: string): void => void process.stderr.write(`${text}\n`);

/** Says what is waited for when that changes. */
export function tellingOnce(line: (text: string) => void = toStderr): Waiting {
  let told = "";
  return (what) => {
    if (what !== told) line(`waiting for ${what}`);
    told = what;
  };
}

async function tell<T>(
  title: string,
  work: (waiting: Waiting) => Promise<T>,
  line: (text: string) => void,
): Promise<T> {
  try {
    const result = await work(tellingOnce((what) => line(`  ${title}: ${what}`)));
    line(`${chalk.green("✔")} ${title}`);
    return result;
  } catch (error) {
    line(`${chalk.red("✖")} ${title}`);
    throw error;
  }
}
