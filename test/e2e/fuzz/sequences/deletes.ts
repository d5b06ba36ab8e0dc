/** Deletes, reads and lists. */
import type { Random } from "../random.ts";
import { fixed, formsOfAll, formsOfOne, json, type Making, pathOf, request, type Step } from "./request.ts";

const deleting = (random: Random): object | undefined =>
  random.pick<object | undefined>([
    ...[undefined, undefined, {}],
    { propagationPolicy: "Foreground" },
    { propagationPolicy: "Orphan" },
    { propagationPolicy: "Background" },
    { orphanDependents: true },
    { orphanDependents: false },
    { orphanDependents: true, propagationPolicy: "Background" },
    { gracePeriodSeconds: 0 },
    { gracePeriodSeconds: 5 },
    { gracePeriodSeconds: -1 },
    { dryRun: ["All"] },
    { preconditions: { resourceVersion: "VERSION" } },
    { preconditions: { resourceVersion: "FIRST" } },
    { preconditions: { uid: "UID" }, propagationPolicy: "Foreground" },
    { preconditions: { uid: "another" } },
  ]);

export function remove(making: Making): Step["asked"] {
  const { name, random } = making;
  const body = deleting(random);
  const query = [
    body === undefined &&
      random.one(2) &&
      random.pick(["gracePeriodSeconds=0", "propagationPolicy=Orphan", "dryRun=All"]),
  ];
  return fixed(
    request(making, {
      method: "DELETE",
      path: pathOf(name),
      query,
      body,
      accept: random.pick([json, json, ...formsOfOne]),
    }),
  );
}

/** Objects of a kind without namespaces belong to other sequences, too. */
function selectorOf({ kind, random, name }: Making): string {
  const labels = random.pick(["", "app=web", "app!=web", "app in (web,api)", "!app", "tier", "tier=one,app=web"]);
  const own = [labels, kind.namespaced ? "" : "sequence=PREFIX"].filter(Boolean).join(",");
  const fields = random.one(6) && `fieldSelector=metadata.name${random.pick(["=", "!="])}${name}`;
  return [own && `labelSelector=${encodeURIComponent(own)}`, fields].filter(Boolean).join("&");
}

export function removeAll(making: Making): Step["asked"] {
  const body = deleting(making.random);
  return fixed(request(making, { method: "DELETE", query: [selectorOf(making)], body }));
}

export function read(making: Making): Step["asked"] {
  return fixed(request(making, { method: "GET", path: pathOf(making.name), accept: making.random.pick(formsOfOne) }));
}

export function list(making: Making): Step["asked"] {
  const { random } = making;
  const version = random.one(6) && "resourceVersion=0";
  const query = [selectorOf(making), version];
  return fixed(request(making, { method: "GET", query, accept: random.pick(formsOfAll) }));
}

export function pages(making: Making): Step["asked"] {
  return fixed(request(making, { method: "GET", query: [selectorOf(making), `limit=${making.random.pick([1, 2])}`] }));
}
