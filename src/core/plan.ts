/** Compares the current state with the wanted state, and pairs each difference with the write that resolves it. */
import { adviceLines, type Hint } from "./command.ts";
import { EksLambdaError, hasCode, restated } from "./errors.ts";
import { adviceOf } from "./function-hints.ts";

/** `setup` wants resources present, `teardown` wants them absent. */
export type Intent = "present" | "absent";

/** A planned change as plain data, for the plan, `--json` and tests. */
export interface Change {
  readonly step: string;
  readonly target: string;
  readonly action: "create" | "update" | "delete" | "unchanged";
  /** The plan's last column. */
  readonly summary: string;
  /** Texts to compare: the plan shows the lines that differ. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** Lines that the plan shows of something new. */
  readonly about?: readonly string[];
  /** What to know before confirming. */
  readonly warnings?: readonly Hint[];
}

/** Reports what setup is waiting for. */
export type Waiting = (what: string) => void;

export type Wait = (waiting: Waiting) => Promise<void>;

/** Takes a wait that may come after all other changes, because only others can end it. */
export type Later = (wait: Wait) => void;

/** Shows each write while it runs. */
export interface Progress {
  during<T>(title: string, work: (waiting: Waiting) => Promise<T>): Promise<T>;
}

/** A change and the write that makes it. Without `apply` there is nothing to write. */
export interface Planned {
  readonly change: Change;
  /** Apply only after the checks have proven its replacement. */
  readonly late?: boolean;
  /** The refusal, if the cluster or this computer forbids the caller this change. */
  readonly forbidden?: EksLambdaError;
  readonly apply?: (waiting: Waiting, later?: Later) => Promise<void>;
  /** Apply only if all changes before it were made. */
  readonly needsAll?: true;
  /** Puts back what was found, if a later change fails. Can be repeated, and also undoes half a change. */
  readonly undo?: () => Promise<void>;
}

/** A resource that setup manages. `T` is the part that we own, as plain data. */
export interface Resource<T> {
  readonly target: string;
  /** Read only for `present`: without a cluster there may be no such value. */
  readonly wanted: T;
  read(): Promise<T | undefined>;
  /** Two values are equal if their texts are. */
  show(value: T): string;
  summary(found: T | undefined): string;
  /** Lines of what is wanted, for the plan of a new one. */
  about?(wanted: T): readonly string[];
  /** Throws if the write would be refused. Writes nothing. */
  rehearse?(found: T | undefined, after: T | undefined): Promise<void>;
  /** The reason to keep what was found although it differs from `after`. */
  keep?(found: T, after: T | undefined): Promise<string | undefined> | string | undefined;
  /**
   * Writes `after`, or removes the resource for `undefined`. Reads again, writes under the version that it read, and
   * can be repeated. Without `later` it waits itself.
   */
  write(after: T | undefined, waiting: Waiting, later?: Later): Promise<void>;
}

export async function plan<T>(step: string, resource: Resource<T>, intent: Intent): Promise<Planned> {
  const found = await resource.read();
  const wanted = intent === "present" ? resource.wanted : undefined;
  const before = found === undefined ? undefined : resource.show(found);
  const after = wanted === undefined ? undefined : resource.show(wanted);
  const change = { step, target: resource.target, summary: resource.summary(found) };
  if (before === after) return { change: { ...change, summary: "unchanged", action: "unchanged" } };
  const kept = found === undefined ? undefined : await resource.keep?.(found, wanted);
  if (kept !== undefined) return { change: { ...change, summary: `kept: ${kept}`, action: "unchanged" } };
  const refusal = await forbiddenBy(async () => resource.rehearse?.(found, wanted));
  const action = before === undefined ? "create" : after === undefined ? "delete" : "update";
  const about = action === "create" && wanted !== undefined ? resource.about?.(wanted) : undefined;
  return {
    change: { ...change, action, before, after, ...(about && about.length > 0 && { about }) },
    ...refusal,
    apply: (waiting, later) => resource.write(wanted, waiting, later),
  };
}

/** Plans like `plan`, with the way back. */
export async function reversible<T>(step: string, resource: Resource<T>, intent: Intent): Promise<Planned> {
  let found: T | undefined;
  const read = async () => {
    found = await resource.read();
    return found;
  };
  const planned = await plan(step, { ...resource, read }, intent);
  return planned.apply ? { ...planned, undo: () => resource.write(found, () => {}) } : planned;
}

/** Runs a rehearsal and returns a lack of rights instead of throwing it, so that callers who may only read see the plan. */
export async function forbiddenBy(rehearsal: () => Promise<unknown>): Promise<Pick<Planned, "forbidden">> {
  try {
    await rehearsal();
    return {};
  } catch (error) {
    if (hasCode(error, "Forbidden", "BackupFailed", "KubeconfigUnusable")) return { forbidden: error };
    throw error;
  }
}

export interface PlanOptions {
  /**
   * For a change that is forbidden to the caller: `refuse` throws, `warn` plans it with a warning, `allow` plans it,
   * because others will make it.
   */
  readonly forbidden?: "refuse" | "warn" | "allow";
}

/** Refuses all changes that the caller may not make at once, warns of each, or leaves them: as `forbidden` says. */
export function permitted<T extends Planned>(
  planned: readonly T[],
  { forbidden = "refuse" }: PlanOptions,
): readonly T[] {
  if (forbidden === "allow") return planned;
  if (forbidden === "warn") return planned.map(warned);
  const refusals = planned.flatMap((one) => one.forbidden ?? []);
  if (refusals.length > 0) throw joined(refusals);
  return planned;
}

function warned<T extends Planned>(planned: T): T {
  const { change, forbidden } = planned;
  if (!forbidden) return planned;
  const warnings = [...(change.warnings ?? []), `you may not make this change: ${forbidden.message}`];
  return { ...planned, change: { ...change, warnings } };
}

/**
 * Each object once, as the run leaves it: a Role that loses rights is changed twice, before and after the checks, and both
 * changes compare with what is there now. With the warnings of both, each once.
 */
export function shownOnce(changes: readonly Change[]): readonly Change[] {
  const all = new Map<string, Change>();
  for (const change of changes) {
    const key = `${change.step} ${change.target}`;
    const before = all.get(key);
    const last = before && change.action === "unchanged" ? before : change;
    const warnings = new Map([before, change].flatMap((one) => one?.warnings ?? []).map((one) => [String(one), one]));
    all.set(key, { ...last, ...(warnings.size > 0 && { warnings: [...warnings.values()] }) });
  }
  return [...all.values()];
}

/** Like `Promise.all`, but waits for all and joins their errors, so that a person can fix all of them at once. */
export async function together<T extends readonly unknown[] | []>(work: T) {
  const outcomes = await Promise.allSettled(work);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (refused.length > 0) throw joined(refused);
  return Promise.all(work);
}

/** Returns an error with the first one's code and the messages and hints of all. */
export function joined(errors: readonly unknown[]): unknown {
  const [first, ...others] = errors;
  const more = others.filter((error) => error instanceof EksLambdaError);
  if (!(first instanceof EksLambdaError) || more.length === 0) return first;
  const distinct = [...new Map([first, ...more].map((error) => [error.message, error])).values()];
  return restated(first, distinct.map(({ message }) => message).join("\n"), {
    hint: adviceLines(distinct.map(adviceOf)),
  });
}
