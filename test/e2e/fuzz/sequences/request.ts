/** The parts that the requests of a sequence have in common. */
import type { Kind } from "../../../../src/sandbox/kube/kinds.ts";
import type { Manifest } from "../manifests.ts";
import type { Random } from "../random.ts";
import type { Asked } from "../sandbox.ts";

/** A request about one object, or about all. `PREFIX` stands for the namespace, and for the beginning of names. */
export interface Step {
  readonly does: string;
  readonly asked: (seen: Seen) => Asked;
  /** Asks for all pages of a list. */
  readonly pages?: true;
}

/** What one API server has stored under the step's name. */
export interface Seen {
  readonly current: Manifest | undefined;
  /** The first version that an object of this name had. */
  readonly first: string;
}

export const collectionOf = ({ group, apiVersion, plural, namespaced }: Kind): string =>
  `/${group ? "apis" : "api"}/${apiVersion}/${namespaced ? "namespaces/PREFIX/" : ""}${plural}`;

export const json = "application/json";
export const as = (form: string): string => `${json};as=${form};g=meta.k8s.io;v=v1`;
export const formsOfOne = [json, json, as("PartialObjectMetadata"), as("Table")];
export const formsOfAll = [json, json, as("PartialObjectMetadataList"), as("Table")];

/** By what a writer is known: a product in the header, or `fieldManager`. */
const writers = [
  { query: "", agent: "first/1.0" },
  { query: "", agent: "second/1.0 (any)" },
  { query: "fieldManager=first", agent: "third/1.0" },
  { query: "fieldManager=controller", agent: "first/1.0" },
];

export interface Making {
  readonly kind: Kind;
  readonly name: string;
  readonly random: Random;
  readonly all: readonly Manifest[];
}

interface Sent {
  readonly method: string;
  /** After the collection: `/PREFIX-a/status`. */
  readonly path?: string;
  readonly query?: readonly (string | false)[];
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export function request(
  { kind, random }: Making,
  { method, path = "", query = [], body, contentType, accept }: Sent,
): Asked {
  const writer = random.pick(writers);
  const isWrite = method !== "GET" && method !== "DELETE";
  const search = [...query, isWrite && writer.query].filter(Boolean).join("&");
  return {
    method,
    path: collectionOf(kind) + path + (search && `?${search}`),
    body: body === undefined ? "" : JSON.stringify(body),
    contentType: contentType ?? json,
    headers: { "user-agent": writer.agent, ...(accept && { accept }) },
  };
}

export const patchType = (type: string): string => `application/${type}`;
export const pathOf = (name: string, subresource = ""): string => `/${name}${subresource && `/${subresource}`}`;

/** With another version than none. */
export function versioned(object: Manifest, random: Random): Manifest {
  const resourceVersion = random.pick([undefined, "VERSION", "VERSION", "VERSION", "FIRST", ""]);
  const uid = random.pick([undefined, undefined, undefined, undefined, "UID", "another"]);
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null) return object;
  return {
    ...object,
    metadata: { ...metadata, ...(resourceVersion !== undefined && { resourceVersion }), ...(uid && { uid }) },
  };
}

export type Make = (making: Making) => Step["asked"];
export const fixed =
  (asked: Asked): Step["asked"] =>
  () =>
    asked;
