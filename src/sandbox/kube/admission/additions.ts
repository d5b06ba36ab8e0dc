/** What admission plugins add to a new object, by what else is in the cluster. Source: k8s.io/kubernetes/plugin/pkg/admission */
import { type Kind, kinds, seenAs } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import type { Store } from "../store.ts";
import { defaultClassIn, holders } from "../volumes.ts";
import { limited } from "./limits.ts";

export function admitted(store: Store, kind: Kind, object: KubeObject): KubeObject {
  const pod = seenAs(kinds.pods, { kind, object });
  if (pod) return limited(store, pod);
  const claim = seenAs(kinds.claims, { kind, object });
  const next = claim ? { ...claim, spec: { ...claim.spec, ...classFor(store, claim.spec?.storageClassName) } } : object;
  return held(kind, next);
}

/** A claim that names no class, not even `""`, gets the default one. */
function classFor(store: Store, given: string | undefined): { readonly storageClassName?: string } {
  const found = given === undefined ? defaultClassIn(store) : undefined;
  return found ? { storageClassName: found.metadata.name } : {};
}

/** A claim or volume that is in use is not removed. */
function held({ id }: Kind, object: KubeObject): KubeObject {
  const holder = holders[id];
  const { finalizers = [] } = object.metadata;
  if (!holder || finalizers.includes(holder)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, holder] } };
}
