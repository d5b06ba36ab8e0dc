/** StatefulSets: numbered Pods, in order. Source: k8s.io/kubernetes/pkg/controller/statefulset */

import { kinds } from "../kinds.ts";
import { ownersOf } from "../object.ts";
import type { ClaimTemplate, Pod, StatefulSet } from "../objects.ts";
import { isReady } from "../pods.ts";
import {
  type Control,
  controllerOf,
  make as makeObject,
  nonZero,
  ownedBy,
  ownerOf,
  put,
  recordEvent,
} from "./control.ts";
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
  ownClaims(control, set);
  if (!set.metadata.deletionTimestamp) step(control, set, revision);
  ownClaims(control, set);
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
  for (const pod of parallel ? surplus : surplus.slice(0, 1))
    deletePod(control, set, { pod, kind, message: words("Delete", set, pod.metadata.name) });
  if (surplus.length > 0 || updateStrategy.type === "OnDelete") return;
  const old = pods.filter(
    (pod) => !isOf(pod, revision.name) && ordinalOf(pod) >= (updateStrategy.rollingUpdate?.partition ?? 0),
  );
  const isHealthy = pods.filter((pod) => isOf(pod, revision.name)).every(isReady);
  const last = old.at(-1);
  if (last && (isHealthy || !isReady(last)))
    deletePod(control, set, { pod: last, kind, message: words("Delete", set, last.metadata.name) });
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
  const refusal = makeClaims(control, set, ordinal);
  if (refusal !== undefined) return refusal;
  const spec = {
    hostname: name,
    ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
    ...mounted(set, name),
  };
  return makePod(control, set, {
    ...{ kind, template: data ?? set.spec.template, metadata: { name, labels }, spec },
    words: {
      made: (pod) => words("Create", set, pod),
      refused: (why) => words("Create", set, name, `failed error: ${why}`),
    },
  });
}

const words = (
  verb: string,
  set: StatefulSet,
  ...[pod, result = "successful"]: [pod: string, result?: string]
): string => `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} ${result}`;

const templatesOf = ({ spec }: StatefulSet) => spec.volumeClaimTemplates ?? [];
const claimName = ({ metadata }: ClaimTemplate, pod: string): string => `${metadata.name}-${pod}`;

/** The claims replace volumes of their names in the template. */
function mounted(set: StatefulSet, pod: string): Partial<Pod["spec"]> {
  const own = templatesOf(set).map((template) => ({
    name: template.metadata.name,
    persistentVolumeClaim: { claimName: claimName(template, pod) },
  }));
  const rest = (set.spec.template.spec.volumes ?? []).filter(({ name }) => !own.some((one) => one.name === name));
  return own.length > 0 ? { volumes: [...own, ...rest] } : {};
}

/** Makes the claims of a Pod that are not there. Returns the reason as text if one is not admitted. */
function makeClaims(control: Control, set: StatefulSet, ordinal: number): string | undefined {
  const { namespace = "", name } = set.metadata;
  const pod = `${name}-${ordinal}`;
  for (const template of templatesOf(set)) {
    const claim = claimName(template, pod);
    if (control.store.get(kinds.claims, namespace, claim)) continue;
    const { labels, annotations } = template.metadata;
    const metadata = {
      ...{ name: claim, namespace, labels: { ...labels, ...set.spec.selector.matchLabels } },
      ...(annotations && { annotations }),
    };
    const made = makeObject(control, kinds.claims, { metadata, spec: template.spec });
    const isRefused = typeof made === "string";
    const result = isRefused ? `failed error: ${made}` : "success";
    const message = `Create Claim ${claim} Pod ${pod} in StatefulSet ${name} ${result}`;
    const event = isRefused ? ({ type: "Warning", reason: "FailedCreate" } as const) : { reason: "SuccessfulCreate" };
    recordEvent(control, set, { ...event, of: kind, message });
    if (isRefused) return made;
  }
  return undefined;
}

/** Lets the claims of each Pod go with the set, or with a Pod that is one too many, as the set says. */
function ownClaims(control: Control, set: StatefulSet): void {
  if (templatesOf(set).length === 0) return;
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy;
  for (const pod of podsOf(control, set))
    for (const template of templatesOf(set)) {
      const claim = control.store.get(kinds.claims, set.metadata.namespace, claimName(template, pod.metadata.name));
      const isSurplus = ordinalOf(pod) >= set.spec.replicas;
      if (!claim || claim.metadata.deletionTimestamp) continue;
      const others = ownersOf(claim).filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
      const own = [
        ...(whenDeleted === "Delete" && !(isSurplus && whenScaled === "Delete") ? [ownerOf(kind, set)] : []),
        ...(isSurplus && whenScaled === "Delete" ? [{ ...ownerOf(kinds.pods, pod) }] : []),
      ];
      const { ownerReferences: _, ...metadata } = claim.metadata;
      const all = [...others, ...own];
      const owned = all.length > 0 ? { ...metadata, ownerReferences: all } : metadata;
      put(control, kinds.claims, { ...claim, metadata: owned });
    }
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
