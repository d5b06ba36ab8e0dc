/** Checks the custom resources of CDK at synthesis: a mistake costs a second there, and a rollback in the account. */
import { knownResource } from "../core/kind-words.ts";
import type { Kind } from "./kinds.ts";

/** The properties of a custom resource, with their tokens resolved to CloudFormation's functions. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Scope {
  /** Absent: the whole cluster. */
  readonly namespaces?: readonly string[] | undefined;
  readonly kinds: readonly Kind[];
  /** What gives the function its rights: `AmazonEKSEditPolicy`. */
  readonly source: string;
  /** Seconds that an invocation may take. */
  readonly timeoutSeconds: number;
}

/** What the template does not know before it is deployed. It is JSON, alone and within a text. */
const unknown = "9007199254740881";

const isKnown = (value: unknown): value is string => typeof value === "string" && !value.includes(unknown);

/** One object that a resource names. */
interface Named {
  readonly title: string;
  readonly namespace: unknown;
  readonly kind: Kind | undefined;
  /** How the resource names its kind. */
  readonly shown: string;
}

/** Returns what is wrong with the resource. */
export function problemsOf(type: string, properties: Properties, scope: Scope): readonly string[] {
  if (type.endsWith("-HelmChart"))
    return [
      "the function runs no Helm: render the chart with `helm template` and add its manifests, or use Helm's own provider",
    ];
  const { TimeoutSeconds: seconds } = properties;
  const late =
    typeof seconds === "number" && seconds > scope.timeoutSeconds
      ? [
          `it waits for ${seconds} seconds, and the function has ${scope.timeoutSeconds}: give EksLambda a longer \`timeout\``,
        ]
      : [];
  return [...late, ...namedIn(properties, scope.kinds).flatMap((one) => problemsWith(one, scope))];
}

function problemsWith(
  { title, namespace, kind, shown }: Named,
  { kinds, namespaces, source }: Scope,
): readonly string[] {
  if (!kind || !kinds.includes(kind))
    return [`${title}: ${source} does not cover ${shown}; see \`kinds\` and \`accessPolicy\` of EksLambda`];
  if (kind.clusterScoped || !namespaces || (namespace !== undefined && !isKnown(namespace))) return [];
  if (namespaces.includes(namespace ?? "default")) return [];
  const where = namespace === undefined ? "it names no namespace, so it is in default" : `it is in ${namespace}`;
  return [`${title}: ${where}, and \`namespaces\` of EksLambda has ${namespaces.join(", ")}`];
}

function namedIn(properties: Properties, kinds: readonly Kind[]): readonly Named[] {
  const { Manifest, ResourceName, ResourceNamespace, ObjectType, ObjectName, ObjectNamespace } = properties;
  if (Manifest !== undefined) return objectsIn(textOf(Manifest)).map((object) => inManifest(object, kinds));
  if (isKnown(ResourceName)) return byWord(ResourceName, ResourceNamespace, kinds);
  return isKnown(ObjectType)
    ? byWord(`${ObjectType}/${isKnown(ObjectName) ? ObjectName : "…"}`, ObjectNamespace, kinds)
    : [];
}

function inManifest({ apiVersion, kind, metadata }: ManifestLike, kinds: readonly Kind[]): Named {
  const found = kinds.find((one) => one.kind === kind && groupOf(String(apiVersion)) === one.group);
  const title = `${kind} ${isKnown(metadata?.name) ? metadata.name : "…"}`;
  return { title, namespace: metadata?.namespace, kind: found, shown: `${kind} of ${apiVersion}` };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** `deployment/coredns`, with any word of kubectl for the kind. */
function byWord(text: string, namespace: unknown, kinds: readonly Kind[]): readonly Named[] {
  const word = (text.split("/")[0] ?? "").toLowerCase();
  const full = ({ group, resource }: Kind) => (group ? `${resource}.${group}` : resource);
  const known = knownResource(word);
  const kind = kinds.find((one) =>
    known === undefined
      ? [one.resource, one.kind.toLowerCase()].some((name) => name === word || `${name}.${one.group}` === word)
      : full(one) === known,
  );
  return [{ title: text, namespace, kind, shown: `"${word}"` }];
}

/** The text that a property has once the template is deployed, with numbers for what only the deployment knows. */
function textOf(value: unknown): string {
  const [separator, parts] = ((Object(value) as { readonly "Fn::Join"?: readonly [string, unknown] })["Fn::Join"] ??
    []) as [string?, unknown?];
  if (!Array.isArray(parts)) return typeof value === "string" ? value : unknown;
  return parts.map((part: unknown) => (typeof part === "string" ? part : unknown)).join(separator);
}

interface ManifestLike {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}

/** None if the text is not known yet, or no list of objects: the function checks it again. */
function objectsIn(text: string): readonly ManifestLike[] {
  try {
    const given: unknown = JSON.parse(text);
    const all: readonly unknown[] = Array.isArray(given) ? given : [given];
    return all.flatMap((one) => (isKnown((Object(one) as ManifestLike).kind) ? [one as ManifestLike] : []));
  } catch {
    return [];
  }
}
