/** ReplicaSets: keeps the wanted number of Pods. Source: k8s.io/kubernetes/pkg/controller/replicaset */

import { kinds } from "../kinds.ts";
import type { Condition, ReplicaSet } from "../objects.ts";
import { conditionsOf } from "../pods.ts";
import { type Control, controllerOf, nonZero, put, withConditions } from "./control.ts";
import { activePods, count, deletePod, makePod } from "./replicas.ts";

const kind = kinds.replicaSets;

export const replicaSets = controllerOf(kind, reconcile);

function reconcile(control: Control, set: ReplicaSet): void {
  const failure = set.metadata.deletionTimestamp ? undefined : scale(control, set);
  const pods = activePods(control, set);
  const again = (now: ReplicaSet) => reconcile(control, now);
  const { ready, available } = count(control, pods, { kind, owner: set, again });
  const before = conditionsOf(set);
  const others = before.filter(({ type }) => type !== "ReplicaFailure");
  const failed: Condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: failure ?? "" };
  // The first failure stays: another attempt has another Pod's name.
  const failing = before.length > others.length ? before : withConditions(others, [failed], control.store.now());
  const conditions = failure ? failing : others;
  const counts = nonZero<ReplicaSet["status"]>({
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: available,
  });
  put(control, kind, {
    ...set,
    status: {
      replicas: pods.length,
      ...counts,
      observedGeneration: set.metadata.generation,
      ...(conditions.length > 0 && { conditions }),
    },
  });
}

/** Creates or deletes Pods. Returns the reason as text if one is not admitted. */
function scale(control: Control, set: ReplicaSet): string | undefined {
  const pods = activePods(control, set);
  const { replicas, template } = set.spec;
  for (const pod of pods.slice(0, Math.max(pods.length - replicas, 0))) deletePod(control, set, { pod, kind });
  for (let index = pods.length; index < replicas; index++) {
    const made = makePod(control, set, { kind, template });
    if (typeof made === "string") return made;
  }
  return undefined;
}
