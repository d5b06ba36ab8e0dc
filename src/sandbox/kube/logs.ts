/** The logs of containers. */
import type { Clock } from "../clock.ts";

export interface LogLine {
  readonly time: number;
  /** Without the line break. */
  readonly text: string;
}
/** One run of a container. A restart begins another. */
export interface Run {
  readonly uid: string;
  readonly container: string;
  readonly restarts: number;
}
type Listener = (lines: readonly LogLine[]) => void;

export type Logs = ReturnType<typeof createLogs>;

export function createLogs(clock: Clock) {
  const all = new Map<string, LogLine[]>();
  const listeners = new Map<string, Set<Listener>>();
  const keyOf = ({ uid, container, restarts }: Run): string => `${uid}/${container}/${restarts}`;
  return {
    read: (container: Run): readonly LogLine[] => all.get(keyOf(container)) ?? [],
    /** Appends complete lines. */
    write(container: Run, text: string): void {
      if (text === "") return;
      const time = clock.now();
      const lines = text.replace(/\n$/, "").split("\n");
      const added = lines.map((line) => ({ time, text: line }));
      all.set(keyOf(container), [...(all.get(keyOf(container)) ?? []), ...added]);
      for (const listener of listeners.get(keyOf(container)) ?? []) listener(added);
    },
    /** Calls `listener` with new lines, until the returned function is called. */
    follow(container: Run, listener: Listener): () => void {
      const own = listeners.get(keyOf(container)) ?? new Set();
      listeners.set(keyOf(container), own.add(listener));
      return () => own.delete(listener);
    },
  };
}
