/** Creates, applies, updates and patches. */
import { difference } from "../cases.ts";
import type { Manifest } from "../manifests.ts";
import { mutations } from "../mutations.ts";
import { type Random, randomOf } from "../random.ts";
import {
  fixed,
  formsOfOne,
  json,
  type Make,
  type Making,
  patchType,
  pathOf,
  request,
  type Step,
  versioned,
} from "./request.ts";
import { strategicPatches } from "./strategic.ts";

export const create: Make = (making) =>
  fixed(
    request(making, {
      method: "POST",
      body: making.random.pick(making.all),
      accept: making.random.pick([json, json, json, ...formsOfOne]),
    }),
  );
export const update: Make = (making) =>
  fixed(
    request(making, {
      method: "PUT",
      path: pathOf(making.name),
      body: versioned(making.random.pick(making.all), making.random),
    }),
  );

export function apply(making: Making): Step["asked"] {
  const { name, random, all } = making;
  const query = [`fieldManager=${random.pick(["first", "second", "controller"])}`, random.one(3) && "force=true"];
  const body = random.one(8) ? versioned(random.pick(all), random) : random.pick(all);
  const sent = request(making, {
    method: "PATCH",
    path: pathOf(name),
    contentType: patchType("apply-patch+yaml"),
    body,
  });
  return fixed({ ...sent, path: `${sent.path.split("?")[0]}?${query.filter(Boolean).join("&")}` });
}

/** Reads the object, changes a field, and writes it back. */
export function rewrite(making: Making): Step["asked"] {
  const { name, random } = making;
  const chosen = random.below(2 ** 30);
  const sent = request(making, { method: "PUT", path: pathOf(name), body: {} });
  return ({ current }) => {
    if (!current) return { ...sent, body: JSON.stringify(making.all[0]) };
    return { ...sent, body: JSON.stringify(rewritten(current, randomOf(chosen, 0))) };
  };
}

function rewritten(current: Manifest, random: Random): Manifest {
  const { managedFields, ...metadata } = current.metadata;
  const kept = random.one(2) ? { ...metadata, managedFields } : metadata;
  const change = random.below(6);
  if (change === 0) return { ...current, metadata: kept };
  if (change === 1)
    return { ...current, metadata: { ...kept, labels: { ...(metadata.labels as object), tier: "three" } } };
  if (change === 2) return { ...current, metadata: { ...kept, finalizers: random.pick([[], ["example.com/hold"]]) } };
  const { status, metadata: _, ...rest } = current;
  const part = inOrder({ ...rest, metadata: {} }) as Manifest;
  const mutated = mutations[random.pick(["missing", "other", "null", "empty"])]?.(part, random)?.object ?? part;
  return { ...(mutated as Manifest), ...(status !== undefined && { status }), metadata: kept };
}

/** Both API servers have the same fields, in another order. */
const inOrder = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? value
    : Array.isArray(value)
      ? value.map(inOrder)
      : Object.fromEntries(
          Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([key, one]) => [key, inOrder(one)]),
        );

/** The operations of a JSON patch that make `next` of `old`. */
function operations(old: unknown, next: unknown, path = ""): readonly object[] {
  const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (JSON.stringify(old) === JSON.stringify(next)) return [];
  if (!isMap(old) || !isMap(next)) return [{ op: "replace", path, value: next }];
  const inside = (key: string) => `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return [
    ...Object.keys(old)
      .filter((key) => !(key in next))
      .map((key) => ({ op: "remove", path: inside(key) })),
    ...Object.entries(next).flatMap(([key, value]) =>
      key in old ? operations(old[key], value, inside(key)) : [{ op: "add", path: inside(key), value }],
    ),
  ];
}

export function jsonPatch(making: Making): Step["asked"] {
  const { name, random, all } = making;
  const test = { op: "test", path: "/metadata/resourceVersion", value: random.pick(["VERSION", "FIRST"]) };
  const body = [...(random.one(5) ? [test] : []), ...operations(random.pick(all), random.pick(all))];
  return fixed(
    request(making, { method: "PATCH", path: pathOf(name), contentType: patchType("json-patch+json"), body }),
  );
}

const simple: readonly object[] = [
  { metadata: { labels: { tier: "two" } } },
  { metadata: { labels: { tier: null, app: null } } },
  { metadata: { labels: null } },
  { metadata: { annotations: { note: "other" } } },
  { metadata: { annotations: {} } },
  { metadata: { finalizers: ["example.com/hold"] } },
  { metadata: { finalizers: ["example.com/hold", "example.com/more"] } },
  { metadata: { finalizers: null } },
  { metadata: { finalizers: null } },
  { metadata: { ownerReferences: null } },
  { metadata: { managedFields: [{}] } },
  { metadata: { resourceVersion: "FIRST", labels: { tier: "two" } } },
  { metadata: { resourceVersion: "VERSION", labels: { tier: "three" } } },
  { spec: { replicas: 3 } },
  { spec: null },
  {},
];

export function merge(making: Making): Step["asked"] {
  const { name, random, all } = making;
  const body = random.one(2) ? random.pick(simple) : difference(random.pick(all), random.pick(all));
  return fixed(
    request(making, { method: "PATCH", path: pathOf(name), contentType: patchType("merge-patch+json"), body }),
  );
}

export function strategic(making: Making): Step["asked"] {
  const { kind, name, random, all } = making;
  const own = [...simple, ...strategicPatches(kind.kind)];
  const body = random.one(3) ? difference(random.pick(all), random.pick(all)) : random.pick(own);
  const contentType = patchType("strategic-merge-patch+json");
  return fixed(request(making, { method: "PATCH", path: pathOf(name), contentType, body }));
}
