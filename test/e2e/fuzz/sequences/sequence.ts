/** The sequences of requests: each depends on the seed and its number alone. */
import type { Kind } from "../../../../src/sandbox/kube/kinds.ts";
import { fuzzed, type Manifest, manifestOf } from "../manifests.ts";
import { mutations } from "../mutations.ts";
import { type Random, randomOf } from "../random.ts";
import type { Asked } from "../sandbox.ts";
import { list, pages, read, remove, removeAll } from "./deletes.ts";
import { gadgetOf, gadgets } from "./gadgets.ts";
import { as, collectionOf, json, type Make, type Step } from "./request.ts";
import { finalize, scale, status } from "./subresources.ts";
import { apply, create, jsonPatch, merge, rewrite, strategic, update } from "./writes.ts";

export interface Sequence {
  readonly index: number;
  readonly kind: Kind;
  readonly steps: readonly (Step & { readonly name: string })[];
  /** Objects that the sequence is about: `a`, or `a` and `b`. */
  readonly names: readonly string[];
  /** A second watch, by a selector and in a form, from the first version; it starts before this step. */
  readonly watch: { readonly query: string; readonly accept: string; readonly before: number };
  /** What ends the watches, once with and once without the label `app`. */
  readonly ends: readonly Asked[];
}

/** The API server itself runs the controllers of definitions: their events would come at any time. */
export const sequenced: readonly Kind[] = [
  ...fuzzed.filter(({ kind }) => kind !== "CustomResourceDefinition"),
  gadgets,
];

/** A valid manifest in the sequence's own namespace. */
function manifest(kind: Kind, name: string, random: Random): Manifest {
  const made = kind === gadgets ? gadgetOf(name, random) : manifestOf(kind, name, random);
  const { namespace: _, labels, ...metadata } = made.metadata;
  const own = { ...metadata, name, labels: { app: "web", sequence: "PREFIX", ...random.some({ tier: "one" }) } };
  const spec = made.spec as object | undefined;
  // Only a Pod that runs has a grace period.
  const running = kind.kind === "Pod" && random.one(2) && { spec: { ...spec, nodeName: "any" } };
  const about = made.involvedObject as object | undefined;
  const involved = about && { involvedObject: { ...about, namespace: "PREFIX" } };
  return { ...made, ...running, ...involved, metadata: own };
}

const changes = ["missing", "missing", "missing", "other", "other", "empty", "null", "duplicate", "metadata", "label"];

/** Few manifests, so that some are sent twice. */
function manifestsOf(kind: Kind, name: string, random: Random): readonly Manifest[] {
  const base = manifest(kind, name, random);
  const changed = (from: Manifest): Manifest => {
    const mutated = mutations[random.pick(changes)]?.(from, random);
    return mutated && mutated.text === undefined ? (mutated.object as Manifest) : from;
  };
  const labels = { sequence: "PREFIX", ...random.some({ app: "api", tier: "two", "example.com/more": "" }) };
  const labelled = { ...base, metadata: { ...base.metadata, labels } };
  return [base, base, changed(base), changed(changed(base)), labelled, manifest(kind, name, random)];
}

/** How often each is chosen, among all. */
const common: readonly (readonly [does: string, make: Make, weight: number])[] = [
  ["create", create, 3],
  ["apply", apply, 8],
  ["update", update, 4],
  ["rewrite", rewrite, 4],
  ["json patch", jsonPatch, 3],
  ["merge patch", merge, 4],
  ["strategic patch", strategic, 4],
  ["delete", remove, 3],
  ["delete all", removeAll, 1],
  ["read", read, 1],
  ["list", list, 1],
];
const ofSubresource: Readonly<Record<string, readonly [does: string, make: Make, weight: number]>> = {
  status: ["status", status, 4],
  scale: ["scale", scale, 3],
  finalize: ["finalize", finalize, 2],
};

/** Objects of a kind without namespaces are on pages with those of other sequences. */
const inNamespace: typeof common = [["pages", pages, 1]];

function verbsOf({ subresources, namespaced }: Kind): readonly (readonly [does: string, make: Make])[] {
  const all = [
    ...common,
    ...(namespaced ? inNamespace : []),
    ...subresources.flatMap(
      (one) => [ofSubresource[one] ?? []].filter((each) => each.length > 0) as (typeof common)[number][],
    ),
  ];
  return all.flatMap(([does, make, weight]) => Array<readonly [string, Make]>(weight).fill([does, make]));
}

export function sequenceOf(seed: number, index: number): Sequence {
  const random = randomOf(seed, index);
  const kind = sequenced[index % sequenced.length] as Kind;
  const names = random.one(3) ? ["a", "b"] : ["a"];
  const all = new Map(names.map((name) => [name, manifestsOf(kind, `PREFIX-${name}`, random)]));
  const verbs = verbsOf(kind);
  const steps = Array.from({ length: 8 + random.below(9) }, (_, at) => {
    const name = random.one(4) ? random.pick(names) : "a";
    const making = {
      kind,
      name: `PREFIX-${name}`,
      random: randomOf(random.below(2 ** 30), at),
      all: all.get(name) ?? [],
    };
    const [does, make] =
      at === 0
        ? random.pick([
            ["create", create],
            ["apply", apply],
          ] as const)
        : random.pick(verbs);
    return { does, name, asked: make(making), ...(does === "pages" && { pages: true as const }) };
  });
  const selectors = ["app=web", "!app", "app", "sequence=PREFIX", "app in (web,api)"];
  const watch = {
    query: `labelSelector=${encodeURIComponent(random.pick(selectors))}`,
    accept: random.pick([json, as("PartialObjectMetadata"), as("Table")]),
    before: random.below(steps.length),
  };
  return { index, kind, steps, names, watch, ends: endsOf(kind, randomOf(seed, index)) };
}

/** Objects with and without the label that selectors ask for: one of them ends each watch. */
function endsOf(kind: Kind, random: Random): readonly Asked[] {
  return [{ app: "web" }, {}].map((labels, index) => {
    const { metadata, ...rest } = manifest(kind, `PREFIX-end-${index}`, random);
    const own = { name: metadata.name, labels: { sequence: "PREFIX", ...labels } };
    return {
      method: "POST",
      path: collectionOf(kind),
      body: JSON.stringify({ ...rest, metadata: own }),
      contentType: json,
    };
  });
}
