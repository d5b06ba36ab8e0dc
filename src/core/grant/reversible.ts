/** Changes that can be undone: if a later one fails, the cluster is again as it was. */
import { EksLambdaError, restated } from "../errors.ts";
import { type Intent, type Planned, plan, type Resource, type Waiting } from "../plan.ts";
import type { Progress } from "../setup/steps/index.ts";

export interface Reversible extends Planned {
  /** Puts back what was found. Can be repeated, and also undoes half a change. */
  readonly undo?: () => Promise<void>;
}

/** Plans like `plan`, with the way back. */
export async function reversible<T>(step: string, resource: Resource<T>, intent: Intent): Promise<Reversible> {
  let found: T | undefined;
  const read = async () => {
    found = await resource.read();
    return found;
  };
  const planned = await plan(step, { ...resource, read }, intent);
  return planned.apply ? { ...planned, undo: () => resource.write(found, () => {}) } : planned;
}

export interface Applied {
  readonly progress: Progress;
  /** Runs after the changes, and throws if they do not do what they are for. */
  readonly proof: (waiting: Waiting) => Promise<void>;
}

/** Applies one change after the other, then runs the proof. If one fails, undoes all in reverse order and throws its error. */
export async function applyOrUndo(planned: readonly Reversible[], { progress, proof }: Applied): Promise<void> {
  const begun: Reversible[] = [];
  try {
    for (const one of planned) {
      const { apply, change } = one;
      if (!apply) continue;
      begun.unshift(one);
      await progress.during(`${change.step} ${change.target}`, apply);
    }
    await progress.during("checks", proof);
  } catch (error) {
    throw explained(error, await undone(begun));
  }
}

/** Returns the changes that could not be undone. */
async function undone(begun: readonly Reversible[]): Promise<readonly string[]> {
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
  return restated(error, `${error.message}; ${what}`, { hint: error.hint, cause: error });
}
