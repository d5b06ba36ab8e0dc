/** The next sizes of a Deployment's ReplicaSets. Source: pkg/controller/deployment/rolling.go */
import { kinds } from "../kinds.ts";
import type { Deployment, ReplicaSet, Share } from "../objects.ts";
import { type Control, put, recordEvent } from "./control.ts";

export const sum = (sets: readonly ReplicaSet[], size: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + size(set), 0);
export const sizeOf = ({ spec }: ReplicaSet): number => spec.replicas;
const availableOf = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0;

/** The number of Pods allowed above and below the wanted replicas. */
export function limitsOf({ spec: { replicas, strategy } }: Deployment) {
  if (strategy.type === "Recreate") return { surge: 0, unavailable: replicas };
  const share = (value: Share) =>
    /%$/.test(`${value}`) ? (replicas * Number.parseInt(`${value}`, 10)) / 100 : Number(value);
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
  const [surge, unavailable] = [Math.ceil(share(maxSurge)), Math.floor(share(maxUnavailable))];
  return { surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}

interface Sizes {
  readonly current: number;
  readonly old: readonly number[];
}
interface Sets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export function sizesOf(deployment: Deployment, { current, old }: Sets): Sizes {
  const { replicas, strategy } = deployment.spec;
  const size = current ? sizeOf(current) : 0;
  if (strategy.type === "Recreate") {
    const isBlocked = old.some(({ status }) => (status.replicas ?? 0) > 0);
    return { current: isBlocked ? size : replicas, old: old.map(() => 0) };
  }
  const { surge, unavailable } = limitsOf(deployment);
  const room = replicas + surge - sum(old, sizeOf) - size;
  const next = size > replicas ? replicas : size + Math.max(0, Math.min(room, replicas - size));
  const available = current ? availableOf(current) : 0;
  const least = replicas - unavailable;
  // Unavailable Pods are removed first, then available ones while enough remain.
  let spare = sum(old, sizeOf) + next - least - (next - available);
  let surplus = spare > 0 ? sum(old, availableOf) + available - least : 0;
  const shrunk = old.map((set) => {
    const unhealthy = Math.min(Math.max(spare, 0), sizeOf(set) - availableOf(set));
    spare -= unhealthy;
    return sizeOf(set) - unhealthy;
  });
  return {
    current: next,
    old: shrunk.map((left) => {
      const down = Math.min(Math.max(surplus, 0), left);
      surplus -= down;
      return left - down;
    }),
  };
}

interface Scaling {
  readonly set: ReplicaSet;
  readonly from: number;
  readonly to: number;
}

export function recordScaling(control: Control, deployment: Deployment, { set, from, to }: Scaling): void {
  const message = `Scaled ${to > from ? "up" : "down"} replica set ${set.metadata.name} from ${from} to ${to}`;
  if (from !== to) recordEvent(control, deployment, { reason: "ScalingReplicaSet", message, of: kinds.deployments });
}

interface Resizing {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export function resize(control: Control, deployment: Deployment, { set, replicas }: Resizing): void {
  if (!Number.isInteger(replicas)) throw new TypeError(`a ReplicaSet cannot have ${replicas} replicas`);
  if (sizeOf(set) === replicas) return;
  const metadata = { ...set.metadata, generation: (set.metadata.generation ?? 0) + 1 };
  put(control, kinds.replicaSets, { ...set, metadata, spec: { ...set.spec, replicas } });
  recordScaling(control, deployment, { set, from: sizeOf(set), to: replicas });
}
