/** Runs the controllers, the scheduler and the kubelet. To add a controller, add it to the list. */
import type { Clock } from "../../clock.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import type { Logs } from "../logs.ts";
import { type KubeObject, type Metadata, ownersOf } from "../object.ts";
import type { Change, Store } from "../store.ts";
import { claimsOf, isBound } from "../volumes.ts";
import { claims } from "./claim.ts";
import { collect } from "./collector.ts";
import { type Control, make, recordEvent } from "./control.ts";
import { daemonSets } from "./daemonset.ts";
import { definitions } from "./definition.ts";
import { deployments } from "./deployment.ts";
import { budgets } from "./disruption.ts";
import type { Images } from "./images.ts";
import { jobs } from "./job.ts";
import { kubelet } from "./kubelet.ts";
import { quotas } from "./quota.ts";
import { replicaSets } from "./replicaset.ts";
import { statefulSets } from "./statefulset.ts";
import { volumes } from "./volume.ts";

const all = [
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  jobs,
  kubelet,
  budgets,
  quotas,
  definitions,
  claims,
  volumes,
];
/** Kinds whose status counts Pods. */
const counting: readonly Kind[] = [kinds.budgets, kinds.quotas];
const owners = [deployments, replicaSets, statefulSets, daemonSets, jobs];

type Acted = Pick<Change, "kind" | "object">;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logs: Logs;
  readonly images: Images;
}

/** Controllers run after the request that made a change, once for all changes until then. Returns what stops them. */
export function startControllers(parts: Parts): () => void {
  const { store, clock } = parts;
  const timers = new Set<() => void>();
  let stopped = false;
  const after = (ms: number, run: () => void): void => {
    if (stopped) return;
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  };
  /** When each waiting call is due. */
  const waiting = new Map<string, number>();
  const changes: Change[] = [];
  const control: Control = {
    ...parts,
    later(what, ms, { kind, object: { metadata }, run }) {
      const key = `${what} ${metadata.uid}`;
      const due = clock.now() + ms;
      if ((waiting.get(key) ?? Number.POSITIVE_INFINITY) <= due) return;
      // A timer of Node would run at once, again and again.
      if (Number.isNaN(due)) throw new TypeError(`the time of the ${what} is not a number`);
      waiting.set(key, due);
      after(ms, () => {
        if (waiting.get(key) === due) waiting.delete(key);
        const now = store.get(kind, metadata.namespace, metadata.name);
        const isSame = now?.metadata.uid === metadata.uid;
        if (now && isSame) attempt({ kind, object: now }, () => run(now));
      });
    },
  };

  /** The only place that catches: what a controller cannot do with an object becomes an Event about it. */
  function attempt({ kind, object }: Acted, act: () => void): void {
    try {
      act();
    } catch (error) {
      const message = `the sandbox cannot act on this ${kind.kind}: ${error}`;
      recordEvent(control, object, { of: kind, type: "Warning", reason: "FailedSync", message });
    }
  }

  function work(): void {
    const taken = changes.splice(0);
    const places = new Map<string, () => void>();
    const add = (kind: Kind, place: Pick<Metadata, "namespace" | "name">) =>
      places.set(`${kind.id} ${place.namespace}/${place.name}`, () => {
        const object = store.get(kind, place.namespace, place.name);
        const controller = all.find((one) => one.kind.id === kind.id);
        if (object && controller) attempt({ kind, object }, () => controller.reconcile(control, place));
      });
    for (const change of taken) {
      const { kind, object } = change;
      attempt(change, () => collect(control, change));
      add(kind, object.metadata);
      for (const owner of ownersOf(object)) {
        const of = owners.find((one) => one.kind.kind === owner.kind && one.kind.apiVersion === owner.apiVersion);
        if (of) add(of.kind, { ...object.metadata, name: owner.name });
      }
      if (kind === kinds.namespaces && change.type === "ADDED")
        attempt(change, () => addDefaultAccount(control, object));
      if (kind === kinds.claims)
        for (const { metadata } of store.list(kinds.quotas, object.metadata.namespace)) add(kinds.quotas, metadata);
      if (kind === kinds.pods)
        for (const one of counting)
          for (const { metadata } of store.list(one, object.metadata.namespace)) add(one, metadata);
      attempt(change, () => {
        for (const [of, one] of affected(store, change)) add(of, one.metadata);
      });
      if (kind === kinds.nodes) for (const set of store.list(kinds.daemonSets)) add(kinds.daemonSets, set.metadata);
    }
    for (const reconcile of places.values()) reconcile();
  }

  const enqueue = (change: Change): void => {
    if (changes.push(change) === 1) after(0, work);
  };
  store.subscribe(enqueue);
  /** What its containers do may have changed for each Pod. */
  const stopListening = parts.images.subscribe(() => {
    for (const object of store.list(kinds.pods))
      enqueue({ type: "MODIFIED", kind: kinds.pods, object, version: store.version(), time: clock.now() });
  });
  return () => {
    stopped = true;
    stopListening();
    for (const cancel of timers) cancel();
    timers.clear();
  };
}

/** Pods that wait for a claim, and claims and volumes that wait for each other, for a class or for the end of a Pod. */
function affected(store: Store, { kind, object }: Change): readonly (readonly [Kind, KubeObject])[] {
  const { namespace, name } = object.metadata;
  const [claim, pod, volume] = [
    seenAs(kinds.claims, { kind, object }),
    seenAs(kinds.pods, { kind, object }),
    seenAs(kinds.volumes, { kind, object }),
  ];
  const of = <T extends KubeObject>(kind: Kind<T>, all: readonly (T | undefined)[]) =>
    all.flatMap((one): (readonly [Kind, KubeObject])[] => (one ? [[kind, one]] : []));
  if (claim)
    return [
      ...of(kinds.volumes, [store.get(kinds.volumes, undefined, claim.spec.volumeName ?? "")]),
      ...of(
        kinds.pods,
        store.list(kinds.pods, namespace).filter((one) => !one.spec.nodeName && claimsOf(one).includes(name)),
      ),
    ];
  if (pod)
    return of(
      kinds.claims,
      claimsOf(pod).map((one) => store.get(kinds.claims, namespace, one)),
    );
  if (!volume && kind.id !== kinds.classes.id) return [];
  const waiting = store.list(kinds.claims).filter((one) => !isBound(one) || one.spec.volumeName === name);
  return of(kinds.claims, waiting);
}

/** Adds the service account `default` to a new namespace. */
function addDefaultAccount(control: Control, { metadata: { name: namespace } }: KubeObject): void {
  const isThere = control.store.get(kinds.serviceAccounts, namespace, "default");
  if (!isThere) make(control, kinds.serviceAccounts, { metadata: { name: "default", namespace } });
}
