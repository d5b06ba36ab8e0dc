/** ResourceQuotas of Pods, CPU and memory. Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota */
import { kinds } from "../kinds.ts";
import type { Container, Pod, Quantities, ResourceQuota } from "../objects.ts";
import { isActive } from "../pods.ts";
import { notSupported } from "../status.ts";
import type { Store } from "../store.ts";

const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function amountOf(quantity: number | string): number {
  const [, number = "", unit = ""] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  const factor = units[unit];
  if (number === "" || factor === undefined) throw notSupported(`the quantity ${JSON.stringify(quantity)}`);
  return Number(number) * factor;
}

/** As Kubernetes writes it: CPU in cores or thousandths, memory by the largest binary unit that divides it. */
function written(resource: string, amount: number): string {
  if (/cpu$/.test(resource)) return Number.isInteger(amount) ? `${amount}` : `${Math.round(amount * 1000)}m`;
  const unit = ["Ti", "Gi", "Mi", "Ki"].find((one) => amount > 0 && amount % (units[one] ?? 1) === 0) ?? "";
  return /memory$/.test(resource) ? `${amount / (units[unit] ?? 1)}${unit}` : `${amount}`;
}

/** What the containers of a Pod state for `requests.cpu`; `cpu` is the same. */
function stated(resource: string, { resources = {} }: Container): Quantities[string] | undefined {
  const [, kind = "requests", name = ""] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? [];
  // A limit is also the request, if there is no other.
  const { limits, requests } = resources;
  return kind === "limits" ? limits?.[name] : (requests?.[name] ?? limits?.[name]);
}

const isOfContainers = (resource: string): boolean => /^((requests|limits)\.)?(cpu|memory)$/.test(resource);

const usageOf = (resource: string, { spec }: Pod): number =>
  isOfContainers(resource) ? spec.containers.reduce((sum, one) => sum + amountOf(stated(resource, one) ?? 0), 0) : 1;

/** Throws 501 for a resource that the sandbox does not count. */
function limitsOf({ spec = {} }: ResourceQuota): readonly (readonly [resource: string, limit: number])[] {
  const strange = spec.scopes ? "scopes" : spec.scopeSelector && "scopeSelector";
  if (strange) throw notSupported(`spec.${strange} of a ResourceQuota`);
  return Object.entries(spec.hard ?? {}).map(([resource, limit]) => {
    if (!/^(count\/)?pods$/.test(resource) && !isOfContainers(resource)) throw notSupported(`a quota of ${resource}`);
    return [resource, amountOf(limit)];
  });
}

export const refuseQuota = (quota: ResourceQuota): void => void limitsOf(quota);

const active = (store: Store, namespace: string | undefined) => store.list(kinds.pods, namespace).filter(isActive);

/** `status.used` of a quota. */
export const usedOf = (store: Store, quota: ResourceQuota): Readonly<Record<string, string>> =>
  Object.fromEntries(
    limitsOf(quota)
      .toSorted()
      .map(([resource]) => [
        resource,
        written(
          resource,
          active(store, quota.metadata.namespace).reduce((sum, pod) => sum + usageOf(resource, pod), 0),
        ),
      ]),
  );

/** Returns why a quota of the namespace does not admit the Pod. */
export function exceeded(store: Store, pod: Pod): string | undefined {
  for (const quota of store.list(kinds.quotas, pod.metadata.namespace)) {
    const limits = limitsOf(quota);
    const { name } = quota.metadata;
    const missing = limits.flatMap(([resource]) => {
      const lacking = pod.spec.containers.filter((one) => stated(resource, one) === undefined);
      const isMissing = isOfContainers(resource) && lacking.length > 0;
      return isMissing
        ? [
            `${resource} for: ${lacking
              .map(({ name }) => name)
              .sort()
              .join(",")}`,
          ]
        : [];
    });
    if (missing.length > 0) return `failed quota: ${name}: must specify ${missing.sort().join("; ")}`;
    const over = limits
      .map(([resource, limit]) => {
        const used = active(store, pod.metadata.namespace).reduce((sum, one) => sum + usageOf(resource, one), 0);
        return { resource, requested: usageOf(resource, pod), used, limited: limit };
      })
      .filter(({ requested, used, limited }) => used + requested > limited)
      .sort((one, other) => one.resource.localeCompare(other.resource));
    const told = (what: "requested" | "used" | "limited") =>
      `${what}: ${over.map((one) => `${one.resource}=${written(one.resource, one[what])}`).join(",")}`;
    if (over.length > 0) return `exceeded quota: ${name}, ${told("requested")}, ${told("used")}, ${told("limited")}`;
  }
  return undefined;
}
