/** Waits until an object meets a condition, or is gone. */
import { EksLambdaError } from "../errors.ts";
import { statusError } from "./errors.ts";
import type { KindOf, KubeObject, Stored } from "./object.ts";
import { groupOf, type Named, nameOf, namespaceOf, type Target } from "./place.ts";
import { eitherOf } from "./request.ts";
import type { Signal } from "./signal.ts";
import { statesOf } from "./watch.ts";

/** Returns true if the object meets the condition. Throws if it can no longer meet it. */
export interface Condition<T> {
  (object: T): boolean;
  /** Describes what is missing, for the message of a time-out. */
  readonly describe?: (object: T) => string;
}

/** A condition of objects of these kinds, for those whose type tells their kind. */
export interface KindCondition<K extends string> {
  <T extends KubeObject>(object: T & OnlyKind<T, K>): boolean;
  readonly describe: <T extends KubeObject>(object: T & OnlyKind<T, K>) => string;
}
export type OnlyKind<T extends KubeObject, K extends string> =
  string extends KindOf<T> ? unknown : KindOf<T> extends K ? unknown : never;

export interface UntilOptions {
  /**
   * If the object does not exist or is deleted meanwhile: `fail` (the default) throws `NotFound`, `wait` waits for it.
   */
  readonly absent?: "fail" | "wait" | undefined;
  readonly signal?: Signal | undefined;
}

export interface UntilGoneOptions {
  /** The object to wait for, if another one may take its name. Default: the existing one. */
  readonly uid?: string | undefined;
  readonly signal?: Signal | undefined;
}

export const until =
  (target: Target) =>
  async <T extends KubeObject>(
    at: Named,
    condition: Condition<Stored<T>>,
    { absent = "fail", signal }: UntilOptions = {},
  ): Promise<Stored<T>> => {
    let missing = "";
    try {
      for await (const object of statesOf<T>(target, at, signal)) {
        if (object && condition(object)) return object;
        if (!object && absent === "fail") throw notFound(target, at);
        missing = object ? (condition.describe?.(object) ?? "") : "it does not exist";
      }
    } catch (error) {
      throw timedOut(error, { target, at, signal, missing });
    }
    throw new Error("the watch ended");
  };

export const untilGone =
  (target: Target) =>
  async (at: Named, { uid, signal }: UntilGoneOptions = {}): Promise<void> => {
    let waitedFor = uid;
    try {
      for await (const object of statesOf(target, at, signal)) {
        waitedFor ??= object?.metadata.uid;
        if (object === undefined || object.metadata.uid !== waitedFor) return;
      }
    } catch (error) {
      throw timedOut(error, { target, at, signal, missing: "it still exists" });
    }
    throw new Error("the watch ended");
  };

function notFound({ place }: Target, { name }: Named): Error {
  return statusError(404, {
    reason: "NotFound",
    message: `${nameOf(place)} "${name}" not found`,
    details: { name, group: groupOf(place), kind: place.plural },
  });
}

interface Waiting {
  readonly target: Target;
  readonly at: Named;
  readonly signal: Signal | undefined;
  readonly missing: string;
}

/** Returns `Timeout`, which names what is missing, if the signal's time is up. Returns other errors unchanged. */
function timedOut(error: unknown, { target, at, signal, missing }: Waiting): unknown {
  const { name, code } = error as NodeJS.ErrnoException;
  const isUp = eitherOf(signal, target.kube.signal)?.aborted && (name === "TimeoutError" || code === "Timeout");
  if (!isUp) return error;
  const where = namespaceOf(target, at.namespace);
  const what = `${nameOf(target.place)} "${at.name}"${where === undefined ? "" : ` in ${where}`}`;
  return new EksLambdaError("Timeout", `time is up while waiting for ${what}${missing && `: ${missing}`}`, {
    hint: "give it more time, or find the cause: kubectl describe",
    cause: error,
  });
}
