/** The Deployments that the function made: teardown leaves them running, unless `--workloads` says to delete them. */
import { managedBy } from "../../actions/deployment.ts";
import { ifFound } from "../../kube/request.ts";
import type { Planned } from "../../plan.ts";
import { deletion } from "../../rbac/cluster-object.ts";
import type { Step } from "../../setup/context.ts";

interface Item {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
}
interface DeploymentList {
  readonly items: readonly Item[];
}

const labelSelector = encodeURIComponent(
  Object.entries(managedBy)
    .map(([name, value]) => `${name}=${value}`)
    .join(","),
);

export const workloadsStep: Step = {
  id: "workloads",
  inCluster: true,
  async plan({ target, kube }, intent) {
    if (intent === "present" || !target.config.workloads) return [];
    const path = `/apis/apps/v1/namespaces/${target.cluster.namespace}/deployments`;
    const { items } = await kube.request<DeploymentList>("GET", `${path}?labelSelector=${labelSelector}`);
    // The object that was shown, and no other that took its name meanwhile.
    const remove = ({ name, uid }: Item["metadata"], rehearsal: boolean) => {
      const options = { ...deletion({ uid }, rehearsal), propagationPolicy: "Background" };
      return ifFound(kube.request("DELETE", `${path}/${name}${rehearsal ? "?dryRun=All" : ""}`, options));
    };
    await Promise.all(items.map(({ metadata }) => remove(metadata, true)));
    return items.map(
      ({ metadata }): Planned => ({
        change: {
          step: "workloads",
          target: `${metadata.namespace}/${metadata.name}`,
          action: "delete",
          summary: "Deployment and its Pods",
        },
        async apply() {
          await remove(metadata, false);
        },
      }),
    );
  },
};
