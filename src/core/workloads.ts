/** The Deployments that a function created: they carry the mark of its stack. */
import { ownerHash, ownerKey } from "./kube/owner.ts";
import type { Kube } from "./kube/request.ts";
import { noneIfForbidden } from "./rbac/owned.ts";

export interface Workload {
  /** `namespace/name` */
  readonly name: string;
  readonly ready: number;
  readonly replicas: number;
}

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

/**
 * `owner`: `ACCOUNT/REGION/STACK`. In all namespaces, because a function that moved created Deployments in several; else
 * in `namespace`. Returns none if the caller may not list Deployments there either.
 */
export async function workloadsOf(kube: Kube, owner: string, namespace: string): Promise<readonly Workload[]> {
  const query = { labelSelector: `${ownerKey}=${ownerHash(owner)}` };
  const listed = async (path: string): Promise<readonly Deployment[]> =>
    (await kube.request<{ readonly items: readonly Deployment[] }>({ path, query })).items;
  const found = await listed("/apis/apps/v1/deployments").catch((error) => {
    noneIfForbidden(error);
    return listed(`/apis/apps/v1/namespaces/${namespace}/deployments`).catch(noneIfForbidden);
  });
  return found.map(({ metadata, spec, status }) => ({
    name: `${metadata.namespace}/${metadata.name}`,
    ready: status?.readyReplicas ?? 0,
    replicas: spec?.replicas ?? 1,
  }));
}
