/** Discovery: the groups, versions and resources that the API server serves, one by one and aggregated. */
import { kindsOf } from "../crd.ts";
import type { Result } from "../handling.ts";
import type { Kind, Subresource } from "../kinds.ts";
import type { Store } from "../store.ts";
import { type Verbs, verbsOf } from "../verbs.ts";

/** Returns undefined for a path that is not one of discovery. */
export function discovery(store: Store, path: string, accept: string): Result | undefined {
  const kinds = kindsOf(store);
  const [api, group, version, ...more] = path.split("/").filter(Boolean);
  if (!/^apis?$/.test(api ?? "") || more.length > 0) return undefined;
  const wanted = /application\/json;[^,]*v=(v2\w*);as=APIGroupDiscoveryList/.exec(accept);
  if (wanted && !group) {
    const [contentType, apiVersion] = [wanted[0], `apidiscovery.k8s.io/${wanted[1]}`];
    return { contentType, body: aggregated(kinds.filter(isIn(api)), apiVersion) };
  }
  const body = oneByOne(kinds, [api, group, version]);
  return body && { body };
}

function oneByOne(kinds: readonly Kind[], [api, group, version]: readonly (string | undefined)[]): object | undefined {
  if (api === "api") return group ? resourceList(kinds, group) : versions;
  if (version) return resourceList(kinds, `${group}/${version}`);
  const groups = groupsOf(kinds.filter(isIn(api)));
  return group
    ? groups.find(({ name }) => name === group)
    : { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(({ kind, apiVersion, ...rest }) => rest) };
}

const isIn =
  (api: string | undefined) =>
  ({ group }: Kind): boolean =>
    (group === "") === (api === "api");

const versions = { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };

const byGroup = (kinds: readonly Kind[]): ReadonlyMap<string, readonly Kind[]> =>
  kinds.reduce((all, kind) => all.set(kind.group, [...(all.get(kind.group) ?? []), kind]), new Map());
const byVersion = (kinds: readonly Kind[]): readonly string[] => [...new Set(kinds.map(({ version }) => version))];

const groupsOf = (kinds: readonly Kind[]) =>
  [...byGroup(kinds)].map(([name, those]) => {
    const versions = byVersion(those).map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { kind: "APIGroup", apiVersion: "v1", name, versions, preferredVersion: versions[0] };
  });

const singularOf = ({ kind }: Kind): string => kind.toLowerCase();
const verbNames = (verbs: Verbs): readonly string[] => Object.keys(verbs).sort();
const kindOfSubresource: Readonly<Partial<Record<Subresource, object>>> = {
  eviction: { group: "policy", version: "v1", kind: "Eviction" },
  scale: { group: "autoscaling", version: "v1", kind: "Scale" },
};

function resourceList(kinds: readonly Kind[], groupVersion: string): object | undefined {
  const served = kinds.filter(({ apiVersion }) => apiVersion === groupVersion);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((kind) => {
    const { plural: name, namespaced, shortNames, categories } = kind;
    const more = { ...(shortNames.length > 0 && { shortNames }), ...(categories.length > 0 && { categories }) };
    const own = { name, singularName: singularOf(kind), namespaced, kind: kind.kind, verbs: verbNames(verbsOf(kind)) };
    const under = kind.subresources.map((one) => ({
      name: `${name}/${one}`,
      singularName: "",
      namespaced,
      kind: kind.kind,
      ...kindOfSubresource[one],
      verbs: verbNames(verbsOf(kind, one)),
    }));
    return [{ ...own, ...more }, ...under];
  });
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

/** Source: k8s.io/api/apidiscovery/v2 */
function aggregated(kinds: readonly Kind[], apiVersion: string): object {
  const items = [...byGroup(kinds)].map(([name, those]) => ({
    metadata: { name, creationTimestamp: null },
    versions: byVersion(those).map((version) => ({
      version,
      freshness: "Current",
      resources: those.filter((kind) => kind.version === version).map(aggregatedResource),
    })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion, metadata: {}, items };
}

function aggregatedResource(kind: Kind): object {
  const { group, version, plural: resource, namespaced, shortNames, categories, subresources } = kind;
  const responseKind = { group, version, kind: kind.kind };
  return {
    resource,
    responseKind,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singularOf(kind),
    verbs: verbNames(verbsOf(kind)),
    shortNames,
    categories,
    subresources: subresources.map((subresource) => ({
      subresource,
      responseKind: kindOfSubresource[subresource] ?? responseKind,
      verbs: verbNames(verbsOf(kind, subresource)),
    })),
  };
}
