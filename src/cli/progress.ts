/** Tracks the steps of a command, so that Ctrl-C can report which ones are done. */
import type { Progress } from "../core/plan.ts";
import { onStderr as colour } from "./render/palette.ts";
import { lines, type Text, text } from "./render/text.ts";
import type { Runner } from "./runner.ts";

interface Step {
  readonly title: string;
  readonly state: "done" | "in progress" | "not started";
}

const next = "run the same command again to complete it";

/** Wraps `progress`: an interrupt reports which of `titles` are done, in progress and not started. */
export function tracked(
  titles: readonly string[],
  progress: Progress,
  { onInterrupt }: Pick<Runner, "onInterrupt">,
): Progress {
  const done = new Set<string>();
  let current: string | undefined;
  const steps = () =>
    titles.map((title): Step => {
      if (done.has(title)) return { title, state: "done" };
      return { title, state: title === current ? "in progress" : "not started" };
    });
  onInterrupt(
    () => howFar(steps()),
    () => ({ message: next, steps: steps() }),
  );
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

export function howFar(steps: readonly Step[]): Text {
  const shown = ({ title, state }: Step) => {
    if (state === "done") return text`  ${colour.green("✔")} ${title}`;
    return state === "in progress"
      ? text`  ${colour.yellow("~")} ${title} ${colour.dim("was in progress and may still complete")}`
      : text`  ${colour.dim("·")} ${title} ${colour.dim("was not started")}`;
  };
  return lines(["these steps were planned", ...steps.map(shown), next]);
}
