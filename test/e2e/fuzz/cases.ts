/** The requests of the fuzz: each depends on the seed and its number alone. */
import type { Kind } from "../../../src/sandbox/kube/kinds.ts";
import { fuzzed, type Manifest, manifestOf } from "./manifests.ts";
import { type Mutated, mutations } from "./mutations.ts";
import { type Random, randomOf } from "./random.ts";

export interface FuzzCase {
  readonly index: number;
  readonly kind: Kind;
  readonly verb: Verb;
  readonly mutation: string;
  /** Where the mutation is, without the numbers of items: `spec.containers[].image`. */
  readonly place: string;
  readonly method: string;
  readonly path: string;
  /** `VERSION` stands for the current version of the object. */
  readonly body: string;
  readonly contentType: string;
  readonly name: string;
}
type Verb = "create" | "update" | "merge" | "strategic" | "json" | "apply";

const verbs: readonly Verb[] = [
  ...Array<Verb>(5).fill("create"),
  ...(["update", "update", "merge", "strategic", "json", "apply", "apply"] as const),
];
const names = Object.keys(mutations);

/** How many objects of each kind exist. */
const bases = 4;
const baseName = (kind: Kind, base: number): string =>
  kind.kind === "CustomResourceDefinition" ? "gadgets.fuzz.example" : `given-${base}`;
function baseOf(kind: Kind, seed: number, base: number): Manifest {
  const random = randomOf(seed, -1 - base * fuzzed.length - fuzzed.indexOf(kind));
  const made = manifestOf(kind, baseName(kind, base), random);
  const { ownerReferences, ...metadata } = made.metadata;
  // Its controllers run, and its owner is not there.
  const manifest = kind.kind === "CustomResourceDefinition" ? { ...made, metadata } : made;
  // They must not forbid the Pods of other cases, nor change them.
  if (kind.kind === "LimitRange") return { ...manifest, spec: { limits: [{ type: "example.com/none" }] } };
  return kind.kind === "ResourceQuota" ? { ...manifest, spec: { hard: { pods: "1000" } } } : manifest;
}

/** The objects that exist before the first case. */
export const basesOf = (seed: number): readonly (readonly [kind: Kind, manifest: Manifest])[] =>
  fuzzed.flatMap((kind) =>
    Array.from(
      { length: kind.kind === "CustomResourceDefinition" ? 1 : bases },
      (_, base) => [kind, baseOf(kind, seed, base)] as const,
    ),
  );

export const collectionOf = ({ group, apiVersion, plural, namespaced }: Kind): string =>
  `/${group ? "apis" : "api"}/${apiVersion}/${namespaced ? "namespaces/default/" : ""}${plural}`;

const placeOf = (path: Mutated["path"]): string =>
  path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[]` : text ? `${text}.${key}` : key), "");

export function caseOf(seed: number, index: number): FuzzCase {
  const random = randomOf(seed, index);
  const kind = fuzzed[index % fuzzed.length] as Kind;
  const mutation = names[Math.floor(index / fuzzed.length) % names.length] as string;
  const verb = mutation === "content" ? random.pick(["create", "update"] as const) : random.pick(verbs);
  const isNew = verb === "create" || (verb === "apply" && random.one(2));
  const base = random.below(kind.kind === "CustomResourceDefinition" ? 1 : bases);
  const name = isNew ? `made-${index}` : baseName(kind, base);
  const manifest = isNew ? manifestOf(kind, name, random) : baseOf(kind, seed, base);
  const mutated = mutate(manifest, mutation, random);
  const collection = collectionOf(kind);
  const query = ["dryRun=All", "fieldManager=fuzz", mutated.query, verb === "apply" && random.one(2) && "force=true"];
  const target = verb === "create" ? collection : `${collection}/${name}`;
  return {
    ...{ index, kind, verb, mutation, name },
    place: placeOf(mutated.path),
    path: `${target}?${query.filter(Boolean).join("&")}`,
    ...sent(verb, { manifest, mutated, random }),
  };
}

/** Tries other values where the manifest has nothing of the kind that the mutation changes. */
function mutate(manifest: Manifest, name: string, random: Random): Mutated {
  return mutations[name]?.(manifest, random) ?? { object: manifest, path: [] };
}

interface Sending {
  readonly manifest: Manifest;
  readonly mutated: Mutated;
  readonly random: Random;
}

function sent(verb: Verb, { manifest, mutated, random }: Sending): Pick<FuzzCase, "method" | "body" | "contentType"> {
  const { object, path, text, contentType = "application/json" } = mutated;
  const whole = text ?? JSON.stringify(object);
  if (verb === "create") return { method: "POST", body: whole, contentType };
  if (verb === "update") {
    const body = text || random.one(3) ? whole : JSON.stringify(versioned(object));
    return { method: "PUT", body, contentType };
  }
  const patch = (type: string, body: string) => ({ method: "PATCH", body, contentType: `application/${type}` });
  if (verb === "apply") return patch("apply-patch+yaml", whole);
  if (verb === "json") return patch("json-patch+json", JSON.stringify([operationOf(manifest, mutated)]));
  const merge = path.length === 0 ? object : difference(manifest, object);
  return patch(verb === "merge" ? "merge-patch+json" : "strategic-merge-patch+json", text ?? JSON.stringify(merge));
}

const versioned = (object: unknown): unknown => {
  const { metadata, ...rest } = object as Manifest;
  return typeof metadata === "object" && metadata && !Array.isArray(metadata)
    ? { ...rest, metadata: { resourceVersion: "VERSION", ...metadata } }
    : object;
};

function operationOf(manifest: Manifest, { object, path }: Mutated): object {
  const pointer = path.map((key) => `/${`${key}`.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], object);
  if (path.length === 0) return { op: "add", path: "/metadata/labels", value: { app: "other" } };
  const was = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], manifest);
  if (value === undefined) return { op: "remove", path: pointer };
  return { op: was === undefined ? "add" : "replace", path: pointer, value };
}

/** The merge patch that makes `next` of `old`; lists are sent whole. */
export function difference(old: unknown, next: unknown): unknown {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(old) || !isMap(next)) return next;
  const removed = Object.keys(old).filter((key) => !(key in next));
  const changed = Object.entries(next).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(old[key]));
  return Object.fromEntries([
    ...removed.map((key) => [key, null] as const),
    ...changed.map(([key, value]) => [key, difference(old[key], value)] as const),
  ]);
}
