/** The Pods of a workload: counts, creates and deletes them. */
import { type Kind, kinds } from "../kinds.ts";
import type { KubeObject, Metadata } from "../object.ts";
import type { Pod, PodSpec, Template, Workload } from "../objects.ts";
import { conditionOf, isActive, isReady } from "../pods.ts";
import { end } from "../write/delete.ts";
import { type Control, make, ownedBy, ownerOf, recordEvent } from "./control.ts";

interface Wanted {
  readonly kind: Kind;
  readonly template: Template;
  /** Added to the template's. */
  readonly metadata?: Partial<Metadata>;
  readonly spec?: Partial<PodSpec>;
  /** The Event's message, by the Pod's name or the reason why there is none. */
  readonly words?: { readonly made: (pod: string) => string; readonly refused: (why: string) => string };
}

/** A cluster has no limit of its own; the sandbox is one process. */
export const mostPods = 1000;
const noRoom = `the sandbox runs at most ${mostPods} Pods in a namespace`;

const anyWords: NonNullable<Wanted["words"]> = {
  made: (pod) => `Created pod: ${pod}`,
  refused: (why) => `Error creating: ${why}`,
};

/** Creates a Pod from the template. Returns the reason as text if it is not admitted. */
export function makePod(control: Control, owner: KubeObject, wanted: Wanted): Pod | string {
  const { kind, template, metadata = {}, spec = {}, words = anyWords } = wanted;
  const { name, namespace = "" } = owner.metadata;
  const { annotations, finalizers } = template.metadata ?? {};
  const labels = { ...template.metadata?.labels, ...metadata.labels };
  const isFull = control.store.list(kinds.pods, namespace).length >= mostPods;
  const made = isFull
    ? noRoom
    : make(control, kinds.pods, {
        metadata: {
          name: "",
          generateName: `${name}-`,
          namespace,
          // The rest of the template's metadata, such as a name, is ignored.
          ...(annotations && { annotations }),
          ...(finalizers && { finalizers }),
          ...metadata,
          labels,
          ownerReferences: [ownerOf(kind, owner)],
        },
        spec: { ...template.spec, ...spec },
      });
  const event =
    typeof made === "string"
      ? { type: "Warning" as const, reason: "FailedCreate", message: words.refused(made) }
      : { reason: "SuccessfulCreate", message: words.made(made.metadata.name) };
  recordEvent(control, owner, { ...event, of: kind });
  return made;
}

interface Deleting {
  readonly pod: Pod;
  readonly kind: Kind;
  /** Of the Event. */
  readonly message?: string;
}

export function deletePod(
  control: Control,
  owner: KubeObject,
  { pod, kind, message = `Deleted pod: ${pod.metadata.name}` }: Deleting,
): void {
  if (pod.metadata.deletionTimestamp) return;
  recordEvent(control, owner, { reason: "SuccessfulDelete", message, of: kind });
  end({ store: control.store, kind: kinds.pods }, pod, {});
}

export interface Counts {
  readonly ready: number;
  /** Ready for at least the owner's `minReadySeconds`. */
  readonly available: number;
}

/** Counts ready and available Pods. Calls `again` when the next Pod becomes available. */
export function count<T extends Workload>(control: Control, pods: readonly Pod[], counting: Counting<T>): Counts {
  const { kind, owner, again } = counting;
  const ready = pods.filter(isReady);
  const waitMs = (owner.spec.minReadySeconds ?? 0) * 1000;
  const left = (pod: Pod) =>
    Date.parse(conditionOf(pod, "Ready")?.lastTransitionTime ?? "") + waitMs - control.clock.now();
  const early = ready.map(left).filter((ms) => waitMs > 0 && ms > 0);
  const soonest = early.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  if (early.length > 0) control.later("available", soonest, { kind, object: owner, run: again });
  return { ready: ready.length, available: ready.length - early.length };
}
interface Counting<T extends Workload> {
  readonly kind: Kind<T>;
  readonly owner: T;
  readonly again: (owner: T) => void;
}

/** The Pods that run or will run, in the order in which to delete them. */
export function activePods(control: Control, owner: KubeObject): readonly Pod[] {
  const worth = (pod: Pod) => (pod.spec.nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  return [...ownedBy(control, kinds.pods, owner)].filter(isActive).sort((one, other) => worth(one) - worth(other));
}
