/** Requests to the status, the scale and the finalizers of an object. */
import type { Manifest } from "../manifests.ts";
import { fixed, type Making, patchType, pathOf, request, type Step, versioned } from "./request.ts";
import { statusOf } from "./statuses.ts";

export function status(making: Making): Step["asked"] {
  const { kind, name, random, all } = making;
  const path = pathOf(name, "status");
  const written = statusOf(kind.kind, random);
  const whole = { ...random.pick(all), status: written };
  const how = random.pick(["update", "rewrite", "merge", "apply", "json"] as const);
  if (how === "update") return fixed(request(making, { method: "PUT", path, body: versioned(whole, random) }));
  if (how === "rewrite") {
    const sent = request(making, { method: "PUT", path });
    return ({ current }) => ({ ...sent, body: JSON.stringify({ ...(current ?? whole), status: written }) });
  }
  if (how === "merge") {
    const more = random.pick<object>([{}, { metadata: { labels: { tier: "four" } } }, { spec: { replicas: 7 } }]);
    return fixed(
      request(making, {
        method: "PATCH",
        path,
        contentType: patchType("merge-patch+json"),
        body: { ...more, status: written },
      }),
    );
  }
  if (how === "json") {
    const body = [{ op: "add", path: "/status", value: written }];
    return fixed(request(making, { method: "PATCH", path, contentType: patchType("json-patch+json"), body }));
  }
  const { apiVersion, kind: of } = kind;
  const body = { apiVersion, kind: of, metadata: { name }, status: written };
  const sent = request(making, { method: "PATCH", path, contentType: patchType("apply-patch+yaml"), body });
  const query = `fieldManager=${random.pick(["first", "controller"])}${random.one(2) ? "&force=true" : ""}`;
  return fixed({ ...sent, path: `${sent.path.split("?")[0]}?${query}` });
}

export function scale(making: Making): Step["asked"] {
  const { name, random } = making;
  const path = pathOf(name, "scale");
  const spec = random.pick<object>([{ replicas: 0 }, { replicas: 2 }, { replicas: 5 }, {}, { replicas: -1 }]);
  if (random.one(4)) return fixed(request(making, { method: "GET", path }));
  const contentType = patchType(random.pick(["merge-patch+json", "merge-patch+json", "strategic-merge-patch+json"]));
  if (random.one(2)) return fixed(request(making, { method: "PATCH", path, contentType, body: { spec } }));
  const object = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name, namespace: "PREFIX" }, spec };
  return fixed(request(making, { method: "PUT", path, body: versioned(object, random) }));
}

export function finalize(making: Making): Step["asked"] {
  const { kind, name, random } = making;
  const spec = random.pick<object>([{}, { finalizers: ["kubernetes"] }, { finalizers: [] }]);
  const body = versioned(
    { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name }, spec } as Manifest,
    random,
  );
  return fixed(request(making, { method: "PUT", path: pathOf(name, "finalize"), body }));
}
