/** Deployments: a ReplicaSet for each template. Source: k8s.io/kubernetes/pkg/controller/deployment */
import { isDeepStrictEqual } from "node:util";
import { type Kind, kinds } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import type { Deployment, ReplicaCounts, ReplicaSet, Template } from "../objects.ts";
import { type Control, controllerOf, make, nonZero, ownedBy, ownerOf, put } from "./control.ts";
import { progressOf } from "./progress.ts";
import { hashOf } from "./revision.ts";
import { limitsOf, recordScaling, resize, sizeOf, sizesOf, sum } from "./rolling.ts";

const kind = kinds.deployments;
const revision = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

export const deployments = controllerOf(kind, reconcile);

function reconcile(control: Control, deployment: Deployment): void {
  const { namespace, name, deletionTimestamp } = deployment.metadata;
  if (!deletionTimestamp) roll(control, deployment);
  updateStatus(control, control.store.get(kind, namespace, name) ?? deployment);
}

interface Sets {
  /** The ReplicaSet of the Deployment's template, if it exists. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

function setsOf(control: Control, deployment: Deployment): Sets {
  const all = ownedBy(control, kinds.replicaSets, deployment);
  const current = all.find((set) => isDeepStrictEqual(templateOf(set), deployment.spec.template));
  return { current, old: all.filter((set) => set !== current) };
}

/** The template as the Deployment has it, without the hash label. */
function templateOf({ spec: { template } }: ReplicaSet): Template {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function roll(control: Control, deployment: Deployment): void {
  const { current, old } = setsOf(control, deployment);
  const isPaused = deployment.spec.paused === true;
  const sizes = sizesOf(deployment, { current, old });
  const size = isPaused ? deployment.spec.replicas : sizes.current;
  if (isPaused && !current) return;
  const set = current ?? make(control, kinds.replicaSets, newSet(deployment, size));
  if (typeof set === "string") return;
  if (!current) recordScaling(control, deployment, { set, from: 0, to: size });
  else resize(control, deployment, { set, replicas: size });
  if (isPaused) return;
  setRevisions(control, deployment, { current: set, old });
  for (const [index, one] of old.entries())
    resize(control, deployment, { set: one, replicas: sizes.old[index] ?? sizeOf(one) });
  prune(control, deployment, old);
}

function newSet(deployment: Deployment, replicas: number): Omit<ReplicaSet, "status"> {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name, namespace = "" } = deployment.metadata;
  const hash = hashOf(template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const matchLabels = { ...selector.matchLabels, [hashLabel]: hash };
  return {
    metadata: { name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerOf(kind, deployment)] },
    spec: {
      replicas,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds && { minReadySeconds }),
    },
  };
}

const revisionOf = ({ metadata }: Deployment | ReplicaSet): number => Number(metadata.annotations?.[revision] ?? 0);

/** Gives the current ReplicaSet the highest revision, and the Deployment the same one. */
function setRevisions(control: Control, deployment: Deployment, { current, old }: Sets): void {
  if (!current) return;
  const highest = old.map(revisionOf).reduce((most, one) => Math.max(most, one), 0);
  const next = revisionOf(current) > highest ? revisionOf(current) : highest + 1;
  const mark = <T extends KubeObject>(of: Kind<T>, { metadata }: T) => {
    const object = control.store.get(of, metadata.namespace, metadata.name);
    const annotations = { ...object?.metadata.annotations, [revision]: `${next}` };
    if (object) put(control, of, { ...object, metadata: { ...object.metadata, annotations } });
  };
  mark(kinds.replicaSets, current);
  mark(kind, deployment);
}

/** Deletes the oldest ReplicaSets without Pods that exceed the revision history limit. */
function prune({ store }: Control, { spec }: Deployment, old: readonly ReplicaSet[]): void {
  const idle = old.filter((set) => sizeOf(set) === 0 && !set.status.replicas);
  const oldest = idle.toSorted((one, other) => revisionOf(one) - revisionOf(other));
  const surplus = Math.max(idle.length - spec.revisionHistoryLimit, 0);
  for (const set of oldest.slice(0, surplus)) store.remove(kinds.replicaSets, set);
}

function updateStatus(control: Control, deployment: Deployment): void {
  const { current, old } = setsOf(control, deployment);
  const sets = current ? [...old, current] : old;
  const total = (field: keyof ReplicaCounts) => sum(sets, (set) => set.status[field] ?? 0);
  const available = total("availableReplicas");
  const isEnough = available >= deployment.spec.replicas - limitsOf(deployment).unavailable;
  const counts = {
    replicas: total("replicas"),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: total("readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(sum(sets, sizeOf) - available, 0),
  };
  const again = (now: Deployment) => updateStatus(control, now);
  const conditions = progressOf(control, deployment, { counts, current, sets, isEnough, again });
  const status: Deployment["status"] = {
    observedGeneration: deployment.metadata.generation,
    ...nonZero<Deployment["status"]>(counts),
    conditions,
  };
  put(control, kind, { ...deployment, status });
}
