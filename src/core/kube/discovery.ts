/** Discovery. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
import type { Kube } from "./request.ts";

/** A kind of one `apiVersion`. */
export interface Served {
  /** The plural. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly singularName?: string;
  readonly shortNames?: readonly string[];
}

/** The kinds of `v1` or `apps/v1`, without subresources. Throws `ResourceNotServed` if the cluster does not serve it. */
export async function servedIn(kube: Kube, apiVersion: string): Promise<readonly Served[]> {
  const path = `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;
  const { resources } = await kube.request<{ readonly resources: readonly Served[] }>({ path });
  return resources.filter(({ name }) => !name.includes("/"));
}
