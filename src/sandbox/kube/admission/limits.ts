/** LimitRanges: the requests and limits that containers get, and their bounds. Source: k8s.io/kubernetes/plugin/pkg/admission/limitranger */
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { isList, type KubeObject } from "../object.ts";
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, Quantities } from "../objects.ts";
import { amountOf, written } from "../quantity.ts";
import type { Store } from "../store.ts";

const annotation = "kubernetes.io/limit-ranger";

const itemsOf = ({ spec }: LimitRange, type: string): readonly LimitRangeItem[] =>
  (spec.limits ?? []).filter((item) => item.type === type);

const merged = (items: readonly LimitRangeItem[], which: "default" | "defaultRequest"): Quantities =>
  Object.fromEntries(items.flatMap((item) => Object.entries(item[which] ?? {})));

/** The Pod with the requests and limits that its namespace gives to containers. */
export const limited = (store: Store, pod: Pod): Pod =>
  store.list(kinds.limitRanges, pod.metadata.namespace).reduce(limitedBy, pod);

function limitedBy(pod: Pod, range: LimitRange): Pod {
  const items = itemsOf(range, "Container");
  const [requests, limits] = [merged(items, "defaultRequest"), merged(items, "default")];
  const told: string[] = [];
  const filled = (what: string) => (container: Container) => {
    const given = container.resources ?? {};
    const add = (kind: "request" | "limit", from: Quantities, to: Quantities = {}): Quantities => {
      const names = Object.keys(from).filter((name) => to[name] === undefined);
      if (names.length > 0) told.push(`${names.sort().join(", ")} ${kind} for ${what} ${container.name}`);
      return { ...from, ...to };
    };
    const next = { requests: add("request", requests, given.requests), limits: add("limit", limits, given.limits) };
    const kept = Object.entries(next).filter(([, quantities]) => Object.keys(quantities).length > 0);
    return { ...container, resources: { ...given, ...Object.fromEntries(kept) } };
  };
  // It is not validated yet.
  const [containers, initContainers] = [pod.spec?.containers, pod.spec?.initContainers];
  const spec = {
    ...pod.spec,
    ...(isList(containers) && { containers: containers.map(filled("container")) }),
    ...(isList(initContainers) && { initContainers: initContainers.map(filled("init container")) }),
  };
  const annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${told.join("; ")}` };
  return told.length === 0 ? pod : { ...pod, metadata: { ...pod.metadata, annotations }, spec };
}

interface Usage {
  readonly requests: Quantities;
  readonly limits: Quantities;
}

const bound = (what: string, name: string, { type }: LimitRangeItem): string => `${what} ${name} usage per ${type} is`;

function problemsOf(item: LimitRangeItem, { requests, limits }: Usage): readonly string[] {
  const entries = (map: Quantities = {}) => Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
  const ofClaim = item.type === "PersistentVolumeClaim";
  const least = entries(item.min).flatMap(([name, min]) => {
    const [request, limit, start] = [requests[name], limits[name], `${bound("minimum", name, item)} ${min}`];
    if (request === undefined) return [`${start}.  No request is specified`];
    if (limit !== undefined && amountOf(limit) < amountOf(min)) return [`${start}, but limit is ${limit}`];
    return amountOf(request) < amountOf(min) ? [`${start}, but request is ${request}`] : [];
  });
  const most = entries(item.max).flatMap(([name, max]) => {
    const [request, limit, start] = [requests[name], limits[name], `${bound("maximum", name, item)} ${max}`];
    if (ofClaim && request === undefined) return [`${start}.  No request is specified`];
    if (!ofClaim && limit === undefined) return [`${start}.  No limit is specified`];
    if (limit !== undefined && amountOf(limit) > amountOf(max)) return [`${start}, but limit is ${limit}`];
    return request !== undefined && amountOf(request) > amountOf(max) ? [`${start}, but request is ${request}`] : [];
  });
  const ratios = entries(item.maxLimitRequestRatio).flatMap(([name, ratio]) => {
    const [request, limit] = [amountOf(requests[name] ?? 0), amountOf(limits[name] ?? 0)];
    const start = `${name} max limit to request ratio per ${item.type} is ${ratio}`;
    if (request === 0) return [`${start}, but no request is specified or request is 0`];
    if (limit === 0) return [`${start}, but no limit is specified or limit is 0`];
    const is = limit / request;
    return is > amountOf(ratio) ? [`${start}, but provided ratio is ${is.toFixed(6)}`] : [];
  });
  return [...least, ...most, ...ratios];
}

const usageOf = ({ resources = {} }: Container): Usage => ({
  requests: resources.requests ?? {},
  limits: resources.limits ?? {},
});

/** What containers use together, or an init container alone, if that is more. */
function sumOf({ spec }: Pod): Usage {
  const total = (which: keyof Usage): Quantities => {
    const all = spec.containers.map((one) => usageOf(one)[which]);
    const init = (spec.initContainers ?? []).map((one) => usageOf(one)[which]);
    const names = [...new Set([...all, ...init].flatMap((one) => Object.keys(one)))];
    const amount = (one: Quantities, name: string) => amountOf(one[name] ?? 0);
    const most = (name: string) =>
      init.reduce(
        (highest, one) => Math.max(highest, amount(one, name)),
        all.reduce((sum, one) => sum + amount(one, name), 0),
      );
    return Object.fromEntries(names.map((name) => [name, written(name, most(name))]));
  };
  return { requests: total("requests"), limits: total("limits") };
}

function podProblems(range: LimitRange, pod: Pod): readonly string[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return range.spec.limits.flatMap((item) => {
    if (item.type === "Container") return containers.flatMap((one) => problemsOf(item, usageOf(one)));
    return item.type === "Pod" ? problemsOf(item, sumOf(pod)) : [];
  });
}

const claimProblems = (range: LimitRange, { spec }: PersistentVolumeClaim): readonly string[] =>
  itemsOf(range, "PersistentVolumeClaim").flatMap((item) =>
    problemsOf(item, { requests: spec.resources.requests ?? {}, limits: {} }),
  );

/** Returns why a LimitRange of the namespace does not admit the Pod or the claim. */
export function beyondLimits(store: Store, kind: Kind, object: KubeObject): string | undefined {
  const [pod, claim] = [seenAs(kinds.pods, { kind, object }), seenAs(kinds.claims, { kind, object })];
  if (!pod && !claim) return undefined;
  for (const range of store.list(kinds.limitRanges, object.metadata.namespace)) {
    if (!range.spec.limits) continue;
    const problems = [
      ...new Set([...(pod ? podProblems(range, pod) : []), ...(claim ? claimProblems(range, claim) : [])]),
    ];
    if (problems.length > 0) return problems.length > 1 ? `[${problems.join(", ")}]` : problems[0];
  }
  return undefined;
}
