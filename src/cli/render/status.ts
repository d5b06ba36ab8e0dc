/** Progress on stderr: a spinner on a terminal, plain lines elsewhere and under `CI`. */
import type { Waiting } from "../../core/plan.ts";
import { onStderr as colour } from "./palette.ts";
import { print, type Shown, Text, tell, text } from "./text.ts";

export interface Volume {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export interface Status {
  line(text: Shown): void;
  /** A plan: the result of a dry run. `--quiet` shows it, too, unless `--yes` has answered the question that follows. */
  plan(text: Shown): void;
  /** Shows `title` and what `work` is waiting for, then whether it succeeded. */
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

/** With `--json`, stderr is only for an error's JSON, unless a person reads it on a terminal. */
const isForPrograms = ({ json }: Volume): boolean => Boolean(json) && !process.stderr.isTTY;
const isQuiet = (volume: Volume): boolean => Boolean(volume.quiet) || isForPrograms(volume);

/** A dry run has no other result than its plan. With `--json`, that is the result as data. */
export const isPlanResult = ({ dryRun, json }: Volume): boolean => Boolean(dryRun) && !json;

const silence = (): void => {};

export function startStatus(volume: Volume): Status {
  const asked = isForPrograms(volume) || (volume.quiet && volume.yes) ? silence : tell;
  const plan = isPlanResult(volume) ? print : asked;
  if (isQuiet(volume)) return { line: silence, plan, during: (_, work) => work(silence) };
  const animated = process.stderr.isTTY && !process.env.CI;
  return { line: tell, plan, during: animated ? spin : inLines };
}

/** Reports what is being waited for, outside of a step. */
export const waitingFor = (volume: Volume): Waiting => (isQuiet(volume) ? silence : eachReasonOnce());

async function spin<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  // Loaded only for a terminal, because its tables of emoji are large.
  const { default: ora } = await import("ora");
  const spinner = ora({ text: Text.of(title).shown, stream: process.stderr, discardStdin: false }).start();
  let what: string | undefined;
  const show = () => {
    const reason = what === undefined ? "" : text`  ${colour.dim(text`waiting for ${what}`)}`;
    spinner.text = text`${title} ${colour.dim(elapsed())}${reason}`.shown;
  };
  const ticking = setInterval(show, 1_000);
  try {
    const result = await work((awaited) => {
      what = awaited;
      show();
    });
    spinner.succeed(text`${title} ${colour.dim(elapsed())}`.shown);
    return result;
  } catch (error) {
    spinner.fail(text`${title} ${colour.dim(elapsed())}`.shown);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** Returns the time since now, as `0.4 s`, `12 s` or `2 min 5 s`. */
function stopwatch(): () => string {
  const start = performance.now();
  return () => duration(performance.now() - start);
}

export function duration(ms: number): string {
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Writes a line each time the reported reason changes. */
function eachReasonOnce(line: (text: Shown) => void = tell): Waiting {
  let last = "";
  return (what) => {
    if (what !== last) line(`waiting for ${what}`);
    last = what;
  };
}

async function inLines<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  try {
    const result = await work(eachReasonOnce((what) => tell(text`  ${title}: ${what}`)));
    tell(text`${colour.green("✔")} ${title} ${colour.dim(elapsed())}`);
    return result;
  } catch (error) {
    tell(text`${colour.red("✖")} ${title} ${colour.dim(elapsed())}`);
    throw error;
  }
}
