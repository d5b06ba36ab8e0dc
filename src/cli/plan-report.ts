/** The changes of a run as data. Those of a dry run are described by plan.schema.json, which the package has. */
import type { Change } from "../core/plan.ts";
import type { Flags } from "./flag-table.ts";
import { repeating } from "./hints.ts";

/** Of the format of a dry run. A number more means that a reader of the one before can be wrong. */
const version = 1;

interface Run {
  readonly dryRun: boolean;
  /** For commands in warnings. */
  readonly flags: Flags;
}

export const reported = (changes: readonly Change[], { dryRun, flags }: Run) =>
  dryRun
    ? { version, changes: changes.map((change) => reviewed(change, flags)) }
    : { changes: changes.map(({ step, action, target }) => ({ step, action, target })) };

/** `before` and `after` are lines: of a Role its rules. `null`: there is nothing, or it is unchanged. */
function reviewed(change: Change, flags: Flags) {
  const { step, action, target, summary, about = [], warnings = [] } = change;
  const [before, after] = textsOf(change).map((text) => text?.split("\n") ?? null);
  const told = warnings.map((warning) => String(repeating(flags, warning)));
  return { step, action, target, summary, before, after, about, warnings: told };
}

/** The text of a kubeconfig has the secrets of others: only lines that change are shown, as in the plan. */
function textsOf({ step, action, before, after }: Change): readonly (string | undefined)[] {
  if (step !== "kubeconfig") return [before, after];
  if (action !== "update" || before === undefined || after === undefined) return [undefined, undefined];
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [old.filter((line) => !now.includes(line)), now.filter((line) => !old.includes(line))].map((all) =>
    all.join("\n"),
  );
}
