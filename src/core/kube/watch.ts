/** Follows the objects of a resource: lists them, then watches, and lists again when changes may have been missed. */
import { EksLambdaError, hasCode } from "../errors.ts";
import { KubernetesError, statusError } from "./errors.ts";
import { linesOf, many } from "./lines.ts";
import { pagesOf, type Selection } from "./list.ts";
import type { KubeObject, Scope, Stored } from "./object.ts";
import { listPath, type Named, namespaceOf, objectSelector, type Target } from "./place.ts";
import { eitherOf, parse, sleep } from "./request.ts";
import type { Signal } from "./signal.ts";

export interface WatchEvent<T extends KubeObject, S extends Scope = "namespaced"> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Stored<T, S>;
}

/** All existing objects, at the beginning and after a gap, or one change. */
type Change<T extends KubeObject> = { readonly type: "LISTED"; readonly objects: readonly Stored<T>[] } | WatchEvent<T>;

/** The server ends a watch after this time, and the next one continues. So dead connections are noticed. */
const watchSeconds = 60;
/** How much later the end may arrive. */
const graceMs = 5_000;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;
/** An API server that has just started may not know all rights yet. */
const settlingMs = 10_000;

/**
 * Never ends by itself. After the first list, it survives the end of a watch, 410 Gone, a lost connection and an
 * unavailable server. Throws the signal's reason, and errors that a retry cannot fix.
 */
async function* follow<T extends KubeObject>(
  target: Target,
  selection: Selection,
): AsyncGenerator<Change<T>, void, undefined> {
  const signal = eitherOf(selection.signal, target.kube.signal);
  let version: string | undefined;
  let isListed = false;
  /** The time when the last watch ended. */
  let lastGood = 0;
  let failures = 0;
  for (;;) {
    try {
      if (version === undefined) {
        const pages = await many(() => pagesOf<T>(target, selection)).toArray();
        version = pages[0]?.resourceVersion ?? "";
        isListed = true;
        yield { type: "LISTED", objects: pages.flatMap(({ items }) => items) };
      }
      const events = await watchFrom<T>(target, selection, version);
      try {
        for await (const event of events) {
          failures = 0;
          version = event.object.metadata.resourceVersion;
          if (event.type !== "BOOKMARK") yield event;
        }
      } finally {
        lastGood = Date.now();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isListed || !mayPass(error, Date.now() - lastGood)) throw error;
      // The server no longer has that version, or does not have it yet.
      if (error instanceof KubernetesError) version = undefined;
    }
    const pause = Math.min(shortestPauseMs * 2 ** failures++, longestPauseMs);
    await sleep(pause * (0.5 + Math.random() / 2), signal);
    signal?.throwIfAborted();
  }
}

/** True if the same request may succeed later. */
function mayPass(error: unknown, msSinceGood: number): boolean {
  if (error instanceof KubernetesError) {
    const { status } = error;
    if (status === 401 || status === 403) return msSinceGood < settlingMs;
    return status === 410 || status === 429 || (status >= 500 && status !== 501);
  }
  if (error instanceof EksLambdaError)
    return hasCode(error, "DnsFailed", "ConnectionRefused", "ConnectionLost", "Timeout");
  // The time of one watch is up.
  return (error as Error).name === "TimeoutError";
}

type Event<T extends KubeObject> = WatchEvent<T> | { readonly type: "BOOKMARK"; readonly object: Stored<T> };

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
async function watchFrom<T extends KubeObject>(
  target: Target,
  { namespace, signal, ...selectors }: Selection,
  resourceVersion: string,
): Promise<AsyncIterable<Event<T>>> {
  const late = AbortSignal.timeout(watchSeconds * 1000 + graceMs);
  const pieces = await target.kube.request({
    path: listPath(target, namespace),
    query: { ...selectors, watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds: watchSeconds },
    as: "stream",
    signal: eitherOf(signal, late),
  });
  return eventsOf<T>(pieces);
}

async function* eventsOf<T extends KubeObject>(pieces: AsyncIterable<string>): AsyncGenerator<Event<T>> {
  for await (const line of linesOf(pieces)) {
    const event = parse(line) as Event<T> | { readonly type: "ERROR"; readonly object: { readonly code: number } };
    // The connection ended in the middle of a line.
    if (!event) return;
    if (event.type === "ERROR") throw statusError(event.object.code, event.object);
    yield event;
  }
}

/**
 * Yields each existing object as `ADDED`, then each change. After a gap, yields the latest state of each changed
 * object; states in between may be missing.
 */
export const watch =
  (target: Target) =>
  <T extends KubeObject>(selection: Selection = {}): AsyncIterable<WatchEvent<T>> => ({
    [Symbol.asyncIterator]: () => eventsSince<T>(target, selection),
  });

async function* eventsSince<T extends KubeObject>(
  target: Target,
  selection: Selection,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const known = new Map<string, Stored<T>>();
  for await (const change of follow<T>(target, selection)) {
    for (const event of change.type === "LISTED" ? differences(known, change.objects) : [change]) {
      const { uid } = event.object.metadata;
      if (event.type === "DELETED") known.delete(uid);
      else known.set(uid, event.object);
      yield event;
    }
  }
}

function differences<T extends KubeObject>(
  known: ReadonlyMap<string, Stored<T>>,
  objects: readonly Stored<T>[],
): readonly WatchEvent<T>[] {
  const listed = new Set(objects.map(({ metadata }) => metadata.uid));
  const gone = [...known.values()].filter(({ metadata }) => !listed.has(metadata.uid));
  return [
    ...gone.map((object) => ({ type: "DELETED" as const, object })),
    ...objects.flatMap((object) => {
      const before = known.get(object.metadata.uid);
      if (!before) return { type: "ADDED" as const, object };
      const isSame = before.metadata.resourceVersion === object.metadata.resourceVersion;
      return isSame ? [] : { type: "MODIFIED" as const, object };
    }),
  ];
}

/** Yields the states of one object, `undefined` while it does not exist. Never ends by itself. */
export async function* statesOf<T extends KubeObject>(
  target: Target,
  at: Named,
  signal: Signal | undefined,
): AsyncGenerator<Stored<T> | undefined, void, undefined> {
  const namespace = namespaceOf(target, at.namespace);
  const fieldSelector = objectSelector(target, at);
  for await (const change of follow<T>(target, { namespace, fieldSelector, signal })) {
    if (change.type === "LISTED") yield change.objects.find(({ metadata }) => metadata.name === at.name);
    else yield change.type === "DELETED" ? undefined : change.object;
  }
}
