/**
 * PersistentVolumeClaims: binds them to volumes that fit, or to new ones, as the CSI driver of the class would make them.
 * Source: k8s.io/kubernetes/pkg/controller/volume/persistentvolume
 */
import { kinds } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, Quantities, StorageClass } from "../objects.ts";
import { amountOf } from "../quantity.ts";
import { matches, requirementsOf } from "../select/labels.ts";
import { claimsOf, classOf, ephemeralName, holders, isBound } from "../volumes.ts";
import { type Control, controllerOf, make, put, recordEvent } from "./control.ts";
import { foreign } from "./ephemeral.ts";

const kind = kinds.claims;
const by = "pv.kubernetes.io/bound-by-controller";
const completed = "pv.kubernetes.io/bind-completed";
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
const selectedNode = "volume.kubernetes.io/selected-node";
const component = "persistentvolume-controller";

export const claims = controllerOf(kind, reconcile);

function reconcile(control: Control, claim: PersistentVolumeClaim): void {
  if (claim.metadata.deletionTimestamp) release(control, claim);
  else if (claim.spec.volumeName) settle(control, claim);
  else find(control, claim);
}

/** Removes a deleted claim that no Pod uses. */
function release(control: Control, claim: PersistentVolumeClaim): void {
  const { namespace, name } = claim.metadata;
  const uses = (pod: Pod) =>
    pod.spec.nodeName && !/^(Succeeded|Failed)$/.test(pod.status.phase) && claimsOf(pod).includes(name);
  if (!control.store.list(kinds.pods, namespace).some(uses)) withoutHolder(control, kind, claim);
}

/** Takes the finalizer away that protects what is in use; the last one removes the object. */
export function withoutHolder<T extends KubeObject>(
  { store }: Control,
  of: typeof kind | typeof kinds.volumes,
  object: T,
): void {
  const { finalizers = [], ...metadata } = object.metadata;
  const left = finalizers.filter((one) => one !== holders[of.id]);
  if (left.length === 0) store.remove(of, object);
  else if (left.length < finalizers.length)
    store.put<KubeObject>(of, { ...object, metadata: { ...metadata, finalizers: left } });
}

const refersTo = ({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean =>
  claimRef?.namespace === metadata.namespace &&
  claimRef?.name === metadata.name &&
  (!claimRef?.uid || claimRef.uid === metadata.uid);

/** Keeps what the claim says of its volume. */
function settle(control: Control, claim: PersistentVolumeClaim): void {
  const volume = control.store.get(kinds.volumes, undefined, claim.spec.volumeName ?? "");
  const isFree = volume && !volume.spec.claimRef && !isBound(claim);
  if (volume && (isFree || refersTo(volume, claim))) bind(control, claim, volume);
  else if (claim.metadata.annotations?.[completed] === "yes" && claim.status.phase !== "Lost") {
    put(control, kind, { ...claim, status: { phase: "Lost" } });
    const what = volume ? "reference to PersistentVolume" : "its PersistentVolume";
    warn(control, claim, ["ClaimLost", `Bound claim has lost ${what}. Data on the volume is lost!`]);
  }
}

type Words = readonly [reason: string, message: string];
const tell = (control: Control, claim: PersistentVolumeClaim, [reason, message]: Words): void =>
  recordEvent(control, claim, { of: kind, reason, message, component });
const warn = (control: Control, claim: PersistentVolumeClaim, [reason, message]: Words): void =>
  recordEvent(control, claim, { of: kind, type: "Warning", reason, message, component });

const noClass = "no persistent volumes available for this claim and no storage class is set";
const noPod = "waiting for first consumer to be created before binding";

function find(control: Control, claim: PersistentVolumeClaim): void {
  const [volume, name] = [fittingVolume(control, claim), classOf(claim)];
  const found = name ? control.store.get(kinds.classes, undefined, name) : undefined;
  const notFound = `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`;
  if (volume) bind(control, claim, volume);
  else if (!name) tell(control, claim, ["FailedBinding", noClass]);
  else if (!found) warn(control, claim, ["ProvisioningFailed", notFound]);
  else if (isDelayed(found) && !isSelected(claim)) tell(control, claim, ["WaitForFirstConsumer", noPod]);
  else if (canProvision(found)) provision(control, claim, found);
}

const isSelected = ({ metadata }: PersistentVolumeClaim): boolean => Boolean(metadata.annotations?.[selectedNode]);
const isDelayed = ({ volumeBindingMode }: StorageClass): boolean => volumeBindingMode === "WaitForFirstConsumer";
const canProvision = ({ provisioner }: StorageClass): boolean => provisioner !== "kubernetes.io/no-provisioner";

/** The smallest volume that fits, or the one that names the claim. A claim whose class waits for a Pod takes only the latter. */
function fittingVolume({ store }: Control, claim: PersistentVolumeClaim): PersistentVolume | undefined {
  const { accessModes, resources, volumeMode, selector } = claim.spec;
  const wanted = amountOf(resources.requests?.storage ?? 0);
  const size = ({ spec }: PersistentVolume) => amountOf(spec.capacity.storage ?? 0);
  const all = store.list(kinds.volumes).filter(({ metadata }) => !metadata.deletionTimestamp);
  const named = all.find((one) => one.spec.claimRef && refersTo(one, claim));
  const storageClass = store.get(kinds.classes, undefined, classOf(claim));
  if (named || (storageClass && isDelayed(storageClass) && !isSelected(claim))) return named;
  const fits = (one: PersistentVolume) =>
    one.status.phase === "Available" &&
    !one.spec.claimRef &&
    classOf(one) === classOf(claim) &&
    one.spec.volumeMode === volumeMode &&
    accessModes.every((mode) => one.spec.accessModes.includes(mode)) &&
    size(one) >= wanted &&
    (!selector || matches(requirementsOf(selector), one.metadata.labels));
  return all.filter(fits).sort((one, other) => size(one) - size(other))[0];
}

function bind(control: Control, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  const { claimRef } = volume.spec;
  put(control, kinds.volumes, {
    ...volume,
    metadata: claimRef ? volume.metadata : annotated(volume.metadata, { [by]: "yes" }),
    spec: claimRef?.uid ? volume.spec : { ...volume.spec, claimRef: { ...claimRef, ...referenceTo(claim) } },
    status: phased(control, volume, "Bound"),
  });
  const now = control.store.get(kinds.volumes, undefined, volume.metadata.name) ?? volume;
  const { accessModes } = now.spec;
  const isNamed = Boolean(claim.spec.volumeName);
  put(control, kind, {
    ...claim,
    metadata: annotated(claim.metadata, { [completed]: "yes", ...(!isNamed && { [by]: "yes" }) }),
    spec: { ...claim.spec, volumeName: volume.metadata.name },
    status: { phase: "Bound", accessModes, capacity: grown(control, claim, now) },
  });
}

function referenceTo({ metadata }: PersistentVolumeClaim): NonNullable<PersistentVolume["spec"]["claimRef"]> {
  const { name, namespace = "", uid = "", resourceVersion = "" } = metadata;
  return { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion };
}

/** A volume grows with the request of its claim. */
function grown(control: Control, { spec }: PersistentVolumeClaim, volume: PersistentVolume): Quantities {
  const { capacity } = volume.spec;
  const storage = spec.resources.requests?.storage ?? "0";
  const isOwn = volume.metadata.annotations?.[provisionedBy] !== undefined;
  if (!isOwn || amountOf(storage) <= amountOf(capacity.storage ?? 0)) return capacity;
  put(control, kinds.volumes, { ...volume, spec: { ...volume.spec, capacity: { storage } } });
  return { storage };
}

/** With the time of a change. */
export function phased({ store }: Control, { status }: PersistentVolume, phase: string): PersistentVolume["status"] {
  return status.phase === phase ? status : { phase, lastPhaseTransitionTime: store.now() };
}

type Metadata = PersistentVolume["metadata"];
const annotated = (metadata: Metadata, more: Readonly<Record<string, string>>): Metadata =>
  Object.keys(more).length > 0 ? { ...metadata, annotations: { ...metadata.annotations, ...more } } : metadata;

/** Creates a volume as an external provisioner does. Assumes that every driver is installed. */
function provision(control: Control, claim: PersistentVolumeClaim, from: StorageClass): void {
  const { provisioner, parameters = {}, reclaimPolicy, mountOptions } = from;
  const { uid = "" } = claim.metadata;
  const driver = migrated[provisioner] ?? provisioner;
  const volumeName = `pvc-${uid}`;
  const asked = Object.fromEntries(
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"].map((key) => [
      key,
      driver,
    ]),
  );
  const made = make(control, kinds.volumes, {
    metadata: { name: volumeName, annotations: { [provisionedBy]: driver } },
    spec: {
      capacity: { storage: claim.spec.resources.requests?.storage ?? "0" },
      accessModes: claim.spec.accessModes,
      claimRef: referenceTo(claim),
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: from.metadata.name,
      volumeMode: claim.spec.volumeMode,
      ...(mountOptions && { mountOptions }),
      csi: { driver, volumeHandle: `vol-${uid.replaceAll("-", "").slice(0, 17)}`, fsType: parameters.fsType ?? "ext4" },
    },
  });
  if (typeof made === "string") warn(control, claim, ["ProvisioningFailed", made]);
  else {
    tell(control, claim, ["ProvisioningSucceeded", `Successfully provisioned volume ${volumeName}`]);
    bind(control, { ...claim, metadata: annotated(claim.metadata, asked) }, made);
  }
}

/** Of plugins that Kubernetes had itself, the drivers that do their work now. */
const migrated: Readonly<Record<string, string>> = { "kubernetes.io/aws-ebs": "ebs.csi.aws.com" };

const ephemeral = (pod: Pod): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap(({ name, ephemeral }) => (ephemeral ? ephemeralName(pod, name) : []));

/** What of a Pod's claims hinders the scheduler, in its words. Asks claims that wait for a Pod to be bound for the node. */
export function hindranceOf(control: Control, pod: Pod, node: string | undefined): string | undefined {
  const { store } = control;
  const named = claimsOf(pod).map((name) => ({ name, claim: store.get(kind, pod.metadata.namespace, name) }));
  const missing = named.find(({ claim }) => !claim);
  const words = (claim: PersistentVolumeClaim): string | undefined => {
    const start = `persistentvolumeclaim ${JSON.stringify(claim.metadata.name)}`;
    const { volumeName = "" } = claim.spec;
    if (claim.status.phase === "Lost")
      return `${start} bound to non-existent persistentvolume ${JSON.stringify(volumeName)}. not found`;
    return claim.metadata.deletionTimestamp ? `${start} is being deleted. not found` : undefined;
  };
  const other = ephemeral(pod).flatMap((name) => {
    const claim = store.get(kind, pod.metadata.namespace, name);
    return claim ? (foreign(pod, claim) ?? []) : [];
  })[0];
  if (other) return `${other}. not found`;
  if (missing && ephemeral(pod).includes(missing.name))
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${JSON.stringify(missing.name)}. not found`;
  if (missing) return `persistentvolumeclaim ${JSON.stringify(missing.name)} not found. not found`;
  const all = named.flatMap(({ claim }) => claim ?? []);
  const [refused] = all.flatMap((claim) => words(claim) ?? []);
  if (refused) return refused;
  const waiting = all.filter((claim) => !isBound(claim));
  const delayed = waiting.flatMap((claim) => {
    const of = store.get(kinds.classes, undefined, classOf(claim));
    return of && isDelayed(of) ? [{ claim: selected(claim, node ?? ""), of }] : [];
  });
  if (delayed.length < waiting.length) return "pod has unbound immediate PersistentVolumeClaims. not found";
  if (node === undefined) return undefined;
  if (delayed.some(({ claim, of }) => !canProvision(of) && !fittingVolume(control, claim)))
    return "1 node(s) didn't find available persistent volumes to bind.";
  for (const { claim } of delayed) put(control, kind, claim);
  return undefined;
}

const selected = (claim: PersistentVolumeClaim, node: string): PersistentVolumeClaim => ({
  ...claim,
  metadata: annotated(claim.metadata, { [selectedNode]: node }),
});

/** True if a claim of the Pod is not bound yet. */
export const waitsForClaims = ({ store }: Control, pod: Pod): boolean =>
  claimsOf(pod).some((name) => {
    const claim = store.get(kind, pod.metadata.namespace, name);
    return !claim || !isBound(claim);
  });
