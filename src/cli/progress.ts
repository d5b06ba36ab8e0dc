/** Tracks the steps of a command, so that Ctrl-C can report which ones are done. */
import type { Progress } from "../core/plan.ts";
import { onInterrupt } from "./interrupt.ts";
import { onStderr as colour } from "./render/palette.ts";
import { lines, type Text, text } from "./render/text.ts";

/** Wraps `progress`: an interrupt reports which of `titles` are done, in progress and not started. */
export function tracked(titles: readonly string[], progress: Progress): Progress {
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

export function howFar(titles: readonly string[], done: ReadonlySet<string>, current: string | undefined): Text {
  const state = (title: string) => {
    if (done.has(title)) return text`  ${colour.green("✔")} ${title}`;
    return title === current
      ? text`  ${colour.yellow("~")} ${title} ${colour.dim("was in progress and may still complete")}`
      : text`  ${colour.dim("·")} ${title} ${colour.dim("was not started")}`;
  };
  return lines(["these steps were planned", ...titles.map(state), "run the same command again to complete it"]);
}
