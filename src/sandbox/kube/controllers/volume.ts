/** PersistentVolumes: their phase, and what becomes of them after their claim. Source: k8s.io/kubernetes/pkg/controller/volume */
import { kinds } from "../kinds.ts";
import type { PersistentVolume } from "../objects.ts";
import { end } from "../write/delete.ts";
import { phased, provisionedBy, withoutHolder } from "./claim.ts";
import { type Control, controllerOf, put, recordEvent } from "./control.ts";

const kind = kinds.volumes;

export const volumes = controllerOf(kind, (control, volume) => {
  const { store } = control;
  const { claimRef } = volume.spec;
  const claim = claimRef && store.get(kinds.claims, claimRef.namespace, claimRef.name ?? "");
  const isClaimed = claim && (!claimRef.uid || claim.metadata.uid === claimRef.uid);
  if (isClaimed) return;
  if (volume.metadata.deletionTimestamp) withoutHolder(control, kind, volume);
  else if (!claimRef?.uid) put(control, kind, { ...volume, status: phased(control, volume, "Available") });
  else reclaim(control, volume);
});

/** A volume without its claim. Only the driver that made a volume can delete it. */
function reclaim(control: Control, volume: PersistentVolume): void {
  const { name, annotations } = volume.metadata;
  if (volume.status.phase === "Failed") return;
  put(control, kind, { ...volume, status: phased(control, volume, "Released") });
  const now = control.store.get(kind, undefined, name) ?? volume;
  const { persistentVolumeReclaimPolicy: policy, csi } = now.spec;
  if (policy !== "Delete") return;
  if (!csi) fail(control, now);
  else if (csi.driver === annotations?.[provisionedBy]) end({ store: control.store, kind }, now, {});
}

function fail(control: Control, volume: PersistentVolume): void {
  const message = `error getting deleter volume plugin for volume ${JSON.stringify(volume.metadata.name)}: no deletable volume plugin matched`;
  put(control, kind, { ...volume, status: { ...phased(control, volume, "Failed"), message } });
  const happening = {
    type: "Warning",
    reason: "VolumeFailedDelete",
    component: "persistentvolume-controller",
  } as const;
  recordEvent(control, volume, { ...happening, of: kind, message });
}
