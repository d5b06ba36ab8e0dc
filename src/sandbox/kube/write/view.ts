/** The part of an object that a request reads and writes: all but its status, its status, or its scale. */
import { type Kind, kinds, type Subresource } from "../kinds.ts";
import { at, type Json, type KubeObject, lengthOf, type Metadata, mapOf } from "../object.ts";
import type { ScalePaths } from "../objects.ts";
import { selectorText } from "../select/labels.ts";
import { badRequest } from "../status.ts";

export interface View {
  readonly subresource?: Subresource;
  /** The kind of the answer. */
  readonly kind: Pick<Kind, "group" | "kind" | "apiVersion">;
  readonly show: (object: KubeObject) => KubeObject;
  /** Merges what was written into the old object. */
  readonly merge: (old: KubeObject, written: KubeObject) => KubeObject;
  /** The merged object as its managers see it, with what the API server takes back. */
  readonly seen?: (merged: KubeObject, written: KubeObject) => KubeObject;
  /** Of a scale: the path to the number of replicas. */
  readonly replicas?: string;
}

export function viewOf(kind: Kind, subresource: Subresource | undefined): View {
  if (subresource === "scale") return scaleView(kind);
  const show = (object: KubeObject) => object;
  if (subresource === "status") {
    const merge = (old: KubeObject, written: KubeObject) => ({
      ...withStatusOf(old, written),
      metadata: statusMetadata(kind, old, written),
    });
    if (!kind.custom) return { subresource, kind, show, merge };
    return { subresource, kind, show, merge, seen: (merged, { metadata }) => ({ ...merged, metadata }) };
  }
  if (subresource === "finalize") {
    const merge = (old: KubeObject, written: KubeObject) => withStatusOf(written, old);
    return { subresource, kind, show, merge };
  }
  // Only `finalize` changes its finalizers.
  if (kind.id === kinds.namespaces.id)
    return {
      ...{ kind, show },
      merge: (old, written) => ({ ...withStatusOf(written, old), spec: old.spec ?? {} }),
      seen: (merged, { spec = {} }) => ({ ...merged, spec: lengthOf(at(spec, "finalizers")) > 0 ? spec : {} }),
    };
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
const underVersion = (
  { metadata }: KubeObject,
  { metadata: { resourceVersion, managedFields } }: KubeObject,
): Metadata => ({ ...metadata, ...(resourceVersion && { resourceVersion }), ...(managedFields && { managedFields }) });

const ofBuiltIn: ScalePaths = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
/** Of a patch of a scale whose object has no replicas: it must set them. */
const unset = -(2 ** 31);

function scaleView({ custom }: Kind): View {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = custom?.subresources?.scale ?? ofBuiltIn;
  const path = specReplicasPath.slice(1);
  return {
    subresource: "scale",
    replicas: path,
    kind: { group: "autoscaling", kind: "Scale", apiVersion: "autoscaling/v1" },
    show(object) {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as Metadata;
      const selector = custom
        ? labelSelectorPath && at(object, labelSelectorPath.slice(1))
        : selectorText(at(object, "spec.selector"));
      const status = { replicas: at(object, statusReplicasPath.slice(1)) ?? 0, ...(selector && { selector }) };
      const replicas = at(object, path) ?? (custom ? unset : undefined);
      return { metadata, spec: replicas ? { replicas } : {}, status };
    },
    merge(old, written) {
      const replicas = at(written, "spec.replicas") ?? 0;
      if (replicas === unset) throw badRequest(`the spec replicas field "${specReplicasPath}" cannot be empty`);
      return { ...mapOf(put(old, path.split("."), replicas)), metadata: underVersion(old, written) };
    },
  };
}

const put = (value: Json, [key, ...rest]: readonly string[], inner: Json): Json =>
  key === undefined ? inner : { ...mapOf(value), [key]: put(at(value, key), rest, inner) };
