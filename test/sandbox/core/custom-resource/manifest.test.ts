/** `Custom::EksManifest`, by CloudFormation's events, against the sandbox. */
import { describe, expect, test } from "vitest";
import { allowedOf } from "../../support/actions.ts";
import {
  actingBefore,
  allowed,
  configMap,
  failure,
  isCreate,
  isPatch,
  manifest,
  overwriting,
  owner,
  path,
  success,
  useConfigMaps,
} from "../../support/config-maps.ts";

const { used, kube, resource, read, names, ownersOf } = useConfigMaps();
const gone = () => kube("DELETE", `${path}/a`);

describe("a resource", () => {
  test("is created, changed and deleted, under one id", async () => {
    const web = resource("Web");
    const [first, second] = [
      manifest(configMap("a", { x: "1" }), configMap("b")),
      manifest(configMap("a", { x: "2" })),
    ];
    const created = await web.create(first);
    expect(created).toMatchObject(success);
    expect((await read("a")).data).toEqual({ x: "1" });
    expect(await web.update(second, first)).toEqual({ ...created, RequestId: expect.any(String) });
    expect((await read("a")).data).toEqual({ x: "2" });
    expect(await read("b")).toBeUndefined();
    expect(await web.remove(second)).toEqual({ ...created, RequestId: expect.any(String) });
    expect(await read("a")).toBeUndefined();
  });

  test.each([
    ["one object", configMap("a")],
    ["a list", [configMap("a")]],
    ["a List", { apiVersion: "v1", kind: "List", items: [configMap("a")] }],
  ])("may be %s", async (_, given) => {
    expect(await resource("Web").create({ Manifest: JSON.stringify(given) })).toMatchObject(success);
    expect(await names()).toEqual(["a"]);
  });

  test("loses fields that its manifest no longer has", async () => {
    const web = resource("Web");
    const [first, second, third] = [{ x: "1", y: "1", z: "1" }, { x: "1", z: "1" }, { x: "1" }].map((data) =>
      manifest(configMap("a", data, { labels: data })),
    ) as [object, object, object];
    await web.create(first);
    await web.update(second, first);
    expect(await read("a")).toMatchObject({ data: { x: "1", z: "1" }, metadata: { labels: { x: "1", z: "1" } } });
    await web.update(third, second);
    expect((await read("a")).data).toEqual({ x: "1" });
    expect((await read("a")).metadata.labels).toEqual({ x: "1" });
  });

  test("writes namespaces and kinds before what needs them", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        ...{ group: "example.com", scope: "Namespaced" },
        names: { plural: "widgets", singular: "widget", kind: "Widget" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    };
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "one" } };
    const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
    const all = manifest(widget, configMap("flags", {}, { namespace: "shop" }), definition, shop);
    const web = resource("Web");
    expect(await web.create(all)).toMatchObject(success);
    expect((await kube("GET", "/apis/example.com/v1/namespaces/default/widgets/one")).status).toBe(200);
    expect(await web.remove(all)).toMatchObject(success);
    expect((await kube("GET", "/api/v1/namespaces/shop")).status).toBe(404);
  });

  test("is in the namespace of its property, unless a manifest names one", async () => {
    await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
    await resource("Web").create({ ...manifest(configMap("a")), Namespace: "shop" });
    expect((await kube("GET", "/api/v1/namespaces/shop/configmaps/a")).status).toBe(200);
  });
});

describe("a create", () => {
  test("refuses what exists, and makes nothing", async () => {
    await kube("POST", path, { body: configMap("b", { theirs: "1" }) });
    const before = await read("b");
    const web = resource("Web");
    const properties = manifest(configMap("a"), configMap("b"));
    const created = await web.create(properties);
    expect(created).toMatchObject(failure(/^AlreadyExists: ConfigMap default\/b: it already exists\n/));
    expect(created.PhysicalResourceId).toMatch(/^eks-lambda:not-created:Web:/);
    expect(await names()).toEqual(["b"]);
    expect(await web.remove(properties)).toMatchObject(success);
    expect(await read("b")).toEqual(before);
  });

  test("of which a copy comes late, after another resource had an object for a while, removes nothing", async () => {
    const [web, other] = [resource("Web"), resource("Other", { stack: "other" })];
    const event = web.event("Create", manifest(configMap("a"), configMap("b")));
    await web.send(event);
    await other.create(overwriting(configMap("a", { theirs: "1" })));
    await other.remove(overwriting(configMap("a", { theirs: "1" })));
    const before = await Promise.all([read("a"), read("b")]);
    expect(await web.send(event)).toMatchObject(failure(/^AlreadyExists: /));
    expect(await Promise.all([read("a"), read("b")])).toEqual(before);
  });

  test("that fails is an error in the function's log, whose hint is for its stack, and shows no manifest", async () => {
    const lines: string[] = [];
    const web = resource("Web", { owner: `${owner}-shop`, log: (line: string) => lines.push(line) });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, stringData: { password: "geheim" } };
    const hint = /setup --stack eks-lambda-demo-shop --allow/;
    expect(
      await web.create(manifest(secret, { ...configMap("a"), kind: "Job", apiVersion: "batch/v1" })),
    ).toMatchObject(failure(hint));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "ERROR", action: "Create", code: "NotAllowed", hint: expect.stringMatching(hint) },
    ]);
    await web.create(manifest(secret));
    expect(lines.at(-1)).toMatch('"level":"INFO"');
    expect(lines.join()).not.toContain("geheim");
  });

  test("refuses the object of another resource, with its name", async () => {
    await resource("Web").create(manifest(configMap("a")));
    expect(await resource("Other").create(manifest(configMap("a")))).toMatchObject(
      failure(/^AlreadyExists: ConfigMap default\/a: it already exists, and belongs to "Web of the stack web"\n/),
    );
    expect(await names()).toEqual(["a"]);
  });

  test("that fails half-way removes what it made", async () => {
    const web = resource("Web");
    const meddle = actingBefore(isCreate, () => kube("POST", path, { body: configMap("b") }), 1);
    const created = await web.create(manifest(configMap("a"), configMap("b"), configMap("c")), { meddle });
    expect(created).toMatchObject(failure(/^AlreadyExists: /));
    expect(created.PhysicalResourceId).toMatch(/not-created/);
    expect(await names()).toEqual(["b"]);
  });

  test("that is repeated changes nothing, and takes what its first attempt made for its own", async () => {
    const web = resource("Web");
    const event = web.event("Create", manifest(configMap("a"), configMap("b")));
    await web.send(event);
    const before = await read("a");
    await kube("DELETE", `${path}/b`);
    expect(await web.send(event)).toMatchObject(success);
    expect(await read("a")).toMatchObject({ metadata: { uid: before.metadata.uid } });
    expect(await names()).toEqual(["a", "b"]);
  });

  test("of which two copies come at once is one", async () => {
    const web = resource("Web");
    const event = web.event("Create", manifest(configMap("a", { x: "1" }), configMap("b")));
    expect(await Promise.all([web.send(event), web.send(event)])).toMatchObject([success, success]);
    expect(await names()).toEqual(["a", "b"]);
    await web.remove(manifest(configMap("a"), configMap("b")));
    expect(await names()).toEqual([]);
  });

  test("that comes again after an update does not revert it", async () => {
    const web = resource("Web");
    const [first, second] = [manifest(configMap("a", { x: "1" })), manifest(configMap("a", { x: "2" }))];
    const event = web.event("Create", first);
    await web.send(event);
    await web.update(second, first);
    expect(await web.send(event)).toMatchObject(failure(/^AlreadyExists: /));
    expect((await read("a")).data).toEqual({ x: "2" });
  });

  test.each<[string, object, RegExp]>([
    ["a manifest in YAML", { Manifest: { kind: "ConfigMap" } }, /^InvalidEvent: `Manifest` must be a text/],
    ["no manifest", {}, /^InvalidEvent: `Manifest` must be a text/],
    ["no JSON", { Manifest: "apiVersion: v1" }, /^InvalidEvent: `Manifest` must be a text/],
    ["an empty list", { Manifest: "[]" }, /^InvalidEvent: `Manifest` must be a text/],
    ["a number", { Manifest: "1" }, /^InvalidEvent: a manifest is \{/],
    [
      "more than 100 kB",
      manifest(configMap("a", { x: "x".repeat(100_000) })),
      /^InvalidEvent: the manifest has 100\d\d\d bytes/,
    ],
    [
      "an object twice",
      manifest(configMap("a"), configMap("a", {}, { namespace: "default" })),
      /^InvalidEvent: the manifest has ConfigMap default\/a twice/,
    ],
    [
      "a mistyped property",
      { ...manifest(configMap("a")), Overwrit: "true" },
      /^InvalidEvent: unknown property "Overwrit"; the properties are Manifest, Namespace, Overwrite, Wait/,
    ],
    ["an unclear property", { ...manifest(configMap("a")), Overwrite: "yes" }, /^InvalidEvent: `Overwrite` is "yes"/],
    ["a time that is none", { ...manifest(configMap("a")), Wait: "5m" }, /^InvalidEvent: `Wait` is "5m"/],
    [
      "a wait without time",
      { ...manifest(configMap("a")), Wait: "300" },
      /^InvalidEvent: `Wait` is 300 seconds, and the function and `ServiceTimeout` leave 1\d/,
    ],
    [
      "reserved metadata",
      manifest(configMap("a", {}, { finalizers: ["x"] })),
      /^InvalidEvent: the metadata of ConfigMap "a" has "finalizers"/,
    ],
    [
      "another kind",
      manifest({ ...configMap("a"), apiVersion: "batch/v1", kind: "Job" }),
      /^NotAllowed: .*\nhint: eks-lambda setup .*--allow apply:jobs.batch/s,
    ],
    [
      "what the server refuses",
      manifest(configMap("a"), { ...configMap("b"), data: { x: 1 } }),
      /^\w+: ConfigMap default\/b: /,
    ],
  ])("refuses %s before it writes", async (_, properties, reason) => {
    const created = await resource("Web").create(properties);
    expect(created).toMatchObject(failure(reason));
    expect(created.PhysicalResourceId).toMatch(/not-created/);
    expect(await names()).toEqual([]);
  });

  test("refuses a kind that the function could not delete", async () => {
    const web = resource("Web", { allowed: allowedOf("apply:configmaps", "delete:services") });
    expect(await web.create(manifest(configMap("a")))).toMatchObject(
      failure(/^NotAllowed: .*--allow delete:configmaps/s),
    );
    expect(await names()).toEqual([]);
  });

  test("refuses an image that is not allowed", async () => {
    const images = allowed.map((one) => ({ ...one, images: ["nginx"] }));
    const pod = { template: { spec: { containers: [{ name: "web", image: "evil" }] } } };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: pod };
    expect(await resource("Web", { allowed: images }).create(manifest(deployment))).toMatchObject(
      failure(/^ImageNotAllowed: /),
    );
  });

  test("retries what the cluster does not accept yet", async () => {
    let refusals = 3;
    const tokenOf = () => (refusals-- > 0 ? "k8s-aws-v1.none" : used.sandbox().adminToken);
    expect(await resource("Web", { tokenOf }).create(manifest(configMap("a")))).toMatchObject(success);
    expect(refusals).toBeLessThan(0);
  });

  test("says after a time that the cluster does not accept it", async () => {
    const web = resource("Web", { token: "k8s-aws-v1.none", remainingMs: 3_000 });
    expect(await web.create(manifest(configMap("a")))).toMatchObject(failure(/^Unauthorized: /));
  });
});

describe("an update", () => {
  test("makes an object that moves before it deletes the old one", async () => {
    const web = resource("Web");
    const [first, second] = [manifest(configMap("a")), manifest(configMap("b"))];
    await web.create(first);
    const seen: string[] = [];
    const meddle = async ({ method, path: asked }: { method: string; path: string }) => {
      if (["POST", "DELETE"].includes(method) && !asked.includes("dryRun"))
        seen.push(`${method} ${(await names()).join()}`);
    };
    expect(await web.update(second, first, { meddle })).toMatchObject(success);
    expect(seen).toEqual(["POST a", "DELETE a,b"]);
  });

  test("that fails is put back by the rollback, its event with the properties swapped", async () => {
    await kube("POST", path, { body: configMap("theirs", { x: "theirs" }) });
    const web = resource("Web");
    const first = manifest(configMap("a", { x: "1" }), configMap("b"));
    const second = manifest(configMap("a", { x: "2" }), configMap("c"), configMap("theirs"));
    await web.create(first);
    expect(await web.update(second, first)).toMatchObject(failure(/^AlreadyExists: ConfigMap default\/theirs/));
    expect(await web.update(first, second)).toMatchObject(success);
    expect(await names()).toEqual(["a", "b", "theirs"]);
    expect((await read("a")).data).toEqual({ x: "1" });
    expect((await read("theirs")).data).toEqual({ x: "theirs" });
  });

  test.each<[string, object]>([
    ["is no JSON", { Manifest: "[" }],
    ["is too long", manifest(configMap("a", { x: "x".repeat(100_000) }))],
    ["has an object twice", manifest(configMap("a"), configMap("a"))],
    ["has no kind", manifest(configMap("a"), { metadata: { name: "a" } })],
    [
      "has a kind that is not allowed",
      manifest(configMap("a"), { ...configMap("j"), kind: "Job", apiVersion: "batch/v1" }),
    ],
    ["has a kind that is not served", manifest({ ...configMap("w"), kind: "Widget", apiVersion: "example.com/v1" })],
    ["has an impossible name", manifest(configMap("a/b"))],
    ["has a namespace that is not there", manifest(configMap("a", {}, { namespace: "shop" }))],
    ["has an unknown property", { ...manifest(configMap("a")), Overwrit: "true" }],
  ])("whose manifest %s changes nothing, and its rollback succeeds", async (_, second) => {
    const web = resource("Web");
    const first = manifest(configMap("a", { x: "1" }));
    await web.create(first);
    const before = (await read("a")).data;
    expect(await web.update(second, first)).toMatchObject({ Status: "FAILED" });
    expect([await names(), (await read("a")).data]).toEqual([["a"], before]);
    expect(await web.update(first, second)).toMatchObject(success);
    expect([await names(), (await read("a")).data]).toEqual([["a"], before]);
  });

  test("makes again what someone deleted", async () => {
    const web = resource("Web");
    const first = manifest(configMap("a"));
    await web.create(first);
    await kube("DELETE", `${path}/a`);
    expect(await web.update(first, first)).toMatchObject(success);
    expect(await names()).toEqual(["a"]);
  });

  test("that waits behind another resource, whose object goes between reading and writing, makes it", async () => {
    const [web, other] = [resource("Web"), resource("Other")];
    await web.create(manifest(configMap("b")));
    await other.create(manifest(configMap("a", { theirs: "1" })));
    const second = manifest(configMap("a", { x: "1" }));
    expect(await web.update(second, manifest(configMap("b")), { meddle: actingBefore(isPatch, gone) })).toMatchObject(
      success,
    );
    expect((await read("a")).data).toEqual({ x: "1" });
    expect(await ownersOf("a")).toEqual([web.owner]);
  });

  test("leaves what is no longer its own", async () => {
    const web = resource("Web");
    const first = manifest(configMap("a"), configMap("b"));
    await web.create(first);
    await kube("DELETE", `${path}/b`);
    await kube("POST", path, { body: configMap("b", { theirs: "1" }) });
    expect(await web.update(manifest(configMap("a")), first)).toMatchObject(success);
    expect(await names()).toEqual(["a", "b"]);
  });

  test("survives other writers and lost answers", async () => {
    const web = resource("Web");
    const [first, second] = [manifest(configMap("a", { x: "1" })), manifest(configMap("a", { x: "2" }))];
    await web.create(first);
    let writes = 0;
    const meddle = async ({ method, path: asked }: { method: string; path: string }) => {
      if (method !== "PATCH" || asked.includes("dryRun") || writes++ > 2) return;
      const body = { metadata: { labels: { at: `${writes}` } } };
      await kube("PATCH", `${path}/a`, { body, type: "application/merge-patch+json" });
    };
    used.sandbox().faults.dropAnswer = [`PATCH ${path}/a`];
    expect(await web.update(second, first, { meddle })).toMatchObject(success);
    expect(await read("a")).toMatchObject({ data: { x: "2" }, metadata: { labels: { at: "3" } } });
  });
});

describe("a delete", () => {
  test("of what goes between reading and writing is a success", async () => {
    const [web, other] = [resource("Web"), resource("Other")];
    await web.create(manifest(configMap("a")));
    await other.create(overwriting(configMap("a")));
    const meddle = actingBefore(isPatch, gone);
    expect(await web.remove(manifest(configMap("a")), { meddle })).toMatchObject(success);
    expect(await names()).toEqual([]);
  });

  test("of what is gone is a success", async () => {
    const web = resource("Web");
    const properties = manifest(configMap("a"), { ...configMap("b"), metadata: { name: "b", namespace: "shop" } });
    await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: "shop" } } });
    await web.create(properties);
    await kube("DELETE", "/api/v1/namespaces/shop");
    await kube("DELETE", `${path}/a`);
    expect(await web.remove(properties)).toMatchObject(success);
  });

  test("of a kind that is gone is a success", async () => {
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "one" } };
    expect(await resource("Web").remove(manifest(widget))).toMatchObject(success);
  });

  test("waits until the objects are gone, and says which one is not", async () => {
    const web = resource("Web");
    const properties = manifest(configMap("a"));
    await web.create(properties);
    const body = { metadata: { finalizers: ["example.com/hold"] } };
    await kube("PATCH", `${path}/a`, { body, type: "application/merge-patch+json" });
    expect(await web.remove(properties, { remainingMs: 2_000 })).toMatchObject(
      failure(/^Timeout: .*configmaps "a"|^Timeout: /),
    );
    await kube("PATCH", `${path}/a`, {
      body: { metadata: { finalizers: null } },
      type: "application/merge-patch+json",
    });
    expect(await web.remove(properties)).toMatchObject(success);
  });

  test("of a kind that is no longer allowed fails, with the command that allows it", async () => {
    const web = resource("Web");
    const properties = manifest(configMap("a"));
    await web.create(properties);
    const less = { allowed: allowedOf("apply:services", "delete:services") };
    expect(await web.remove(properties, less)).toMatchObject(
      failure(/^NotAllowed: .*\nhint: eks-lambda setup .*--allow delete:configmaps/s),
    );
    expect(await names()).toEqual(["a"]);
  });

  test("of another's objects touches nothing", async () => {
    await resource("Web").create(manifest(configMap("a")));
    const before = await read("a");
    expect(await resource("Web", { stack: "other" }).remove(manifest(configMap("a")))).toMatchObject(success);
    expect(await read("a")).toEqual(before);
  });

  test.each(["apps/V1", "apps/1", "apps/v1 "])(
    "of a rollback whose update had apiVersion %j succeeds",
    async (apiVersion) => {
      const web = resource("Web");
      const first = manifest(configMap("a"));
      const second = manifest(configMap("a"), { apiVersion, kind: "Deployment", metadata: { name: "b" } });
      await web.create(first);
      expect(await web.update(second, first)).toMatchObject({ Status: "FAILED" });
      expect(await web.update(first, second)).toMatchObject(success);
    },
  );

  test.each(["[", "[{}]"])("of a create that never answered, whose manifest is %s, is a success", async (Manifest) =>
    expect(await resource("Web").remove({ Manifest })).toMatchObject(success),
  );
});

describe("a refusal", () => {
  test("of a Secret does not show what it has", async () => {
    const web = resource("Web");
    const secret = (stringData: object) =>
      manifest({ apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, stringData });
    const [first, second] = [secret({ password: "hunter1" }), secret({ password: { text: "hunter2" } })];
    await web.create(first);
    const { Reason, Status } = await web.update(second, first);
    expect(Status).toBe("FAILED");
    expect(Reason).toContain(".stringData.password: expected string, got …");
    expect(Reason).not.toContain("hunter2");
  });

  test("names the command that allows both actions for the kind", async () => {
    const { Reason } = await resource("Web", { allowed: allowedOf("apply:configmaps", "delete:configmaps") }).create(
      manifest(configMap("a"), { apiVersion: "v1", kind: "Service", metadata: { name: "web" } }),
    );
    expect(Reason).toMatch(/^NotAllowed: .*--allow delete:configmaps --allow apply:services --allow delete:services$/s);
  });
});

describe("a hostile request", () => {
  const at = (metadata: unknown) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata });
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  test.each([
    ["a namespace with a path", at({ name: "b", namespace: "../kube-system" })],
    ["a namespace that is no text", at({ name: "b", namespace: { a: 1 } })],
    ["every namespace", at({ name: "b", namespace: "*" })],
    ["no namespace", at({ name: "b", namespace: "" })],
    ["a name with a path", at({ name: "../b" })],
    ["no name", at({ name: "" })],
    ["a name that selects others", at({ name: "b,metadata.name=a" })],
    ["metadata that is null", at(null)],
    ["a prototype", '{"__proto__":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}}'],
    ["a deep list", deep],
    ["a deep object", at({ name: "b" }).replace("{", `{"data":${deep},`)],
  ])("with %s fails, and everything can be rolled back", async (_, Manifest) => {
    const web = resource("Web", { allowed: allowedOf("apply:configmaps@*", "delete:configmaps@*") });
    const [bad, good] = [{ Manifest }, manifest(configMap("a"))];
    expect(await web.create(bad)).toMatchObject({ Status: "FAILED" });
    expect(await web.remove(bad)).toMatchObject(success);
    expect(await web.create(good)).toMatchObject(success);
    expect(await web.update(bad, good)).toMatchObject({ Status: "FAILED" });
    expect(await web.update(good, bad)).toMatchObject(success);
    expect(await web.remove(good)).toMatchObject(success);
    expect(await names()).toEqual([]);
  });

  test.each([null, [], "text", { __proto__: null }])("with the properties %j is answered", async (properties) => {
    const web = resource("Web");
    const request = { ...web.event("Create", {}), ResourceProperties: properties as never };
    expect(await web.send(request)).toMatchObject({ Status: "FAILED" });
    expect(await web.remove({})).toMatchObject(success);
  });
});

describe("CDK's resource", () => {
  const cdk = (more = {}) => resource("Kube", { type: "Custom::AWSCDK-EKS-KubernetesResource", ...more });

  test("may have its own properties, and acts on the function's cluster only", async () => {
    const properties = {
      ...manifest(configMap("a")),
      PruneLabel: "aws.cdk.eks/prune-c8",
      SkipValidation: "true",
      RoleArn: "arn",
    };
    const { name } = used.sandbox().cluster;
    expect(await cdk().create({ ...properties, ClusterName: name })).toMatchObject(success);
    expect(await cdk().create({ ...properties, ClusterName: "other" })).toMatchObject(
      failure(/^InvalidEvent: the resource is for the cluster "other", and this function acts on "/),
    );
  });

  test.each([
    ["with a prune label, removes what is left out", { PruneLabel: "aws.cdk.eks/prune-c8" }, ["a"]],
    ["without, keeps it", {}, ["a", "b"]],
  ])("%s", async (_, more, left) => {
    const kube = cdk();
    const first = { ...manifest(configMap("a"), configMap("b")), ...more };
    await kube.create(first);
    await kube.update({ ...manifest(configMap("a")), ...more }, first);
    expect(await names()).toEqual(left);
  });
});
