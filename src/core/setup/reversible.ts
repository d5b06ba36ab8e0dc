/** Changes that can be undone: if a later one fails, the cluster is again as it was. */
import { isDeepStrictEqual } from "node:util";
import { EksLambdaError, restated } from "../errors.ts";
import type { Planned, Progress, Waiting } from "../plan.ts";
import { changesRights } from "../rbac/rights.ts";
import type { Context } from "./context.ts";
import { leavesEntry, previousNames } from "./previous-names.ts";

/**
 * Keeps the way back where a run changes names or rights of a deployed function. It is taken only if the function still
 * runs under the earlier names: otherwise it needs what would be undone.
 */
export function whileStackIsAsBefore(
  { cloudformation, target }: Pick<Context, "cloudformation" | "target">,
  { undo, ...planned }: Planned,
): Planned {
  const { found } = target;
  if (!undo || !found || !(previousNames(target) || leavesEntry(target) || changesRights(target))) return planned;
  return {
    ...planned,
    async undo() {
      const now = await cloudformation.stack(found.id);
      const isAsBefore = now && /_COMPLETE$/.test(now.status) && isDeepStrictEqual(now.parameters, found.parameters);
      if (!isAsBefore) throw new EksLambdaError("StackChanged", `the stack is in ${now?.status ?? "no state"} now`);
      await undo();
    },
  };
}

export interface Applied {
  readonly progress: Progress;
  /** Runs after the changes, and throws if they do not do what they are for. */
  readonly proof?: (waiting: Waiting) => Promise<void>;
}

/** Applies one change after the other, then runs the proof. If one fails, undoes all in reverse order and throws its error. */
export async function applyOrUndo(planned: readonly Planned[], { progress, proof }: Applied): Promise<void> {
  const begun: Planned[] = [];
  try {
    for (const one of planned) {
      const { apply, change } = one;
      if (!apply) continue;
      begun.unshift(one);
      await progress.during(`${change.step} ${change.target}`, apply);
    }
    if (proof) await progress.during("checks", proof);
  } catch (error) {
    const reversible = begun.filter(({ undo }) => undo);
    throw reversible.length > 0 ? explained(error, await undone(reversible)) : error;
  }
}

/** Returns the changes that could not be undone. */
async function undone(begun: readonly Planned[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { change, undo } of begun) {
    try {
      await undo?.();
    } catch (error) {
      left.push(`${change.step} ${change.target} (${(error as Error).message})`);
    }
  }
  return left;
}

function explained(error: unknown, left: readonly string[]): unknown {
  if (!(error instanceof EksLambdaError)) return error;
  const what = left.length === 0 ? "what this run had changed was undone" : `not undone: ${left.join(", ")}`;
  return restated(error, `${error.message}; ${what}`);
}
