/** What Ctrl-C says: a command that writes step by step tells how far it came. */
import { chalkStderr as chalk } from "chalk";
import type { Progress } from "../core/setup/steps/index.ts";
import { onInterrupt } from "./interrupt.ts";

/** The same progress; an interrupt meanwhile tells what of `titles` is done, what is under way and what is not begun. */
export function telling(titles: readonly string[], progress: Progress): Progress {
  const done = new Set<string>();
  let current: string | undefined;
  onInterrupt(() => howFar(titles, done, current));
  return {
    async during(title, work) {
      current = title;
      const result = await progress.during(title, work);
      done.add(title);
      current = undefined;
      return result;
    },
  };
}

export function howFar(titles: readonly string[], done: ReadonlySet<string>, current: string | undefined): string {
  const state = (title: string) => {
    if (done.has(title)) return `  ${chalk.green("✔")} ${title}`;
    return title === current
      ? `  ${chalk.yellow("~")} ${title} ${chalk.dim("was under way, and may yet be done")}`
      : `  ${chalk.dim("·")} ${title} ${chalk.dim("was not begun")}`;
  };
  return ["this is how far it came", ...titles.map(state), "run the same command again: it goes on from here"].join(
    "\n",
  );
}
