/** The Deployments that the function created. Teardown keeps them unless `--workloads` is given. */

import { managedBy } from "../../actions/deployment.ts";
import { command, option } from "../../command.ts";
import { hasCode } from "../../errors.ts";
import { ownerKey } from "../../kube/owner.ts";
import type { Kube } from "../../kube/request.ts";
import { type ObjectWrite, rehearse, send } from "../../kube/write.ts";
import { forbiddenBy, type Planned } from "../../plan.ts";
import { type Deployment, deploymentsAt, deploymentsIn, ownedDeployments } from "../../workloads.ts";
import type { ClusterStep } from "../context.ts";

export const workloadsStep: ClusterStep = {
  id: "workloads",
  inCluster: true,
  async plan({ target, kube }, intent) {
    if (intent === "present" || !target.config.workloads) return [];
    const { namespace } = target.cluster;
    const [{ deployments, elsewhere }, unmarked] = await Promise.all([
      ownedDeployments(kube, target.owner, namespace),
      deploymentsAt(kube, deploymentsIn(namespace), `${selectorOf(managedBy)},!${ownerKey}`),
    ]);
    const deletions = await Promise.all(deployments.map((found) => deletion(kube, found)));
    return [...unmarked.map(kept), ...(elsewhere === "unread" ? [unread(namespace)] : []), ...deletions];
  },
};

const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");

async function deletion(kube: Kube, { metadata: { name, namespace, uid } }: Deployment): Promise<Planned> {
  // The uid makes sure that a new object of the same name is kept.
  const body = { preconditions: { uid }, propagationPolicy: "Background" };
  const write: ObjectWrite = { method: "DELETE", at: { ...deploymentsIn(namespace), name }, body };
  return {
    change: { step: "workloads", target: `${namespace}/${name}`, action: "delete", summary: "Deployment and its Pods" },
    ...(await forbiddenBy(() => unlessGone(rehearse(kube, write)))),
    apply: () => unlessGone(send(kube, write)),
  };
}

/** `Conflict`: another object has the name now. */
async function unlessGone(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    const isGone = hasCode(error, "NotFound", "Conflict");
    if (!isGone) throw error;
  }
}

/** Created by an early version, which did not mark owners, or by someone else with the same label. */
const kept = ({ metadata: { name, namespace } }: Deployment): Planned => ({
  change: {
    step: "workloads",
    target: `${namespace}/${name}`,
    action: "unchanged",
    summary: `kept: no stack owns it; to delete it: ${command`kubectl delete deployment ${name} ${option("--namespace", namespace)}`}`,
  },
});

const unread = (namespace: string): Planned => ({
  change: {
    step: "workloads",
    target: "other namespaces",
    action: "unchanged",
    summary: `not checked: you may list Deployments only in ${namespace}; an earlier namespace of the function may still have some`,
  },
});
