/** Watches: from a version, without a version, with selectors, and their end. */
import type { Answer, Group } from "../case.ts";
import { type Ask, answerOf, type Json, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { type KubeAnswer, prepare } from "../side.ts";
import { configMap, configMaps, merge } from "./values.ts";

const second = "timeoutSeconds=1";

/** The type and the object of each event. */
export function eventsOf({ status, body }: KubeAnswer): Answer {
  if (typeof body !== "string") {
    const { type, object } = body as Json;
    return type ? told(status, [body as Json]) : answerOf({ status, body: object ?? body });
  }
  const lines = body.split("\n").filter(Boolean);
  return told(
    status,
    lines.map((line) => JSON.parse(line)),
  );
}

function told(status: number, events: readonly Json[]): Answer {
  const all = events.map(({ type, object: { metadata, message, reason, kind } }) => {
    const ended = metadata?.annotations?.["k8s.io/initial-events-end"] ? " the initial events end" : "";
    return `${type} ${metadata?.name ?? message ?? kind}${reason ? ` (${reason})` : ""}${ended}`;
  });
  return { status, reason: "", message: all.join(", ") };
}

const versionOf = async (ask: Ask): Promise<string> =>
  ((await ask("GET", configMaps)).body as Json).metadata.resourceVersion;
const label = (name: string, tier: string | null) =>
  [...["PATCH", `${configMaps}/${name}`, { metadata: { labels: { tier } } }, merge]] as const;

/** Changes that are made before the watch starts. */
async function happen(ask: Ask): Promise<void> {
  await ask("POST", configMaps, configMap("made", { labels: { tier: "web" } }));
  await ask(...label("given", "web"));
  await ask(...label("made", "db"));
  await ask(...label("given", "db"));
  await ask("DELETE", `${configMaps}/made`);
  await ask(...label("given", null));
}

const since = (name: string, query: string) =>
  story({
    name,
    request: `\`?watch=true&resourceVersion=…${query}\``,
    async tell(ask) {
      const version = await versionOf(ask);
      await happen(ask);
      return eventsOf(await ask("GET", `${configMaps}?watch=true&resourceVersion=${version}&${second}${query}`));
    },
  });
const asIs = (name: string, query: string, known?: string) =>
  story({
    name,
    ...(known && { known }),
    request: `\`?watch=true${query}\``,
    tell: async (ask) => eventsOf(await ask("GET", `${configMaps}?watch=true&${second}${query}`)),
  });

const mine = "&labelSelector=mine";

export const watches: Group = {
  title: "Watches",
  intro: "The events of one second. A ConfigMap is created, two get labels, then other labels, and one is deleted.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", configMaps, configMap("given", { labels: { mine: "" } }));
  },
  cases: [
    since("since a version", ""),
    since("since a version, by a label", "&labelSelector=tier%3Dweb"),
    since("since a version, without a label", "&labelSelector=tier!%3Dweb,tier"),
    since("since a version, by a name", "&fieldSelector=metadata.name%3Dmade"),
    since("since a version, with bookmarks", "&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dgiven"),
    asIs("without a version", mine),
    asIs("from resourceVersion=0", `${mine}&resourceVersion=0`),
    asIs(
      "initial events, and the bookmark at their end",
      `${mine}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    ),
    asIs("initial events without resourceVersionMatch", `${mine}&sendInitialEvents=true`),
    asIs("resourceVersionMatch without initial events", `${mine}&resourceVersionMatch=Exact`),
    asIs("a malformed selector", "&labelSelector=a==b==c"),
    asIs("a version that is not a number", `${mine}&resourceVersion=abc`, "the API server answers 500"),
    asIs("a future version", `${mine}&resourceVersion=99999999`),
    story({
      name: "changes during a watch",
      request: "`?watch=true`, and a ConfigMap made meanwhile",
      async tell(ask) {
        const path = `${configMaps}?watch=true&resourceVersion=${await versionOf(ask)}&timeoutSeconds=2`;
        const [answer] = await Promise.all([
          ask("GET", path),
          ask("POST", configMaps, configMap("meanwhile")).then(() => ask("DELETE", `${configMaps}/meanwhile`)),
        ]);
        return eventsOf(answer);
      },
    }),
  ],
};
