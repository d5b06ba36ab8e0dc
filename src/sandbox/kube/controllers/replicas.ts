/** The Pods of a workload: which count, how many are ready, and how one is made and deleted. */
import { type Kind, kinds } from "../kinds.ts";
import type { Json, KubeObject, Metadata } from "../object.ts";
import { conditionOf, isActive, isReady } from "../pods.ts";
import { end } from "../write/delete.ts";
import { type Control, make, ownedBy, ownerOf, tell } from "./control.ts";

interface Wanted {
  readonly kind: Kind;
  readonly template: Json;
  /** Beside what the template says. */
  readonly metadata?: Partial<Metadata>;
  readonly spec?: object;
}

/** Makes a Pod of the template; the text is why it is not admitted. */
export function makePod(control: Control, owner: KubeObject, wanted: Wanted): KubeObject | string {
  const { kind, template, metadata = {}, spec = {} } = wanted;
  const { name, namespace = "" } = owner.metadata;
  const labels = { ...template.metadata?.labels, ...metadata.labels };
  const made = make(control, kinds.pods, {
    metadata: {
      ...{ name: "", generateName: `${name}-`, namespace, ...template.metadata, ...metadata, labels },
      ownerReferences: [ownerOf(kind, owner)],
    },
    spec: { ...template.spec, ...spec },
  });
  const told =
    typeof made === "string"
      ? { type: "Warning" as const, reason: "FailedCreate", message: `Error creating: ${made}` }
      : { reason: "SuccessfulCreate", message: `Created pod: ${made.metadata.name}` };
  tell(control, owner, { ...told, of: kind });
  return made;
}

export function deletePod(control: Control, owner: KubeObject, { pod, kind }: { pod: KubeObject; kind: Kind }): void {
  if (pod.metadata.deletionTimestamp) return;
  const message = `Deleted pod: ${pod.metadata.name}`;
  tell(control, owner, { reason: "SuccessfulDelete", message, of: kind });
  end({ store: control.store, kind: kinds.pods }, pod, {});
}

export interface Counts {
  readonly ready: number;
  /** Ready for as long as the owner wants it. */
  readonly available: number;
}

/** Looks at the owner again when a Pod will have been ready for long enough. */
export function count(control: Control, pods: readonly KubeObject[], { kind, owner, again }: Counting): Counts {
  const ready = pods.filter(isReady);
  const waitMs = ((owner.spec.minReadySeconds ?? 0) as number) * 1000;
  const left = (pod: KubeObject) =>
    Date.parse(conditionOf(pod, "Ready")?.lastTransitionTime ?? "") + waitMs - control.clock.now();
  const early = ready.map(left).filter((ms) => waitMs > 0 && ms > 0);
  if (early.length > 0) control.later("available", Math.min(...early), { kind, object: owner, run: again });
  return { ready: ready.length, available: ready.length - early.length };
}
interface Counting {
  readonly kind: Kind;
  readonly owner: KubeObject;
  readonly again: (owner: KubeObject) => void;
}

/** The Pods that run or will run, those of least worth first. */
export function activePods(control: Control, owner: KubeObject): readonly KubeObject[] {
  const worth = (pod: KubeObject) => (pod.spec.nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  return [...ownedBy(control, kinds.pods, owner)].filter(isActive).sort((one, other) => worth(one) - worth(other));
}
