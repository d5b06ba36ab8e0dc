/**
 * An annotation with what the previous owner applied, while another owner has the object. A rollback gives the object back
 * without a request to the previous resource, which CloudFormation sees as unchanged.
 */
import type { Stored, UntypedObject } from "../kube/object.ts";
import { type FieldSet, ownedFields } from "./managers.ts";

export const beforeKey = "eks-lambda/before";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The part of a value that a set of fields names.
 * Source: https://github.com/kubernetes-sigs/structured-merge-diff/blob/master/fieldpath/serialize-pe.go
 */
export function part(value: unknown, fields: FieldSet): unknown {
  const entries = Object.entries(fields).filter(([key]) => key !== ".");
  if (entries.length === 0) return value;
  if (!Array.isArray(value))
    return Object.fromEntries(entries.map(([key, inner]) => [key.slice(2), part(Object(value)[key.slice(2)], inner)]));
  return value.flatMap((item: unknown) => {
    const [key, inner] = entries.find(([key]) => isNamed(item, key)) ?? [];
    return key === undefined || !inner ? [] : [part(item, inner)];
  });
}

/** `k:{"name":"web"}` names an item by its keys, `v:"one"` by its value. */
function isNamed(item: unknown, key: string): boolean {
  const named: unknown = JSON.parse(key.slice(2));
  if (key.startsWith("v:")) return JSON.stringify(item) === JSON.stringify(named);
  return Object.entries(Object(named)).every(([name, value]) => (Object(item) as Fields)[name] === value);
}

/** What functions applied to the object, as JSON. */
export const beforeOf = (live: Stored<UntypedObject>, manager: string): string | undefined =>
  isKept(live) ? JSON.stringify(applied(part(live, ownedFields(live, manager)) as UntypedObject)) : undefined;

/** What a manifest applies, as JSON. */
export const kept = (manifest: UntypedObject): string | undefined =>
  isKept(manifest) ? JSON.stringify(applied(manifest)) : undefined;

/**
 * Everyone who describes a Secret would read it. Whoever may annotate a Role could have the function write rules that they
 * lack: RBAC refuses only those who send rules.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
const isKept = ({ apiVersion = "", kind }: UntypedObject): boolean =>
  kind !== "Secret" && !apiVersion.startsWith("rbac.authorization.k8s.io/");

/** The content, and of the metadata labels and annotations that are not ours. */
function applied({ apiVersion, kind, metadata, ...content }: UntypedObject): Fields {
  const { labels, annotations } = Object(metadata) as { labels?: Fields; annotations?: Fields };
  return { ...content, metadata: { labels: notOurs(labels), annotations: notOurs(annotations) } };
}

const notOurs = (all: Fields = {}): Fields =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith("eks-lambda/")));

/** The annotation, of an object for which `kept` writes one. */
export const beforeIn = (live: UntypedObject): string | undefined =>
  isKept(live) ? live.metadata?.annotations?.[beforeKey] : undefined;

/**
 * What the annotation has. Everyone who can write the object can change it, so only what `kept` writes is read, and text that
 * is not JSON counts as no annotation.
 */
export function contentIn(live: UntypedObject): Fields | undefined {
  try {
    return applied(JSON.parse(beforeIn(live) ?? "") as UntypedObject);
  } catch {
    return undefined;
  }
}
