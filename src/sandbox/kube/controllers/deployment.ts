/** Deployments: a ReplicaSet for each template. Source: k8s.io/kubernetes/pkg/controller/deployment */
import { isDeepStrictEqual } from "node:util";
import { kinds } from "../kinds.ts";
import type { KubeObject, Loose } from "../object.ts";
import { type Control, type Controller, make, ownedBy, ownerOf, put } from "./control.ts";
import { progressOf } from "./progress.ts";
import { hashOf } from "./revision.ts";
import { limitsOf, recordScaling, resize, sizeOf, sizesOf, sum } from "./rolling.ts";

const kind = kinds.deployments;
const revision = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

export const deployments: Controller = { kind, reconcile };

function reconcile(control: Control, deployment: KubeObject): void {
  const { namespace, name, deletionTimestamp } = deployment.metadata;
  if (!deletionTimestamp) roll(control, deployment);
  updateStatus(control, control.store.get(kind, namespace, name) ?? deployment);
}

interface Sets {
  /** The ReplicaSet of the Deployment's template, if it exists. */
  readonly current: KubeObject | undefined;
  readonly old: readonly KubeObject[];
}

function setsOf(control: Control, deployment: KubeObject): Sets {
  const all = ownedBy(control, kinds.replicaSets, deployment);
  const current = all.find((set) => isDeepStrictEqual(templateOf(set), deployment.spec.template));
  return { current, old: all.filter((set) => set !== current) };
}

/** The template as the Deployment has it, without the hash label. */
function templateOf({ spec: { template } }: KubeObject): Loose {
  const { [hashLabel]: _, ...labels } = template.metadata.labels;
  return { ...template, metadata: { ...template.metadata, labels } };
}

function roll(control: Control, deployment: KubeObject): void {
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

function newSet(deployment: KubeObject, replicas: number): KubeObject {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name, namespace = "" } = deployment.metadata;
  const hash = hashOf(template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const matchLabels = { ...selector.matchLabels, [hashLabel]: hash };
  return {
    metadata: { name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerOf(kind, deployment)] },
    spec: {
      ...{ replicas, selector: { ...selector, matchLabels } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds && { minReadySeconds }),
    },
  };
}

const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[revision] ?? 0);

/** Gives the current ReplicaSet the highest revision, and the Deployment the same one. */
function setRevisions(control: Control, deployment: KubeObject, { current, old }: Sets): void {
  if (!current) return;
  const highest = old.map(revisionOf).reduce((most, one) => Math.max(most, one), 0);
  const next = revisionOf(current) > highest ? revisionOf(current) : highest + 1;
  for (const [of, { metadata }] of [
    [kinds.replicaSets, current],
    [kind, deployment],
  ] as const) {
    const object = control.store.get(of, metadata.namespace, metadata.name);
    const annotations = { ...object?.metadata.annotations, [revision]: `${next}` };
    if (object) put(control, of, { ...object, metadata: { ...object.metadata, annotations } });
  }
}

/** Deletes the oldest ReplicaSets without Pods that exceed the revision history limit. */
function prune({ store }: Control, { spec }: KubeObject, old: readonly KubeObject[]): void {
  const idle = old.filter((set) => sizeOf(set) === 0 && !set.status.replicas);
  const oldest = idle.toSorted((one, other) => revisionOf(one) - revisionOf(other));
  const surplus = Math.max(idle.length - spec.revisionHistoryLimit, 0);
  for (const set of oldest.slice(0, surplus)) store.remove(kinds.replicaSets, set);
}

function updateStatus(control: Control, deployment: KubeObject): void {
  const { current, old } = setsOf(control, deployment);
  const sets = current ? [...old, current] : old;
  const total = (field: string) => sum(sets, (set) => set.status[field] ?? 0);
  const available = total("availableReplicas");
  const isEnough = available >= deployment.spec.replicas - limitsOf(deployment).unavailable;
  const counts = {
    replicas: total("replicas"),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: total("readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(sum(sets, sizeOf) - available, 0),
  };
  const again = (now: KubeObject) => updateStatus(control, now);
  const conditions = progressOf(control, deployment, { counts, current, sets, isEnough, again });
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  const status = { observedGeneration: deployment.metadata.generation, ...shown, conditions };
  put(control, kind, { ...deployment, status });
}
