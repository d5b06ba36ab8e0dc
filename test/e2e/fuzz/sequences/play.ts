/** Plays a sequence on one API server, and notes all that it answers. */
import type { Readable } from "node:stream";
import type { Manifest } from "../manifests.ts";
import type { Answered, Asked } from "../sandbox.ts";
import { collectionOf, type Seen } from "./request.ts";
import type { Sequence } from "./sequence.ts";

export interface Api {
  ask(asked: Asked): Promise<Answered>;
  watch(path: string, accept: string): Promise<Readable>;
}

export interface Event {
  readonly type: string;
  readonly object: unknown;
}

export interface Played {
  readonly asked: Asked;
  /** One, or the pages of a list. */
  readonly answers: readonly Answered[];
  /** What is stored after the step, by name. */
  readonly stored: Readonly<Record<string, unknown>>;
}

export interface Trace {
  readonly steps: readonly Played[];
  /** Of a watch from the first step on. */
  readonly events: readonly Event[];
  /** Of the sequence's second watch. */
  readonly selected: readonly Event[];
}

const get = (path: string): Asked => ({ method: "GET", path, body: "", contentType: "" });

/** `prefix` is the name of a namespace that does not exist, and of no other objects. */
export async function play(api: Api, sequence: Sequence, prefix: string): Promise<Trace> {
  const { kind, names, watch } = sequence;
  const own = (text: string) => text.replaceAll("PREFIX", prefix);
  const collection = own(collectionOf(kind));
  const version = await prepare(api, prefix);
  const from = `${collection}?watch=true&resourceVersion=${version}`;
  const isOwn = (name: string) => name.startsWith(`${prefix}-`) || kind.namespaced;
  const all = await follow(api, from, { isOwn, end: `${prefix}-end-1` });
  let selected: Following | undefined;
  const known = new Map<string, Seen>();
  const steps: Played[] = [];
  for (const [at, step] of sequence.steps.entries()) {
    if (at === watch.before)
      selected = await follow(api, `${from}&${own(watch.query)}`, {
        isOwn,
        accept: watch.accept,
        end: `${prefix}-end-`,
      });
    const seen = known.get(step.name) ?? { current: undefined, first: "1" };
    const asked = resolved(step.asked(seen), seen, own);
    const answers = await (step.pages ? pagesOf(api, asked) : api.ask(asked).then((one) => [one]));
    const stored = await Promise.all(names.map((name) => api.ask(get(`${collection}/${prefix}-${name}`))));
    for (const [index, { status, body }] of stored.entries()) {
      const current = status === 200 ? (body as Manifest) : undefined;
      const name = names[index] ?? "";
      const first = known.get(name)?.first ?? (current && `${current.metadata.resourceVersion}`);
      if (first) known.set(name, { current, first });
    }
    steps.push({
      asked,
      answers,
      stored: Object.fromEntries(names.map((name, index) => [name, storedOf(stored[index])])),
    });
  }
  for (const end of sequence.ends) {
    const { status, body } = await api.ask({ ...end, path: own(end.path), body: own(end.body) });
    if (status !== 201) throw new Error(`${prefix}: the last object of a sequence: ${JSON.stringify(body)}`);
  }
  return { steps, events: await all.events(), selected: (await selected?.events()) ?? [] };
}

const storedOf = (answer: Answered | undefined): unknown => (answer?.status === 200 ? answer.body : undefined);

/** Returns the version after it. */
async function prepare(api: Api, namespace: string): Promise<unknown> {
  const make = async (path: string, metadata: object): Promise<unknown> => {
    const asked = { method: "POST", path, body: JSON.stringify({ metadata }), contentType: "application/json" };
    const { status, body } = await api.ask(asked);
    if (status !== 201) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return (body as Manifest).metadata.resourceVersion;
  };
  await make("/api/v1/namespaces", { name: namespace });
  // Nothing else makes it: there are no controllers.
  return make(`/api/v1/namespaces/${namespace}/serviceaccounts`, { name: "default" });
}

function resolved(asked: Asked, { current, first }: Seen, own: (text: string) => string): Asked {
  const { resourceVersion = "1", uid = "1" } = current?.metadata ?? {};
  const body = asked.body
    .replaceAll('"VERSION"', `"${resourceVersion}"`)
    .replaceAll('"FIRST"', `"${first}"`)
    .replaceAll('"UID"', `"${uid}"`);
  return { ...asked, path: own(asked.path), body: own(body) };
}

async function pagesOf(api: Api, asked: Asked): Promise<readonly Answered[]> {
  const pages: Answered[] = [];
  for (let token = ""; pages.length < 20; ) {
    const page = await api.ask(token ? { ...asked, path: `${asked.path}&continue=${token}` } : asked);
    pages.push(page);
    token = `${(page.body as Partial<Manifest>).metadata?.continue ?? ""}`;
    if (!token) break;
  }
  return pages;
}

interface Following {
  /** All events until that of the last object. */
  events(): Promise<readonly Event[]>;
}
interface FollowOptions {
  readonly isOwn: (name: string) => boolean;
  /** The beginning of the name of the last object. */
  readonly end: string;
  readonly accept?: string;
}

async function follow(
  api: Api,
  path: string,
  { isOwn, end, accept = "application/json" }: FollowOptions,
): Promise<Following> {
  const stream = await api.watch(path, accept);
  const events: Event[] = [];
  const done = (async () => {
    let rest = "";
    for await (const piece of stream) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event: Event = JSON.parse(line);
        const name = nameIn(event);
        if (name.startsWith(end) || event.type === "ERROR") return;
        if (isOwn(name)) events.push(event);
      }
    }
  })();
  // What fails first is told, not that the watches then end, too.
  done.catch(() => undefined);
  return {
    async events() {
      await done;
      stream.destroy();
      return events;
    },
  };
}

interface Shown {
  readonly metadata?: { readonly name?: string };
  readonly rows?: readonly { readonly object: Shown }[];
}
function nameIn({ object }: Event): string {
  const shown = object as Shown;
  return shown.metadata?.name ?? shown.rows?.[0]?.object.metadata?.name ?? "";
}
