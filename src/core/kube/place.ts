/**
 * Where a resource is in the API, and the paths of its objects. Names become part of a path only here, checked and
 * encoded: whatever the cluster or an event calls an object, the path is that object's. `scripts/lint/api-paths.grit` holds it.
 */
import { EksLambdaError, shown, usageError } from "../errors.ts";
import { formatResource } from "./need.ts";
import type { Kube } from "./request.ts";

export interface Place {
  /** `v1`, `apps/v1` */
  readonly apiVersion: string;
  /** `deployments` */
  readonly plural: string;
  /** `*` for every namespace, and empty for a kind without namespaces. Default: the namespace of the `Kube`. */
  readonly namespace?: string;
  /** The declared names, if the declaration is limited to names. */
  readonly names?: readonly string[];
}

/** The resource that a method acts on, and the client. */
export interface Target {
  readonly kube: Kube;
  readonly place: Place;
}

/** Identifies an object. A handle for every namespace needs the namespace; another handle refuses one that is not its own. */
export interface Named {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export const groupOf = ({ apiVersion }: Place): string => /.*(?=\/)/.exec(apiVersion)?.[0] ?? "";

/** `deployments.apps` */
export const nameOf = (place: Place): string => formatResource({ group: groupOf(place), resource: place.plural });

/** The namespace of one object; none for a kind without namespaces. Throws `InvalidName`. */
export function namespaceOf({ kube, place: { namespace } }: Target, given: string | undefined): string | undefined {
  if (namespace === "*") return checkedNamespace(given);
  const own = namespace ?? checkedNamespace(kube.namespace ?? "default");
  if (given === undefined || given === own) return own || undefined;
  throw wrong("namespace", given, own ? `"${own}" or left out` : "left out");
}

function siblings({ apiVersion, plural }: Place, namespace: string | undefined): string {
  const where = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(checkedNamespace(namespace))}`;
  return `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}${where}/${plural}`;
}

/** The path of an object's siblings. Throws `InvalidName`. */
export const pathOf = (target: Target, namespace: string | undefined): string =>
  siblings(target.place, namespaceOf(target, namespace));

/** The path to list: that of one namespace, or of all on a handle for every namespace. Throws `InvalidName`. */
export const listPath = (target: Target, namespace: string | undefined): string =>
  target.place.namespace === "*" && namespace === undefined
    ? siblings(target.place, undefined)
    : pathOf(target, namespace);

/**
 * The path of one object, or of a subresource, `/scale`. Throws `InvalidName`, or `NotDeclared` for a name that is not
 * among the declared.
 */
export const objectPath = (target: Target, { name, namespace }: Named, subresource = ""): string =>
  pathOf(target, namespace) + segment(declared(target, name)) + subresource;

/** The field selector of one object, from which RBAC takes its name. Throws like `objectPath`. */
export const objectSelector = (target: Target, { name }: Named): string =>
  `metadata.name=${checked("name", declared(target, name), /[,=\\/%]/)}`;

function declared({ place }: Target, name: string): string {
  const { names } = place;
  if (names && !names.includes(name)) throw notDeclared(place, `"${name}"`, `.named(${quoted(names)})`);
  return name;
}

/** One object, or without the key `name` all of them: in one namespace, or in the whole cluster. */
export interface Location extends Pick<Place, "apiVersion" | "plural"> {
  readonly namespace?: string | undefined;
  readonly name?: string;
}

/** Throws `InvalidName`. */
export const pathTo = ({ namespace, ...at }: Location): string =>
  siblings(at, namespace) + ("name" in at ? segment(at.name) : "");

export const notDeclared = (place: Place, what: string, declaration: string): EksLambdaError =>
  new EksLambdaError("NotDeclared", `${what} of ${nameOf(place)} is not declared`, {
    hint: `change its declaration: ${declaration}`,
  });

/** `"get", "list"` */
export const quoted = (words: readonly string[]): string => JSON.stringify(words).slice(1, -1);

export const checkedName = (name: unknown): string => checked("name", name, /[/%]/);
export const checkedNamespace = (namespace: unknown): string => checked("namespace", namespace, /[*/%]/);

const segment = (name: unknown): string => `/${encodeURIComponent(checkedName(name))}`;

/**
 * Refuses names that would change the path, like the API server, which decodes a path before it splits it, or that would
 * change a selector, and half characters, which cannot be encoded.
 * Source: https://github.com/kubernetes/apimachinery/blob/master/pkg/api/validation/path/name.go
 */
function checked(what: string, value: unknown, excluded: RegExp): string {
  if (typeof value === "string" && !/^\.{0,2}$|\p{Cs}/u.test(value) && !excluded.test(value)) return value;
  throw wrong(what, value, `text, not "." or "..", without ${excluded.source}`);
}

const wrong = (what: string, value: unknown, must: string) =>
  usageError(
    "InvalidName",
    `the ${what} is ${shown(value)}; it must be ${must}`,
    what === "name" ? undefined : "methods of .inAllNamespaces() need `namespace`, others take none",
  );
