/** The part of an object that a request reads and writes: all but its status, its status, or its scale. */
import { type Kind, kinds, type Subresource } from "../kinds.ts";
import { at, type Json, type KubeObject, type Metadata, mapOf, textsOf } from "../object.ts";

export interface View {
  readonly subresource?: Subresource;
  /** The kind of the answer. */
  readonly kind: Pick<Kind, "group" | "kind" | "apiVersion">;
  readonly show: (object: KubeObject) => KubeObject;
  /** Merges what was written into the old object. */
  readonly merge: (old: KubeObject, written: KubeObject) => KubeObject;
}

export function viewOf(kind: Kind, subresource: Subresource | undefined): View {
  if (subresource === "scale") return scaleView(kind);
  const show = (object: KubeObject) => object;
  if (subresource === "status") {
    const merge = (old: KubeObject, written: KubeObject) => ({
      ...withStatusOf(old, written),
      metadata: statusMetadata(kind, old, written),
    });
    return { subresource, kind, show, merge };
  }
  if (subresource === "finalize") {
    const merge = (old: KubeObject, written: KubeObject) => ({
      ...old,
      metadata: underVersion(old, written),
      spec: { finalizers: at(written, "spec.finalizers") ?? [] },
    });
    return { subresource, kind, show, merge };
  }
  // Its finalizers are changed by `finalize` alone.
  if (kind.id === kinds.namespaces.id)
    return { kind, show, merge: (old, written) => ({ ...withStatusOf(written, old), spec: old.spec ?? {} }) };
  const hasStatus = kind.subresources.includes("status");
  return { kind, show, merge: (old, written) => (hasStatus ? withStatusOf(written, old) : written) };
}

const withStatusOf = ({ status: _, ...object }: KubeObject, { status }: KubeObject): KubeObject =>
  status === undefined ? object : { ...object, status };

/** What a change of the status writes of the metadata. Source: strategy.go of each kind in k8s.io/kubernetes/pkg/registry */
function statusMetadata(kind: Kind, old: KubeObject, written: KubeObject): Metadata {
  if (kind.custom || kind.id === kinds.definitions.id) return underVersion(old, written);
  const { labels, ownerReferences, ...rest } = written.metadata;
  const { metadata: from } = kind.id === kinds.deployments.id ? old : written;
  const { metadata: by } = kind.id === kinds.pods.id ? old : written;
  return {
    ...rest,
    ...(from.labels && { labels: from.labels }),
    ...(by.ownerReferences && { ownerReferences: by.ownerReferences }),
  };
}

/** The old metadata, with the version that the writer sent. */
const underVersion = ({ metadata }: KubeObject, { metadata: { resourceVersion } }: KubeObject): Metadata =>
  resourceVersion ? { ...metadata, resourceVersion } : metadata;

function scaleView({ custom }: Kind): View {
  const path = custom?.subresources?.scale?.specReplicasPath.slice(1) ?? "spec.replicas";
  return {
    subresource: "scale",
    kind: { group: "autoscaling", kind: "Scale", apiVersion: "autoscaling/v1" },
    show(object) {
      const { labels, annotations, generation, ownerReferences, finalizers, managedFields, ...metadata } =
        object.metadata;
      const selector = textOf(at(object, "spec.selector.matchLabels"));
      const status = { replicas: at(object, "status.replicas") ?? 0, ...(selector && { selector }) };
      const replicas = at(object, path);
      return { metadata, spec: replicas ? { replicas } : {}, status };
    },
    merge: (old, written) => ({
      ...mapOf(put(old, path.split("."), at(written, "spec.replicas") ?? 0)),
      metadata: underVersion(old, written),
    }),
  };
}

/** Formats labels as a selector: `a=b,c=d`. */
const textOf = (labels: Json): string =>
  Object.entries(textsOf(labels))
    .map((label) => label.join("="))
    .sort()
    .join(",");

const put = (value: Json, [key, ...rest]: readonly string[], inner: Json): Json =>
  key === undefined ? inner : { ...mapOf(value), [key]: put(at(value, key), rest, inner) };
