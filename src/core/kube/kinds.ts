/** All kinds of a cluster. */
import { servedIn } from "../kube/discovery.ts";
import type { Kube } from "../kube/request.ts";

/** A kind in its group's preferred version. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** The kind, the singular and short names, in lower case. */
  readonly words: readonly string[];
}

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly preferredVersion: { readonly version: string } }[];
}
/** An aggregated API whose server is down has no kinds; kubectl continues without it, too. */
export async function readKinds(kube: Kube): Promise<readonly ServedKind[]> {
  const { groups } = await kube.request<GroupList>({ path: "/apis" });
  const versions = [
    { group: "", version: "v1" },
    ...groups.map(({ name: group, preferredVersion: { version } }) => ({ group, version })),
  ];
  const lists = await Promise.all(
    versions.map(async ({ group, version }) => {
      const served = servedIn(kube, group ? `${group}/${version}` : version);
      const kinds = group.includes(".") ? await served.catch(() => []) : await served;
      return kinds.map(({ name: resource, kind, namespaced, singularName, shortNames }) => {
        const words = [kind, singularName, ...(shortNames ?? [])].flatMap((word) => (word ? [word.toLowerCase()] : []));
        return { group, version, resource, kind, namespaced, words };
      });
    }),
  );
  return lists.flat();
}
