/** ResourceQuotas of Pods, CPU, memory, claims and their storage. Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota */
import { type Kind, kinds, seenAs } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import type { Container, PersistentVolumeClaim, Pod, Quantities, ResourceQuota } from "../objects.ts";
import { isActive } from "../pods.ts";
import { amountOf, written } from "../quantity.ts";
import { notSupported } from "../status.ts";
import type { Store } from "../store.ts";
import { classOf } from "../volumes.ts";

/** What the containers of a Pod state for `requests.cpu`; `cpu` is the same. */
function stated(resource: string, { resources = {} }: Container): Quantities[string] | undefined {
  const [, kind = "requests", name = ""] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? [];
  // A limit is also the request, if there is no other.
  const { limits, requests } = resources;
  return kind === "limits" ? limits?.[name] : (requests?.[name] ?? limits?.[name]);
}

const isOfContainers = (resource: string): boolean => /^((requests|limits)\.)?(cpu|memory)$/.test(resource);

const usageOf = (resource: string, { spec }: Pod): number =>
  isOfContainers(resource)
    ? spec.containers.reduce((sum, one) => sum + amountOf(`${stated(resource, one) ?? 0}`), 0)
    : 1;

/** A class, if the quota is of one, and what of its claims is counted. */
function ofClaims(resource: string): { readonly name: string | undefined; readonly isStorage: boolean } | undefined {
  const [, name, what] =
    /^(?:(.+)\.storageclass\.storage\.k8s\.io\/)?(persistentvolumeclaims|requests\.storage)$/.exec(
      resource.replace(/^count\/(?=persistentvolumeclaims$)/, ""),
    ) ?? [];
  return what === undefined ? undefined : { name, isStorage: what === "requests.storage" };
}

/** Undefined for what the quota does not count: an object of another kind, a claim of another class. */
function usedBy(resource: string, kind: Kind, object: KubeObject): number | undefined {
  const [claim, pod] = [seenAs(kinds.claims, { kind, object }), seenAs(kinds.pods, { kind, object })];
  const counted = ofClaims(resource);
  if (pod) return counted ? undefined : usageOf(resource, pod);
  if (!claim || !counted || (counted.name !== undefined && counted.name !== classOf(claim))) return undefined;
  return counted.isStorage ? amountOf(claim.spec.resources.requests?.storage ?? 0) : 1;
}

/** Throws 501 for a resource that the sandbox does not count. */
function limitsOf({ spec = {} }: ResourceQuota): readonly (readonly [resource: string, limit: number])[] {
  const strange = spec.scopes ? "scopes" : spec.scopeSelector && "scopeSelector";
  if (strange) throw notSupported(`spec.${strange} of a ResourceQuota`);
  return Object.entries(spec.hard ?? {}).map(([resource, limit]) => {
    const isOfPods = /^(count\/)?pods$/.test(resource) || isOfContainers(resource);
    if (!isOfPods && !ofClaims(resource)) throw notSupported(`a quota of ${resource}`);
    return [resource, amountOf(`${limit}`)];
  });
}

export const refuseQuota = (quota: ResourceQuota): void => void limitsOf(quota);

function sumOf(store: Store, namespace: string | undefined, resource: string): number {
  const all: readonly (Pod | PersistentVolumeClaim)[] = ofClaims(resource)
    ? store.list(kinds.claims, namespace)
    : store.list(kinds.pods, namespace).filter(isActive);
  const kind: Kind = ofClaims(resource) ? kinds.claims : kinds.pods;
  return all.reduce((sum, one) => sum + (usedBy(resource, kind, one) ?? 0), 0);
}

/** `status.used` of a quota. */
export const usedOf = (store: Store, quota: ResourceQuota): Readonly<Record<string, string>> =>
  Object.fromEntries(
    limitsOf(quota)
      .toSorted()
      .map(([resource]) => [resource, written(resource, sumOf(store, quota.metadata.namespace, resource))]),
  );

/** What the containers of a Pod do not state, though a quota counts it. */
const unstated = (resources: readonly string[], { spec }: Pod): readonly string[] =>
  resources.filter(isOfContainers).flatMap((resource) => {
    const lacking = spec.containers.filter((one) => stated(resource, one) === undefined).map(({ name }) => name);
    return lacking.length > 0 ? [`${resource} for: ${lacking.sort().join(",")}`] : [];
  });

/** Returns why a quota of the namespace does not admit the object, or the change from the old one. */
export function exceeded(
  store: Store,
  kind: Kind,
  { object, old }: { readonly object: KubeObject; readonly old?: KubeObject },
): string | undefined {
  const { namespace } = object.metadata;
  const pod = seenAs(kinds.pods, { kind, object });
  if (!pod && kind.id !== kinds.claims.id) return undefined;
  for (const quota of store.list(kinds.quotas, namespace)) {
    const limits = limitsOf(quota);
    const { name } = quota.metadata;
    const missing = pod
      ? unstated(
          limits.map(([resource]) => resource),
          pod,
        )
      : [];
    if (missing.length > 0) return `failed quota: ${name}: must specify ${missing.toSorted().join("; ")}`;
    const over = limits
      .flatMap(([resource, limited]) => {
        const usage = usedBy(resource, kind, object);
        const requested = (usage ?? 0) - ((old && usedBy(resource, kind, old)) ?? 0);
        const used = sumOf(store, namespace, resource);
        const isOver = usage !== undefined && (!old || requested > 0) && used + requested > limited;
        return isOver ? [{ resource, requested, used, limited }] : [];
      })
      .sort((one, other) => one.resource.localeCompare(other.resource));
    const told = (what: "requested" | "used" | "limited") =>
      `${what}: ${over.map((one) => `${one.resource}=${written(one.resource, one[what])}`).join(",")}`;
    if (over.length > 0) return `exceeded quota: ${name}, ${told("requested")}, ${told("used")}, ${told("limited")}`;
  }
  return undefined;
}
