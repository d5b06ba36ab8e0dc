/** Checks the custom resources of CDK at synthesis: a mistake costs a second there, and a rollback in the account. */
import { isCalled } from "../core/custom-resource/kind-called.ts";
import { listed, mostOfManifest } from "../core/custom-resource/listed.ts";
import { knownResource } from "../core/kind-words.ts";
import type { Kind } from "./kinds.ts";

/** The properties of a custom resource, with their tokens resolved to CloudFormation's functions. */
export type Properties = Readonly<Record<string, unknown>>;

export interface Scope {
  /** `undefined`: the whole cluster, or known only when the template is deployed. */
  readonly namespaces?: readonly string[] | undefined;
  readonly kinds: readonly Kind[];
  /** Those of `kinds` that the app names. Only the cluster knows their short names. */
  readonly own: readonly Kind[];
  /** What gives the function its rights: `AmazonEKSEditPolicy`. */
  readonly source: string;
  /** Seconds that an invocation may take. Absent: known only when the template is deployed. */
  readonly timeoutSeconds?: number | undefined;
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
  const { Manifest, TimeoutSeconds } = properties;
  const problems = Manifest === undefined ? problemsByName(properties, scope) : problemsIn(textOf(Manifest), scope);
  return [...problemsOfTime(TimeoutSeconds, scope), ...problems];
}

const problemsOfTime = (seconds: unknown, { timeoutSeconds = Number.POSITIVE_INFINITY }: Scope): readonly string[] =>
  typeof seconds === "number" && seconds > timeoutSeconds
    ? [`it waits for ${seconds} seconds, and the function has ${timeoutSeconds}: give EksLambda a longer \`timeout\``]
    : [];

/** Of a manifest. */
function problemsIn(text: string, scope: Scope): readonly string[] {
  // What is unknown may be empty.
  const bytes = Buffer.byteLength(text.replaceAll(unknown, ""));
  if (bytes > mostOfManifest)
    return [`the manifest has ${bytes} bytes, and may have ${mostOfManifest}: divide it among several resources`];
  return objectsIn(text).flatMap((object) => {
    const named = inManifest(object, scope.kinds);
    const isNamed = (object.metadata?.name ?? undefined) !== undefined;
    const nameless = `${named.title}: it has no \`metadata.name\`, by which the function finds it; \`generateName\` is not supported`;
    return [...(isNamed ? [] : [nameless]), ...problemsWith(named, scope)];
  });
}

/** Of a patch or a value, which names its object. */
function problemsByName(properties: Properties, scope: Scope): readonly string[] {
  const { ResourceName, ResourceNamespace, ObjectType, ObjectName, ObjectNamespace } = properties;
  if (isKnown(ResourceName)) return problemsWith(byWord(ResourceName, ResourceNamespace, scope), scope);
  if (!isKnown(ObjectType)) return [];
  const title = `${ObjectType}/${isKnown(ObjectName) ? ObjectName : "…"}`;
  return problemsWith(byWord(title, ObjectNamespace, scope), scope);
}

function problemsWith({ title, namespace, kind, shown }: Named, { namespaces, source }: Scope): readonly string[] {
  if (!kind) return [`${title}: ${source} does not cover ${shown}; see \`kinds\` and \`accessPolicy\` of EksLambda`];
  if (kind.clusterScoped || !namespaces || (namespace !== undefined && !isKnown(namespace))) return [];
  if (namespaces.includes(namespace ?? "default")) return [];
  const where = namespace === undefined ? "it names no namespace, so it is in default" : `it is in ${namespace}`;
  return [`${title}: ${where}, and \`namespaces\` of EksLambda has ${namespaces.join(", ")}`];
}

function inManifest({ apiVersion, kind, metadata }: ManifestLike, kinds: readonly Kind[]): Named {
  const found = kinds.find((one) => one.kind === kind && groupOf(String(apiVersion)) === one.group);
  const title = `${kind} ${isKnown(metadata?.name) ? metadata.name : "…"}`;
  return { title, namespace: metadata?.namespace, kind: found, shown: `${kind} of ${apiVersion}` };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** `deployment/coredns`, with any word of kubectl for the kind. */
function byWord(text: string, namespace: unknown, { kinds, own }: Scope): Named {
  const word = (text.split("/")[0] ?? "").toLowerCase();
  const known = knownResource(word);
  const isKnownAs = ({ group, resource }: Kind) => (group ? `${resource}.${group}` : resource) === known;
  // Any other word may be a short name of one of them. With `namespaces`, each of them has namespaces.
  const [shortened] = known === undefined && !word.includes(".") ? own : [];
  const kind = kinds.find((one) => isCalled(one, word)) ?? kinds.find(isKnownAs) ?? shortened;
  return { title: text, namespace, kind, shown: `"${word}"` };
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
    return listed(JSON.parse(text))
      .map((one): ManifestLike => Object(one))
      .filter(({ apiVersion, kind }) => isKnown(kind) && !String(apiVersion).includes(unknown));
  } catch {
    return [];
  }
}
