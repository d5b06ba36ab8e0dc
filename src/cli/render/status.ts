/** Progress on stderr: a spinner on a terminal, plain lines elsewhere and under `CI`. */
import { chalkStderr as chalk } from "chalk";
import type { Waiting } from "../../core/plan.ts";

export interface Status {
  line(text: string): void;
  /** Shows `title` while `work` runs, with what it reports to be waiting for, and then how it ended. */
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

export function startStatus(): Status {
  const animated = process.stderr.isTTY && !process.env.CI;
  return { line: toStderr, during: animated ? spin : (title, work) => tell(title, work, toStderr) };
}

async function spin<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const start = Date.now();
  // Loaded only to animate: without a terminal its tables of emoji are not needed.
  const { default: ora } = await import("ora");
  const spinner = ora({ text: title, stream: process.stderr, discardStdin: false }).start();
  let what: string | undefined;
  const show = () => {
    const elapsed = Math.round((Date.now() - start) / 1000);
    if (what !== undefined) spinner.text = `${title}  ${chalk.dim(`waiting for ${what}, ${elapsed} s`)}`;
  };
  const ticking = setInterval(show, 1_000);
  try {
    const result = await work((awaited) => {
      what = awaited;
      show();
    });
    spinner.succeed(title);
    return result;
  } catch (error) {
    spinner.fail(title);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

const toStderr = (text: string): void => void process.stderr.write(`${text}\n`);

/** Writes a line for each new thing that is waited for. */
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
