/** apply and delete, against the sandbox. */
import { describe, expect, test } from "vitest";
import { useSandbox } from "../../sandbox/support.ts";
import { allowedOf, callerOf } from "../../support/actions.ts";

const used = useSandbox();
const { kube } = used;
const call = callerOf(used);

const kinds = [
  "configmaps",
  "services",
  "deployments",
  "namespaces",
  "customresourcedefinitions",
  "widgets",
  "configmaps@shop",
];
const allowed = allowedOf(...kinds.map((one) => `apply:${one}`), "delete:configmaps", "delete:services");
const run = (event: object) => call(event, { allowed });
const apply = (manifests: readonly object[], more = {}) => run({ action: "apply", manifests, ...more });

const configMap = (name: string, data = {}, namespace?: string) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", data },
  metadata: { name, ...(namespace && { namespace }) },
});
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    ...{ group: "example.com", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget" } },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "one" } };
const path = "/api/v1/namespaces/default/configmaps";
const names = async () =>
  (await kube("GET", path)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);

describe("apply", () => {
  test("creates, updates and leaves unchanged", async () => {
    const about = { kind: "ConfigMap", namespace: "default", name: "flags" };
    expect(await apply([configMap("flags", { a: "1" })])).toEqual({
      action: "applied",
      objects: [{ action: "created", ...about }],
    });
    expect(await apply([configMap("flags", { a: "1" })])).toEqual({
      action: "applied",
      objects: [{ action: "unchanged", ...about }],
    });
    expect(await apply([configMap("flags", { a: "2" })])).toEqual({
      action: "applied",
      objects: [{ action: "updated", ...about }],
    });
    expect((await kube("GET", `${path}/flags`)).body.data).toEqual({ a: "2" });
  });

  test("writes namespaces and kinds before what needs them, in whatever order they come", async () => {
    const { objects } = await apply([widget, configMap("flags", {}, "shop"), definition, namespace]);
    const order = (objects as { kind: string; action: string }[]).map(({ kind, action }) => `${action} ${kind}`);
    expect(order).toEqual([
      "created Namespace",
      "created CustomResourceDefinition",
      "created ConfigMap",
      "created Widget",
    ]);
  });

  test("writes nothing if one is not allowed, or the server would refuse one", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "token" } };
    await expect(apply([configMap("flags"), secret])).rejects.toMatchObject({
      name: "NotAllowed",
      message: expect.stringMatching(/^`apply` of secrets was not allowed.*--allow apply:secrets$/s),
    });
    const invalid = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: {} };
    await expect(apply([configMap("flags"), { ...invalid, metadata: { name: "Web" } }])).rejects.toMatchObject({
      message: expect.stringMatching(/^Service default\/Web: .*; nothing was written/s),
    });
    await expect(apply([configMap("flags", {}, "shop")])).rejects.toMatchObject({ name: "NotFound" });
    await expect(apply([{ kind: "ConfigMap" }])).rejects.toMatchObject({ name: "InvalidEvent" });
    expect(await names()).not.toContain("flags");
  });

  test("prunes what its set has no more, and nothing of others", async () => {
    const label = { metadata: { name: "theirs", labels: { "eks-lambda/set": "web" } } };
    await kube("POST", path, { body: label });
    await apply([configMap("one"), configMap("two")], { prune: "web" });
    await apply([configMap("other")], { prune: "api" });
    await apply([configMap("loose")]);
    expect(await apply([configMap("one")], { prune: "web" })).toMatchObject({
      pruned: [{ kind: "ConfigMap", namespace: "default", name: "two" }],
    });
    expect((await names()).sort()).toEqual(expect.arrayContaining(["loose", "one", "other", "theirs"]));
    expect(await names()).not.toContain("two");
  });

  test("does not prune what it may not delete, and never with an empty list", async () => {
    const only = allowedOf("apply:configmaps");
    const called = call({ action: "apply", manifests: [configMap("one")], prune: "web" }, { allowed: only });
    await expect(called).rejects.toMatchObject({
      name: "NotAllowed",
      message: expect.stringContaining("`delete` of configmaps"),
    });
    expect(await names()).not.toContain("one");
    await expect(apply([], { prune: "web" })).rejects.toMatchObject({ name: "InvalidEvent" });
  });
});

describe("delete", () => {
  test("by name or by manifests; what is absent is unchanged", async () => {
    await apply([configMap("one"), configMap("two")]);
    const one = { action: "delete", resource: "configmaps", name: "one", wait: true };
    const about = { kind: "ConfigMap", namespace: "default", name: "one" };
    expect(await run(one)).toEqual({ action: "deleted", objects: [{ action: "deleted", ...about }] });
    expect(await run(one)).toEqual({ action: "deleted", objects: [{ action: "unchanged", ...about }] });
    expect(await run({ action: "delete", manifests: [configMap("one"), configMap("two")] })).toMatchObject({
      objects: [
        { action: "deleted", name: "two" },
        { action: "unchanged", name: "one" },
      ],
    });
    expect(await names()).not.toContain("two");
  });

  test("of what was not allowed is refused", async () => {
    await expect(run({ action: "delete", resource: "deployments", name: "web" })).rejects.toMatchObject({
      name: "NotAllowed",
    });
    await expect(run({ action: "delete" })).rejects.toMatchObject({ name: "InvalidEvent" });
  });
});
