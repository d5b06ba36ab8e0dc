/** Watches: streams a line of JSON for each change. Source: "Kubernetes API concepts" in the Kubernetes documentation, apiserver's cacher */
import type { Clock } from "../../clock.ts";
import { asRead } from "../custom/stored.ts";
import type { Handling, Result } from "../handling.ts";
import type { KubeObject } from "../object.ts";
import { checkVersions, numberOf } from "../options.ts";
import { failure, internal } from "../status.ts";
import type { Change } from "../store.ts";
import { isOn } from "../target.ts";
import { showing } from "./form.ts";
import { parseVersion, selection } from "./list.ts";
import { openStream } from "./stream.ts";

const bookmarkMs = 60_000;
/** Seconds before the end of a watch at which it sends a last bookmark. */
const lastMarkSeconds = 2;

export function watch(handling: Handling): Result {
  const { store, kind, namespace, request, clock, streams } = handling;
  const { query } = request;
  checkVersions(query);
  const seconds = numberOf(query, "timeoutSeconds");
  const [isSelected, shown] = [selection(handling), showing(handling)];
  const since = sinceOf(query);
  const marks = isOn(query.get("allowWatchBookmarks"));
  const stream = openStream(streams);
  const send = (type: string, object: object) => stream.push(`${JSON.stringify({ type, object })}\n`);
  const bookmark = (annotations?: object) => {
    const metadata = { resourceVersion: `${store.version()}`, ...(annotations && { annotations }) };
    send("BOOKMARK", { kind: kind.kind, apiVersion: kind.apiVersion, metadata });
  };

  /** For a watch with a selector, an object that starts to match is added, and one that stops to match is deleted. */
  function sendChange({ type, object: stored, old: earlier }: Change): void {
    const [object, old] = [asRead(kind, stored), earlier && asRead(kind, earlier)];
    if (namespace && object.metadata.namespace !== namespace) return;
    const [was, is] = [old !== undefined && isSelected(old), type !== "DELETED" && isSelected(object)];
    if (is) send(was ? "MODIFIED" : "ADDED", shown(object));
    else if (was) send("DELETED", shown({ ...(old as KubeObject), metadata: versioned(old, object) }));
  }

  if (since !== undefined && since < store.oldest()) {
    send("ERROR", failure(410, `too old resource version: ${since} (${store.oldest()})`).status);
    stream.end();
    return { body: stream.readable };
  }
  const all = () => store.list(kind, namespace).map((object) => asRead(kind, object));
  for (const change of since === undefined ? [] : store.since(since, kind)) sendChange(change);
  for (const object of since === undefined ? all().filter(isSelected) : []) send("ADDED", shown(object));
  if (isOn(query.get("sendInitialEvents")) && marks) bookmark({ "k8s.io/initial-events-end": "true" });
  /** A change that cannot be shown ends this watch, and not the write that made it. */
  function trySend(change: Change): void {
    try {
      sendChange(change);
    } catch (error) {
      send("ERROR", internal(error).status);
      stream.end();
    }
  }
  stream.cleaning.push(store.subscribe((change) => change.kind.id === kind.id && trySend(change)));
  if (seconds) stream.cleaning.push(clock.after(seconds * 1000, stream.end));
  if (marks) stream.cleaning.push(repeat(clock, bookmark));
  if (marks && seconds && seconds > lastMarkSeconds)
    stream.cleaning.push(clock.after((seconds - lastMarkSeconds) * 1000, bookmark));
  return { body: stream.readable };
}

/** The version to start from. Undefined: the watch begins with all objects. */
function sinceOf(query: URLSearchParams): number | undefined {
  const given = query.get("resourceVersion") ?? "";
  if (given === "" || given === "0" || isOn(query.get("sendInitialEvents"))) return undefined;
  return parseVersion(given, "resourceVersion: ");
}

const versioned = (old: KubeObject | undefined, { metadata: { resourceVersion } }: KubeObject) => ({
  ...(old as KubeObject).metadata,
  ...(resourceVersion && { resourceVersion }),
});

/** Runs `run` every minute, until the returned function is called. */
function repeat(clock: Clock, run: () => void): () => void {
  let cancel = clock.after(bookmarkMs, again);
  function again(): void {
    run();
    cancel = clock.after(bookmarkMs, again);
  }
  return () => cancel();
}
