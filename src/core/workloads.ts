/** The Deployments that a function created: they carry the mark of its stack. */
import { hasCode } from "./errors.ts";
import { listOf } from "./kube/list.ts";
import { ownerHash, ownerKey } from "./kube/owner.ts";
import { type Location, pathTo } from "./kube/place.ts";
import type { Kube } from "./kube/request.ts";
import { noneIfForbidden } from "./rbac/owned.ts";

export interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

interface Owned {
  readonly deployments: readonly Deployment[];
  /** Whether other namespaces were read, too. */
  readonly elsewhere: "read" | "unread";
}

/** All Deployments, or those in a namespace. */
export const deploymentsIn = (namespace?: string): Location => ({
  apiVersion: "apps/v1",
  plural: "deployments",
  namespace,
});

export async function deploymentsAt(kube: Kube, at: Location, labelSelector: string): Promise<readonly Deployment[]> {
  const request = { path: pathTo(at), query: { labelSelector } };
  return listOf(await kube.request<{ readonly items: readonly Deployment[] }>(request)).items;
}

/**
 * `owner`: `ACCOUNT/REGION/STACK`. In all namespaces, because a function that moved created Deployments in several; in
 * `namespace` if the caller may list no others. Throws `Forbidden`.
 */
export async function ownedDeployments(kube: Kube, owner: string, namespace: string): Promise<Owned> {
  const selector = `${ownerKey}=${ownerHash(owner)}`;
  try {
    return { deployments: await deploymentsAt(kube, deploymentsIn(), selector), elsewhere: "read" };
  } catch (error) {
    if (!hasCode(error, "Forbidden")) throw error;
    return { deployments: await deploymentsAt(kube, deploymentsIn(namespace), selector), elsewhere: "unread" };
  }
}

export interface Workload {
  /** `namespace/name` */
  readonly name: string;
  readonly ready: number;
  readonly replicas: number;
}

/** As `ownedDeployments`. Returns none if the caller may not list Deployments in `namespace` either. */
export async function workloadsOf(kube: Kube, owner: string, namespace: string): Promise<readonly Workload[]> {
  const found = await ownedDeployments(kube, owner, namespace).then(({ deployments }) => deployments, noneIfForbidden);
  return found.map(({ metadata, spec, status }) => ({
    name: `${metadata.namespace}/${metadata.name}`,
    ready: status?.readyReplicas ?? 0,
    replicas: spec?.replicas ?? 1,
  }));
}
