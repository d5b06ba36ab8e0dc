/**
 * The rights that a caller needs in the cluster, as data. Code declares them; Role, plan, check and doctor use them.
 * The notation is `VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [@NAMESPACE]`, where `@*` is every namespace:
 *
 *     create deployments.apps
 *     get,patch deployments.apps/scale web api @shop
 *     get,list nodes @*
 */
import { usageError } from "../errors.ts";

export interface Need {
  /** The API group; `""` for the core group. */
  readonly group: string;
  /** The plural and, after a slash, the subresource: `deployments`, `pods/log`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only objects with these names: RBAC's `resourceNames`. */
  readonly names?: readonly string[];
  /** Default: the function's namespace. */
  readonly namespace?: string;
  /** Every namespace, or a kind without namespaces. Takes a ClusterRole. */
  readonly cluster?: true;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** `deployments.apps/scale`, as kubectl names resources. */
export function formatResource({ group, resource }: Pick<Need, "group" | "resource">): string {
  const [plural = "", ...subresource] = resource.split("/");
  return [group ? `${plural}.${group}` : plural, ...subresource].join("/");
}

export function formatNeed(need: Need): string {
  const { verbs, names = [], namespace, cluster } = need;
  const where = cluster ? "*" : namespace;
  return [verbs.join(","), formatResource(need), ...names, ...(where ? [`@${where}`] : [])].join(" ");
}

/** Each need once. */
export const distinctNeeds = (needs: readonly Need[]): readonly Need[] => [
  ...new Map(needs.map((need) => [formatNeed(need), need])).values(),
];

const notation =
  /^(?<verbs>[a-z*]+(?:,[a-z*]+)*) (?<plural>[a-z0-9*-]+)(?:\.(?<group>[a-z0-9.-]+))?(?<subresource>\/[a-z0-9*/-]+)?(?<names>(?: [^\s@]\S*)*)(?: @(?<where>\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?))?$/;

/** Throws `InvalidNeed` (usage). */
export function parseNeed(text: string): Need {
  const found = notation.exec(text.trim().replace(/\s+/g, " "))?.groups;
  if (!found) {
    throw usageError(
      "InvalidNeed",
      `cannot read the right "${text}"`,
      'write VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [@NAMESPACE], for example "get,patch deployments.apps web @shop"',
    );
  }
  const { verbs = "", plural, group = "", subresource = "", names = "", where } = found;
  return {
    group,
    resource: `${plural}${subresource}`,
    verbs: verbs.split(","),
    ...(names && { names: names.trim().split(" ") }),
    ...(where === "*" ? { cluster: true } : where && { namespace: where }),
  };
}

/** One rule for each resource and set of names, with the verbs of all needs for it. */
export function rulesOf(needs: readonly Need[]): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const { group, resource, verbs, names } of needs) {
    const key = JSON.stringify([group, resource, names]);
    const known = rules.get(key)?.verbs ?? [];
    rules.set(key, {
      apiGroups: [group],
      resources: [resource],
      verbs: [...new Set([...known, ...verbs])],
      ...(names && { resourceNames: names }),
    });
  }
  return [...rules.values()];
}

/** A Role for one namespace, or the ClusterRole. */
export interface Grant {
  /** Without it, a ClusterRole. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

/** One Role for each namespace and at most one ClusterRole. `namespace` is for needs that name none. */
export function grantsOf(needs: readonly Need[], namespace: string): readonly Grant[] {
  const places = new Map<string | undefined, Need[]>();
  for (const need of needs) {
    const place = need.cluster ? undefined : (need.namespace ?? namespace);
    places.set(place, [...(places.get(place) ?? []), need]);
  }
  return [...places].map(([place, those]) => ({ ...(place && { namespace: place }), rules: rulesOf(those) }));
}
