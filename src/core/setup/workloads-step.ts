/** The Deployments that the function made: teardown leaves them running, unless `--workloads` says to delete them. */
import { ifFound } from "../kube.ts";
import type { Planned, Step } from "./plan.ts";

interface DeploymentList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  }[];
}

const labelSelector = encodeURIComponent("app.kubernetes.io/managed-by=eks-lambda");

export const workloadsStep: Step = {
  id: "workloads",
  inCluster: true,
  async plan({ target, kube }, intent) {
    if (intent === "present" || !target.config.workloads) return [];
    const path = `/apis/apps/v1/namespaces/${target.cluster.namespace}/deployments`;
    const { items } = await kube.request<DeploymentList>("GET", `${path}?labelSelector=${labelSelector}`);
    return items.map(
      ({ metadata: { name, namespace, uid } }): Planned => ({
        change: {
          step: "workloads",
          target: `${namespace}/${name}`,
          action: "delete",
          summary: "Deployment and its Pods",
        },
        async apply() {
          // The object that was shown, and no other that took its name meanwhile.
          await ifFound(
            kube.request("DELETE", `${path}/${name}`, { preconditions: { uid }, propagationPolicy: "Background" }),
          );
        },
      }),
    );
  },
};
