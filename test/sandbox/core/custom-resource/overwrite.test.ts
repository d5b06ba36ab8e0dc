/** `Overwrite` of `Custom::EksManifest`: takes objects over, and gives them back. */
import { describe, expect, test } from "vitest";
import {
  actingBefore,
  allowed,
  configMap,
  failure,
  isCreate,
  manifest,
  overwriting,
  path,
  success,
  useConfigMaps,
} from "../../support/config-maps.ts";

const { kube, resource, read, names, ownersOf } = useConfigMaps();

test("takes over what was nobody's, and gives it back", async () => {
  await kube("POST", `${path}?fieldManager=kubectl-create`, { body: configMap("a", { x: "1", y: "1" }) });
  const web = resource("Web");
  const first = overwriting(configMap("a", { x: "2" }));
  expect(await web.create(first)).toMatchObject(success);
  expect((await read("a")).data).toEqual({ x: "2" });
  expect(await ownersOf("a")).toEqual([web.owner, ""]);
  expect(await web.remove(first)).toMatchObject(success);
  expect(await read("a")).toMatchObject({ data: { x: "2" } });
  expect((await read("a")).metadata.annotations).toBeUndefined();
});

test("keeps the fields of controllers", async () => {
  await kube("POST", `${path}?fieldManager=some-controller`, { body: configMap("a", { x: "1", y: "1" }) });
  await resource("Web").create(overwriting(configMap("a", { x: "2" })));
  expect((await read("a")).data).toEqual({ x: "2", y: "1" });
});

test("by a renamed logical id works, also when it is rolled back", async () => {
  const [old, renamed] = [resource("Old"), resource("New")];
  const first = manifest(configMap("a"));
  await old.create(first);
  expect(await renamed.create(overwriting(configMap("a", { x: "1" })))).toMatchObject(success);
  expect(await ownersOf("a")).toEqual([renamed.owner, old.owner]);
  expect(await renamed.remove(first)).toMatchObject(success);
  expect(await ownersOf("a")).toEqual([old.owner]);
  await renamed.create(overwriting(configMap("a", { x: "1" })));
  expect(await old.remove(first)).toMatchObject(success);
  expect(await ownersOf("a")).toEqual([renamed.owner]);
  expect(await renamed.remove(first)).toMatchObject(success);
  expect(await read("a")).toBeUndefined();
});

describe("gives back what the annotation keeps, which others may have written", () => {
  const [old, renamed] = [resource("Old"), resource("New")];
  const first = manifest(configMap("a", { x: "1" }));
  const second = overwriting(configMap("a", { x: "2" }));
  /** Takes an object over, and gives it back after someone has changed the annotation. */
  async function givenBack(kept: string) {
    await old.create(first);
    await renamed.create(second);
    const body = { metadata: { annotations: { "eks-lambda/before": kept } } };
    await kube("PATCH", `${path}/a`, { body, type: "application/merge-patch+json" });
    expect(await renamed.remove(second)).toMatchObject(success);
    expect(await ownersOf("a")).toEqual([old.owner]);
    return read("a");
  }

  test.each(["no JSON", "", "[", '"'])("%j is as if nothing was kept", async (kept) => {
    expect((await givenBack(kept)).data).toEqual({ x: "2" });
  });

  test.each([{}, { kind: "Secret" }])("metadata that an event must not set is left out, of %j", async (kind) => {
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "b", uid: "1" }];
    const labels = { "eks-lambda/set": "theirs", app: "web" };
    const annotations = { "eks-lambda/request": "forged", note: "1" };
    const metadata = { finalizers: ["example.com/a"], ownerReferences, labels, annotations };
    const { data, metadata: found } = await givenBack(JSON.stringify({ ...kind, data: { x: "3" }, metadata }));
    expect([data, found.labels]).toEqual([{ x: "3" }, { app: "web" }]);
    expect(found).not.toHaveProperty("finalizers");
    expect(found).not.toHaveProperty("ownerReferences");
    expect(found.annotations).toMatchObject({ note: "1" });
    expect(found.annotations).not.toHaveProperty("eks-lambda/request");
  });
});

test("refuses to give back an image that is not allowed", async () => {
  const web = (image: string) => {
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "web", image }] } };
    const spec = { selector: { matchLabels: labels }, template };
    return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec };
  };
  const images = allowed.map((one) => (one.action === "apply" ? { ...one, images: ["nginx"] } : one));
  const [old, renamed] = [resource("Old", { allowed: images }), resource("New", { allowed: images })];
  await old.create(manifest(web("nginx:1")));
  await renamed.create(overwriting(web("nginx:2")));
  const deployment = "/apis/apps/v1/namespaces/default/deployments/web";
  const body = { metadata: { annotations: { "eks-lambda/before": JSON.stringify({ spec: web("evil").spec }) } } };
  await kube("PATCH", deployment, { body, type: "application/merge-patch+json" });
  expect(await renamed.remove(manifest(web("nginx:2")))).toMatchObject(failure(/^ImageNotAllowed: /));
  const { spec } = (await kube("GET", deployment)).body;
  expect(spec.template.spec.containers[0].image).toBe("nginx:2");
});

test("of a create that comes twice keeps what the owner wants that waits behind it", async () => {
  const [old, renamed] = [resource("Old"), resource("New")];
  const [first, other] = [manifest(configMap("a", { x: "1" })), manifest(configMap("b"))];
  await old.create(first);
  const event = renamed.event("Create", overwriting(configMap("a", { x: "3" })));
  await renamed.send(event);
  await old.update(other, first);
  // The rollback of an update that moved the object from one resource to the other.
  await old.update(first, other);
  expect(await renamed.send(event)).toMatchObject(success);
  await renamed.remove(overwriting(configMap("a", { x: "3" })));
  expect((await read("a")).data).toEqual({ x: "1" });
  expect(await ownersOf("a")).toEqual([old.owner]);
});

test("of a create is undone also after the earlier owner has let the object go", async () => {
  const [old, renamed] = [resource("Old"), resource("New")];
  const [first, other] = [manifest(configMap("a")), manifest(configMap("b"))];
  await old.create(first);
  await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
  const meddle = actingBefore(isCreate, async () => {
    await old.update(other, first);
    await kube("DELETE", "/api/v1/namespaces/shop");
  });
  const given = overwriting(configMap("a"), configMap("c", {}, { namespace: "shop" }));
  expect(await renamed.create(given, { meddle })).toMatchObject({ Status: "FAILED" });
  expect(await names()).toEqual(["b"]);
});

test("of a create that fails gives the object back", async () => {
  await kube("POST", path, { body: configMap("a") });
  const meddle = actingBefore(isCreate, () => kube("DELETE", "/api/v1/namespaces/shop"));
  await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
  const given = overwriting(configMap("a"), { ...configMap("b"), metadata: { name: "b", namespace: "shop" } });
  expect(await resource("Web").create(given, { meddle })).toMatchObject({ Status: "FAILED" });
  expect(await ownersOf("a")).toBeNull();
});

test("of an update takes over what another resource of the stack keeps for good", async () => {
  const [old, web] = [resource("Old"), resource("Web")];
  const [first, second] = [manifest(configMap("b")), overwriting(configMap("a", { x: "2" }))];
  await old.create(manifest(configMap("a", { x: "1" })));
  await web.create(first);
  // `DeletionPolicy: Retain`: no Delete of the old one follows.
  expect(await web.update(second, first)).toMatchObject(success);
  expect((await read("a")).data).toEqual({ x: "2" });
  expect(await ownersOf("a")).toEqual([web.owner, old.owner]);
  expect(await web.update(first, second)).toMatchObject(success);
  expect((await read("a")).data).toEqual({ x: "1" });
  expect(await ownersOf("a")).toEqual([old.owner]);
});

describe("of what `DeletionPolicy: Retain` has left, for the same logical ID", () => {
  const web = resource("Web");
  const left = configMap("a", { x: "1" });
  /** The resource is gone from the stack, and no Delete was sent. */
  const leave = async () => {
    await web.create(manifest(left));
    return web.update(manifest(left), manifest(left));
  };

  test("never deletes it, also not with a Delete that comes twice", async () => {
    await leave();
    expect(await web.create(manifest(left))).toMatchObject(failure(/^AlreadyExists: /));
    const again = overwriting(configMap("a", { x: "2" }));
    expect(await web.create(again)).toMatchObject(success);
    expect(await ownersOf("a")).toEqual([web.owner, ""]);
    expect(await web.update(again, again)).toMatchObject(success);
    for (const _ of ["first", "copy"]) {
      expect(await web.remove(again)).toMatchObject(success);
      expect((await read("a")).data).toEqual({ x: "2" });
      expect((await read("a")).metadata.annotations).toBeUndefined();
    }
  });

  test.each([
    ["before", configMap("b"), left],
    ["after", left, configMap("b")],
  ])("a create that fails keeps it, and removes what it made %s it", async (_, ...objects) => {
    await leave();
    await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
    const last = configMap("c", {}, { namespace: "shop" });
    const meddle = actingBefore(isCreate, () => kube("DELETE", "/api/v1/namespaces/shop"));
    expect(await web.create(overwriting(...objects, last), { meddle })).toMatchObject({ Status: "FAILED" });
    expect(await names()).toEqual(["a"]);
  });
});

describe("keeps and gives back nothing", () => {
  const [old, renamed] = [resource("Old"), resource("New")];
  const merge = { type: "application/merge-patch+json" };
  const annotationsAt = async (at: string) => (await kube("GET", at)).body.metadata.annotations;

  test("of a Secret", async () => {
    const at = "/api/v1/namespaces/default/secrets/db";
    const secret = (password: string) => ({
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, stringData: { password } },
    });
    await old.create(manifest(secret("one")));
    await renamed.create(overwriting(secret("two")));
    expect(Object.keys(await annotationsAt(at))).toEqual(["eks-lambda/owners", "eks-lambda/request"]);
    const forged = JSON.stringify({ data: { password: "Zm9yZ2Vk" } });
    await kube("PATCH", at, { body: { metadata: { annotations: { "eks-lambda/before": forged } } }, ...merge });
    expect(await renamed.remove(overwriting(secret("two")))).toMatchObject(success);
    expect((await kube("GET", at)).body.data).toEqual({ password: "dHdv" });
  });

  test("of a Role, in which the annotation's author could get rights", async () => {
    const at = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/app";
    const role = (verb: string) => ({
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "app" } },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: [verb] }],
    });
    await old.create(manifest(role("get")));
    const owners = JSON.stringify([old.owner, "theirs"]);
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    const annotations = { "eks-lambda/owners": owners, "eks-lambda/before": JSON.stringify({ rules }) };
    await kube("PATCH", at, { body: { metadata: { annotations } }, ...merge });
    expect(await old.remove(manifest(role("get")))).toMatchObject(success);
    expect((await kube("GET", at)).body.rules).toEqual(role("get").rules);
    await kube("DELETE", at);
    await old.create(manifest(role("get")));
    await renamed.create(overwriting(role("list")));
    expect(await annotationsAt(at)).not.toHaveProperty("eks-lambda/before");
  });
});
