/** Progress on stderr: a spinner on a terminal, plain lines elsewhere and under `CI`. */
import type { Waiting } from "../../core/plan.ts";
import { onStderr as colour } from "./palette.ts";
import { type Shown, Text, tell, text } from "./text.ts";

export interface Status {
  line(text: Shown): void;
  /** Shows `title` and what `work` is waiting for, then whether it succeeded. */
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

export function startStatus(): Status {
  const animated = process.stderr.isTTY && !process.env.CI;
  return { line: tell, during: animated ? spin : inLines };
}

async function spin<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const start = Date.now();
  // Loaded only for a terminal, because its tables of emoji are large.
  const { default: ora } = await import("ora");
  const spinner = ora({ text: Text.of(title).shown, stream: process.stderr, discardStdin: false }).start();
  let what: string | undefined;
  const show = () => {
    const elapsed = Math.round((Date.now() - start) / 1000);
    if (what !== undefined) spinner.text = text`${title}  ${colour.dim(text`waiting for ${what}, ${elapsed} s`)}`.shown;
  };
  const ticking = setInterval(show, 1_000);
  try {
    const result = await work((awaited) => {
      what = awaited;
      show();
    });
    spinner.succeed(Text.of(title).shown);
    return result;
  } catch (error) {
    spinner.fail(Text.of(title).shown);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** Writes a line each time the reported reason changes. */
export function eachReasonOnce(line: (text: Shown) => void = tell): Waiting {
  let last = "";
  return (what) => {
    if (what !== last) line(`waiting for ${what}`);
    last = what;
  };
}

async function inLines<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  try {
    const result = await work(eachReasonOnce((what) => tell(text`  ${title}: ${what}`)));
    tell(text`${colour.green("✔")} ${title}`);
    return result;
  } catch (error) {
    tell(text`${colour.red("✖")} ${title}`);
    throw error;
  }
}
