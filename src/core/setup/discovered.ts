/** The kinds of a cluster, by discovery. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api */
import type { Kube } from "../kube/request.ts";

/** A kind in its group's preferred version. */
export interface Discovered {
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly preferredVersion: { readonly version: string } }[];
}
interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** An aggregated API whose server is down has no kinds; kubectl goes on without it, too. */
export async function readDiscovered(kube: Kube): Promise<readonly Discovered[]> {
  const { groups } = await kube.request<GroupList>({ path: "/apis" });
  const versions = [
    { group: "", version: "v1", path: "/api/v1" },
    ...groups.map(({ name: group, preferredVersion: { version } }) => ({
      ...{ group, version, path: `/apis/${group}/${version}` },
    })),
  ];
  const lists = await Promise.all(
    versions.map(async ({ path, group, version }) => {
      const found = kube.request<ResourceList>({ path });
      const { resources } = group.includes(".") ? await found.catch(() => ({ resources: [] })) : await found;
      return resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name: resource, kind, namespaced }) => ({ group, version, resource, kind, namespaced }));
    }),
  );
  return lists.flat();
}
