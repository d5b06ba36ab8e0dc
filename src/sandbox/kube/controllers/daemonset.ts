/** DaemonSets: a Pod on each node. Source: k8s.io/kubernetes/pkg/controller/daemon */

import { kinds } from "../kinds.ts";
import type { DaemonSet, Node, Pod } from "../objects.ts";
import { isActive, isReady } from "../pods.ts";
import { type Control, controllerOf, nonZero, ownedBy, put } from "./control.ts";
import { count, deletePod, makePod } from "./replicas.ts";
import { currentRevision } from "./revision.ts";

const kind = kinds.daemonSets;
const revisionLabel = "controller-revision-hash";

export const daemonSets = controllerOf(kind, reconcile);

function reconcile(control: Control, set: DaemonSet): void {
  const { hash } = currentRevision(control, kind, set);
  const wanted = Object.entries(set.spec.template.spec.nodeSelector ?? {});
  const isWanted = ({ metadata }: Node) => wanted.every(([key, value]) => metadata.labels?.[key] === value);
  const nodes = control.store.list(kinds.nodes).filter(isWanted);
  const isNew = ({ metadata }: Pod) => metadata.labels?.[revisionLabel] === hash;
  const pods = () => ownedBy(control, kinds.pods, set).filter(isActive);
  if (!set.metadata.deletionTimestamp) {
    const old = pods().filter((pod) => !isNew(pod));
    const isHealthy = pods().filter(isNew).every(isReady);
    if (set.spec.updateStrategy.type !== "OnDelete" && isHealthy)
      for (const pod of old.slice(0, 1)) deletePod(control, set, { pod, kind });
    for (const { metadata } of nodes) {
      const isThere = ownedBy(control, kinds.pods, set).some(({ spec }) => spec.nodeName === metadata.name);
      const [labels, spec] = [{ [revisionLabel]: hash }, { nodeName: metadata.name }];
      if (!isThere) makePod(control, set, { kind, template: set.spec.template, metadata: { labels }, spec });
    }
  }
  const again = (now: DaemonSet) => reconcile(control, now);
  const { ready, available } = count(control, pods(), { kind, owner: set, again });
  const desired = nodes.length;
  put(control, kind, {
    ...set,
    status: {
      currentNumberScheduled: pods().length,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: set.metadata.generation,
      ...nonZero<DaemonSet["status"]>({
        updatedNumberScheduled: pods().filter(isNew).length,
        numberAvailable: available,
      }),
      ...nonZero<DaemonSet["status"]>({ numberUnavailable: desired - available }),
    },
  });
}
