/** Claims of storage, and the volumes for them. Source: k8s.io/component-helpers/storage/volume */

import { kinds } from "./kinds.ts";
import type { KubeObject } from "./object.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "./objects.ts";
import type { Store } from "./store.ts";

/** Marks the StorageClass of claims that name none. */
export const defaultClass = "storageclass.kubernetes.io/is-default-class";
export const holders: Readonly<Record<string, string>> = {
  [kinds.claims.id]: "kubernetes.io/pvc-protection",
  [kinds.volumes.id]: "kubernetes.io/pv-protection",
};

/** The name of a claim's class, also by the annotation of earlier versions; `""` for none. */
export const classOf = ({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string =>
  metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";

export const isBound = ({ spec, status }: PersistentVolumeClaim): boolean =>
  status?.phase === "Bound" && Boolean(spec.volumeName);

/** The claim of a Pod's `ephemeral` volume. */
export const ephemeralName = ({ metadata }: Pod, volume: string): string => `${metadata.name}-${volume}`;

/** The names of the claims that a Pod mounts. */
export const claimsOf = (pod: Pod): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    ephemeral ? ephemeralName(pod, name) : (persistentVolumeClaim?.claimName ?? []),
  );

/** Of several, the newest; of those, the first by name. */
export function defaultClassIn(store: Store): StorageClass | undefined {
  const created = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? "";
  const all = store.list(kinds.classes).filter(({ metadata }) => metadata.annotations?.[defaultClass] === "true");
  return [...all].sort((one, other) => created(other).localeCompare(created(one)))[0];
}
