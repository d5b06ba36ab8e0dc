/** A Deployment's conditions. Source: pkg/controller/deployment/progress.go */
import { kinds } from "../kinds.ts";
import type { Condition, Deployment, ReplicaCounts, ReplicaSet } from "../objects.ts";
import { conditionOf, conditionsOf } from "../pods.ts";
import { type Control, withConditions } from "./control.ts";

interface Progress {
  readonly counts: Required<ReplicaCounts>;
  readonly current: ReplicaSet | undefined;
  readonly sets: readonly ReplicaSet[];
  /** True if enough Pods are available. */
  readonly isEnough: boolean;
  readonly again: (deployment: Deployment) => void;
}
/** A Deployment's conditions also have an update time. */
interface Updated extends Condition {
  readonly lastUpdateTime?: string;
}

export function progressOf(control: Control, deployment: Deployment, progress: Progress): readonly Condition[] {
  const now = control.store.now();
  const [have, reason] = progress.isEnough
    ? ["has", "MinimumReplicasAvailable"]
    : ["does not have", "MinimumReplicasUnavailable"];
  const status = progress.isEnough ? "True" : "False";
  const message = `Deployment ${have} minimum availability.`;
  const failed = progress.sets.flatMap((set) => conditionOf(set, "ReplicaFailure") ?? []).slice(0, 1);
  const wanted = [
    { type: "Available", status, reason, message } as const,
    ...failed,
    rollout(control, deployment, progress),
  ];
  const old: readonly Updated[] = conditionsOf(deployment);
  const updated = wanted.map((condition): Updated => {
    const last = old.find(({ type }) => type === condition.type);
    const isSame = last?.reason === condition.reason && last?.message === condition.message;
    return { ...condition, lastUpdateTime: (isSame && last?.lastUpdateTime) || now };
  });
  return withConditions(
    old.filter(({ type }) => type !== "ReplicaFailure" || failed.length > 0),
    updated,
    now,
  );
}

function rollout(control: Control, deployment: Deployment, { counts, current, again }: Progress): Condition {
  const { metadata, spec, status } = deployment;
  const name = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${metadata.name}"`;
  const progressing = (status: Condition["status"], reason: string, message: string): Condition => ({
    type: "Progressing",
    status,
    reason,
    message,
  });
  if (spec.paused) return progressing("Unknown", "DeploymentPaused", "Deployment is paused");
  const created = current?.status.observedGeneration === undefined;
  const begun = created
    ? progressing("True", "NewReplicaSetCreated", `Created new replica set "${current?.metadata.name}"`)
    : progressing("True", "FoundNewReplicaSet", `Found new replica set "${current.metadata.name}"`);
  const done = progressing("True", "NewReplicaSetAvailable", `${name} has successfully progressed.`);
  const last = conditionOf(deployment, "Progressing") as Updated | undefined;
  const isSame = last?.message?.includes(`"${current?.metadata.name}"`);
  const { replicas, updatedReplicas, availableReplicas } = counts;
  if (isSame && last?.reason === done.reason && replicas === updatedReplicas) return done;
  if ([replicas, updatedReplicas, availableReplicas].every((count) => count === spec.replicas)) return done;
  const moving = ["updatedReplicas", "readyReplicas", "availableReplicas"] as const;
  const hasMoved = moving.some((field) => counts[field] > (status[field] ?? 0));
  const since = hasMoved || !isSame ? control.clock.now() : Date.parse(last?.lastUpdateTime ?? "");
  const leftMs = since + spec.progressDeadlineSeconds * 1000 - control.clock.now();
  const late = progressing("False", "ProgressDeadlineExceeded", `${name} has timed out progressing.`);
  if (leftMs <= 0 || (!hasMoved && last?.reason === late.reason)) return late;
  control.later("deadline", leftMs, { kind: kinds.deployments, object: deployment, run: again });
  if (!hasMoved) return isSame && last ? last : begun;
  return progressing("True", "ReplicaSetUpdated", `${name} is progressing.`);
}
