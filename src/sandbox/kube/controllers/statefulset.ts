/** StatefulSets: numbered Pods, in order. Source: k8s.io/kubernetes/pkg/controller/statefulset */

import { kinds } from "../kinds.ts";
import type { Pod, StatefulSet } from "../objects.ts";
import { isReady } from "../pods.ts";
import { type Control, controllerOf, nonZero, ownedBy, put } from "./control.ts";
import { count, deletePod, makePod, mostPods } from "./replicas.ts";
import { currentRevision, type Revision } from "./revision.ts";

const kind = kinds.statefulSets;
const revisionLabel = "controller-revision-hash";

export const statefulSets = controllerOf(kind, reconcile);

const ordinalOf = ({ metadata: { name } }: Pod): number => Number(name.slice(name.lastIndexOf("-") + 1));
const isOf = ({ metadata }: Pod, revision: string): boolean => metadata.labels?.[revisionLabel] === revision;

function podsOf(control: Control, set: StatefulSet): readonly Pod[] {
  return [...ownedBy(control, kinds.pods, set)].sort((one, other) => ordinalOf(one) - ordinalOf(other));
}

function reconcile(control: Control, set: StatefulSet): void {
  const revision = currentRevision(control, kind, set);
  if (!set.metadata.deletionTimestamp) step(control, set, revision);
  updateStatus(control, set, revision);
}

/** Creates missing Pods, else deletes surplus ones, else replaces old ones, one at a time. */
function step(control: Control, set: StatefulSet, revision: Revision): void {
  const { replicas, podManagementPolicy, updateStrategy } = set.spec;
  const pods = podsOf(control, set);
  const parallel = podManagementPolicy === "Parallel";
  const taken = new Set(pods.map(ordinalOf));
  // More Pods than these are not made at once, however many are wanted.
  const length = Math.min(replicas, pods.length + mostPods);
  const missing = Array.from({ length }, (_, ordinal) => ordinal).filter((ordinal) => !taken.has(ordinal));
  const waitsFor = (ordinal: number) => pods.some((pod) => ordinalOf(pod) < ordinal && !isReady(pod));
  const next = parallel ? missing : missing.slice(0, 1).filter((ordinal) => !waitsFor(ordinal));
  for (const ordinal of next) if (typeof make(control, set, { ordinal, revision }) === "string") break;
  if (missing.length > 0 || pods.some(({ metadata }) => metadata.deletionTimestamp)) return;
  const surplus = pods.filter((pod) => ordinalOf(pod) >= replicas).reverse();
  for (const pod of parallel ? surplus : surplus.slice(0, 1)) deletePod(control, set, { pod, kind });
  if (surplus.length > 0 || updateStrategy.type === "OnDelete") return;
  const old = pods.filter(
    (pod) => !isOf(pod, revision.name) && ordinalOf(pod) >= (updateStrategy.rollingUpdate?.partition ?? 0),
  );
  const isHealthy = pods.filter((pod) => isOf(pod, revision.name)).every(isReady);
  const last = old.at(-1);
  if (last && (isHealthy || !isReady(last))) deletePod(control, set, { pod: last, kind });
}

function make(
  control: Control,
  set: StatefulSet,
  { ordinal, revision }: { ordinal: number; revision: Revision },
): Pod | string {
  const name = `${set.metadata.name}-${ordinal}`;
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0;
  const { currentRevision: current = revision.name } = set.status;
  // Pods below the partition keep the old revision.
  const isOld = ordinal < partition && current !== revision.name;
  const { namespace } = set.metadata;
  const data = isOld ? control.store.get(kinds.revisions, namespace, current)?.data.spec.template : undefined;
  const labels = {
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": `${ordinal}`,
    [revisionLabel]: isOld ? current : revision.name,
  };
  const spec = { hostname: name, ...(set.spec.serviceName && { subdomain: set.spec.serviceName }) };
  return makePod(control, set, { kind, template: data ?? set.spec.template, metadata: { name, labels }, spec });
}

function updateStatus(control: Control, set: StatefulSet, revision: Revision): void {
  const pods = podsOf(control, set).filter(({ metadata }) => !metadata.deletionTimestamp);
  const again = (now: StatefulSet) => reconcile(control, now);
  const { ready, available } = count(control, pods, { kind, owner: set, again });
  const updated = pods.filter((pod) => isOf(pod, revision.name)).length;
  const isComplete = updated === set.spec.replicas && ready === updated && pods.length === updated;
  const current = isComplete ? revision.name : (set.status.currentRevision ?? revision.name);
  const status: StatefulSet["status"] = {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...nonZero<StatefulSet["status"]>({
      readyReplicas: ready,
      currentReplicas: pods.filter((pod) => isOf(pod, current)).length,
    }),
    ...nonZero<StatefulSet["status"]>({ updatedReplicas: updated }),
    currentRevision: current,
    updateRevision: revision.name,
    collisionCount: 0,
    availableReplicas: available,
  };
  put(control, kind, { ...set, status });
}
