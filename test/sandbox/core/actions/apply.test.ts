/** apply and delete, against the sandbox. */
import { describe, expect, test } from "vitest";
import { allowedOf, callerOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";

const used = useSandbox();
const { kube, sandbox } = used;
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
      message: expect.stringMatching(/^`apply` of secrets "token" is not allowed.*--allow apply:secrets\/token$/s),
    });
    // A right for it would not help: the kind has another name.
    await expect(apply([{ ...configMap("flags"), kind: "Configmap" }])).rejects.toMatchObject({
      name: "InvalidEvent",
      message: expect.stringMatching(/^no kind "Configmap"; did you mean "ConfigMap"\?/),
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

  test("a set is that of the function's stack, and so are the applied fields", async () => {
    const as = (stack: string, more: object) =>
      call({ action: "apply", ...more }, { allowed, owner: `111122223333/us-east-1/${stack}` });
    const one = configMap("one", { a: "1" });
    await as("web", { manifests: [one, configMap("two")], prune: "app" });
    expect(await as("api", { manifests: [configMap("three")], prune: "app" })).toMatchObject({ pruned: [] });
    const other = { manifests: [configMap("one", { a: "2" }), configMap("three")], prune: "app" };
    await expect(as("api", other)).rejects.toMatchObject({
      name: "Conflict",
      message: expect.stringMatching(/conflicts with "111122223333\/us-east-1\/web":\n\s+- \.data\.a\n.*set-owner/),
    });
    await as("api", { ...other, force: true });
    expect(await as("web", { manifests: [configMap("four")], prune: "app" })).toMatchObject({
      pruned: [{ name: "two" }],
    });
    expect(await names()).toEqual(expect.arrayContaining(["one", "three", "four"]));
  });

  test("stacks whose names differ at their ends only are told apart", async () => {
    const as = (end: string, value: string) =>
      call(
        { action: "apply", manifests: [configMap("one", { value })] },
        { allowed, owner: `111122223333/us-east-1/eks-lambda-${"x".repeat(100)}-${end}` },
      );
    await as("a", "1");
    await expect(as("b", "2")).rejects.toMatchObject({ name: "Conflict" });
    await as("a", "3");
  });

  test("does not prune what another function takes over in between", async () => {
    await apply([configMap("one"), configMap("two")], { prune: "web" });
    const taking = { action: "apply", manifests: [configMap("two", { a: "2" })], prune: "web", force: true };
    let isTaken = false;
    const meddle = async ({ method }: { method: string }) => {
      if (method !== "DELETE" || isTaken) return;
      isTaken = true;
      await call(taking, { allowed, owner: "another" });
    };
    const answer = await call({ action: "apply", manifests: [configMap("one")], prune: "web" }, { allowed, meddle });
    expect(answer).toMatchObject({ pruned: [] });
    expect((await kube("GET", `${path}/two`)).body.data).toEqual({ a: "2" });
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

  test.each([
    ["by name only", "delete:configmaps/one", ""],
    ["in another namespace only", "delete:configmaps@shop", ""],
    ["not where an object is written", "delete:configmaps", "shop"],
  ])("writes nothing if it must prune a kind that it may delete %s", async (_, remove, where) => {
    const only = allowedOf("apply:configmaps", "apply:configmaps@shop", "apply:services", remove, "delete:services");
    const event = { action: "apply", manifests: [configMap("one", {}, where || undefined)], prune: "web" };
    sandbox().requests.length = 0;
    await expect(call(event, { allowed: only })).rejects.toMatchObject({
      name: "NotAllowed",
      message: expect.stringMatching(new RegExp(`^.delete. of configmaps${where && " in shop"} is not allowed`)),
    });
    expect(sandbox().requests).toEqual([]);
  });

  test("prunes the kinds that it may delete, and keeps others", async () => {
    const only = allowedOf("apply:configmaps", "apply:services", "delete:configmaps");
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } };
    const run = (...manifests: object[]) => call({ action: "apply", manifests, prune: "web" }, { allowed: only });
    await run(configMap("one"), configMap("two"), service);
    expect(await run(configMap("one"))).toMatchObject({ pruned: [{ kind: "ConfigMap", name: "two" }] });
    expect((await kube("GET", "/api/v1/namespaces/default/services/web")).status).toBe(200);
  });

  test.each([
    [
      "owners, which may be gone",
      { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "b" }] },
      "ownerReferences",
    ],
    ["no owners", { ownerReferences: null }, "ownerReferences"],
    ["finalizers", { finalizers: ["example.com/never"] }, "finalizers"],
    ["what a retry is known by", { annotations: { "eks-lambda/last-action": "{}" } }, "eks-lambda/last-action"],
    ["another stack's mark", { labels: { "eks-lambda/owner": "0a" } }, "eks-lambda/owner"],
    ["a set", { labels: { "eks-lambda/set": "web" } }, "eks-lambda/set"],
    ["any key of ours", { annotations: { a: "1", "eks-lambda/\n": "" } }, "eks-lambda/\\n"],
  ])("refuses %s before any request", async (_, metadata, key) => {
    const one = { ...configMap("one"), metadata: { name: "one", ...metadata } };
    sandbox().requests.length = 0;
    await expect(apply([configMap("two"), one])).rejects.toMatchObject({
      name: "InvalidEvent",
      message: expect.stringContaining(`the metadata of ConfigMap "one" has "${key}", which an event must not set`),
    });
    expect(sandbox().requests).toEqual([]);
  });

  test("takes them in a Pod template, where they are that Pod's, and what kubectl prints", async () => {
    const metadata = {
      uid: undefined,
      creationTimestamp: null,
      generateName: "x-",
      annotations: { "kubernetes.io/a": "" },
    };
    const template = {
      metadata: { labels: { app: "web" }, annotations: { "eks-lambda/restarted-by": "1" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    };
    const deployment = {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", ...metadata } },
      spec: { selector: { matchLabels: { app: "web" } }, template },
    };
    expect(await apply([deployment])).toMatchObject({ objects: [{ action: "created" }] });
  });

  test("a list of objects is not taken apart", async () => {
    const list = { apiVersion: "v1", kind: "List", metadata: { name: "all" }, items: [configMap("one")] };
    await expect(apply([list])).rejects.toMatchObject({ name: "NotAllowed" });
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
