import { describe, expect, test } from "vitest";
import { type Allowed, defaultAllowed, needsOf } from "../../../../src/core/actions/allowed.ts";
import { deployment } from "../../../../src/core/actions/deployment.ts";
import { actionOf, actions } from "../../../../src/core/actions/index.ts";
import { UsageError } from "../../../../src/core/errors.ts";
import { type TestCluster, testCluster } from "../../support/cluster.ts";

const requestId = "5a9f3c1e-0000-4000-8000-000000000001";

/** As the handler runs an event. */
function run(event: unknown, kube = testCluster(), id = requestId) {
  const allowed = [{ ...defaultAllowed[0], namespace: "*" } as Allowed];
  const { action, name, event: fields } = actionOf(event);
  const needs = () => needsOf(defaultAllowed);
  if (!action) throw new Error(`no code of ${name}`);
  return action.run(fields, {
    action: name,
    allowed,
    needs,
    kube,
    requestId: id,
    namespace: "default",
    remainingMs: () => 1_000,
  });
}

const longest = "a".repeat(63);

describe("an event", () => {
  test.each([undefined, null, {}, { action: "create" }])("of %j selects `create`", (event) =>
    expect(actionOf(event)).toEqual({ action: actions.get("create"), name: "create", event: {} }),
  );

  test("of `check` selects `check`", () =>
    expect(actionOf({ action: "check", namespace: "apps" })).toEqual({
      action: actions.get("check"),
      name: "check",
      event: { namespace: "apps" },
    }));

  test.each([
    { name: "a" },
    { name: longest },
    { name: "1-a" },
    { namespace: longest },
    { replicas: 0 },
    { replicas: 2147483647 },
    { image: "nginx" },
    { image: "registry.example.com:5000/team/nginx:1.12@sha256:0123456789abcdef" },
    { resources: { requests: { cpu: "100m", memory: "1.5Gi" }, limits: { cpu: 1, "nvidia.com/gpu": "1" } } },
    { securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } } },
    { imagePullSecrets: [] },
    { imagePullSecrets: [{ name: "registry" }] },
    { ports: [{ containerPort: 8080 }, { containerPort: 53, name: "dns", protocol: "UDP" }] },
  ])("of %j is good", (event) => expect(actionOf(event).event).toEqual(event));

  const aLabel = "at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit";
  const aCount = "a whole number from 0 to 2147483647";
  const anImage = "the name of a container image, such as `nginx:1.12`";
  const someResources = 'an object such as `{"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}}`';
  const aContext =
    "that of a container, an object with allowPrivilegeEscalation, appArmorProfile, capabilities, privileged, procMount, readOnlyRootFilesystem, runAsGroup, runAsNonRoot, runAsUser, seLinuxOptions, seccompProfile, windowsOptions";
  const someSecrets = 'a list such as `[{"name": "registry"}]`';
  const somePorts = 'a list such as `[{"containerPort": 8080}]`, with ports from 1 to 65535';
  const anObject = "a JSON object, or nothing";
  const anAction =
    "one of create, set-image, undo, restart, scale, suspend, resume, apply, delete, run-job, status, get, check";

  test.each([
    ["text", "create", 'the event is "create"', anObject],
    ["a number", 1, "the event is 1", anObject],
    ["a list", [], "the event is []", anObject],
    ["an unknown action", { action: "destroy" }, '`action` is "destroy"', anAction],
    ["an action that every object has", { action: "toString" }, '`action` is "toString"', anAction],
    ["no action's name", { action: null }, "`action` is null", anAction],
    ["an empty name", { name: "" }, '`name` is ""', aLabel],
    ["a name in upper case", { name: "Nginx" }, '`name` is "Nginx"', aLabel],
    ["a name that begins with `-`", { name: "-a" }, '`name` is "-a"', aLabel],
    ["a name that ends with `-`", { name: "a-" }, '`name` is "a-"', aLabel],
    ["a name with a dot", { name: "a.b" }, '`name` is "a.b"', aLabel],
    ["a name with a line end", { name: "a\n" }, '`name` is "a\\n"', aLabel],
    ["a name that is too long", { name: `${longest}a` }, `\`name\` is "${longest}a"`, aLabel],
    ["a name that is no text", { name: 1 }, "`name` is 1", aLabel],
    ["a name that is null", { name: null }, "`name` is null", aLabel],
    ["a namespace that leads elsewhere", { namespace: "../kube-system" }, '`namespace` is "../kube-system"', aLabel],
    ["a namespace of `check`", { action: "check", namespace: "A" }, '`namespace` is "A"', aLabel],
    ["replicas below 0", { replicas: -1 }, "`replicas` is -1", aCount],
    ["replicas beyond 32 bits", { replicas: 2147483648 }, "`replicas` is 2147483648", aCount],
    ["a part of a replica", { replicas: 1.5 }, "`replicas` is 1.5", aCount],
    ["replicas as text", { replicas: "2" }, '`replicas` is "2"', aCount],
    ["an empty image", { image: "" }, '`image` is ""', anImage],
    ["an image with a space", { image: "nginx latest" }, '`image` is "nginx latest"', anImage],
    ["an image without a name", { image: "team/" }, '`image` is "team/"', anImage],
    ["an image with an empty part", { image: "team//web" }, '`image` is "team//web"', anImage],
    [
      "an amount that is none",
      { resources: { limits: { cpu: "many" } } },
      '`resources` is {"limits":{"cpu":"many"}}',
      someResources,
    ],
    ["resources of another kind", { resources: { cpu: "1" } }, '`resources` is {"cpu":"1"}', someResources],
    ["limits as text", { resources: { limits: "1" } }, '`resources` is {"limits":"1"}', someResources],
    [
      "a mistyped security context",
      { securityContext: { runAsNonroot: true } },
      '`securityContext` is {"runAsNonroot":true}',
      aContext,
    ],
    [
      "a security context of a Pod",
      { securityContext: { fsGroup: 1 } },
      '`securityContext` is {"fsGroup":1}',
      aContext,
    ],
    ["a Secret by its name only", { imagePullSecrets: ["a"] }, '`imagePullSecrets` is ["a"]', someSecrets],
    [
      "a Secret with a path",
      { imagePullSecrets: [{ name: "a/b" }] },
      '`imagePullSecrets` is [{"name":"a/b"}]',
      someSecrets,
    ],
    ["a number as port", { ports: [80] }, "`ports` is [80]", somePorts],
    ["port 0", { ports: [{ containerPort: 0 }] }, '`ports` is [{"containerPort":0}]', somePorts],
    ["a port beyond 16 bits", { ports: [{ containerPort: 65536 }] }, '`ports` is [{"containerPort":65536}]', somePorts],
    [
      "a port of the host",
      { ports: [{ containerPort: 80, hostPort: 80 }] },
      '`ports` is [{"containerPort":80,"hostPort":80}]',
      somePorts,
    ],
    ["an image that is too long", { image: "a".repeat(513) }, `\`image\` is "${"a".repeat(99)}`, anImage],
  ])("with %s is refused, by the field and what it must be", (_, event, is, must) =>
    expect(() => actionOf(event)).toThrowError(
      expect.objectContaining({ code: "InvalidEvent", message: `${is}; it must be ${must}`, constructor: UsageError }),
    ),
  );

  test.each([
    [
      "a mistyped field",
      { replica: 3 },
      "`replica`: the fields of `create` are namespace, resource, name, replicas, image, resources, securityContext, imagePullSecrets, ports",
    ],
    ["a field of another action", { action: "check", image: "a" }, "`image`: the fields of `check` are namespace"],
    [
      "a field that every object has",
      { constructor: 1 },
      "`constructor`: the fields of `create` are namespace, resource, name, replicas, image, resources, securityContext, imagePullSecrets, ports",
    ],
  ])("with %s is refused, without the field's value", (_, event, says) =>
    expect(() => actionOf(event)).toThrowError(
      expect.objectContaining({ code: "InvalidEvent", message: `unknown field ${says}`, constructor: UsageError }),
    ),
  );

  test.each([
    ["whole", (deep: unknown) => deep, "the event is"],
    ["in `name`", (deep: unknown) => ({ name: deep }), "`name` is"],
    ["in `action`", (deep: unknown) => ({ action: deep }), "`action` is"],
  ])("nested 5,000 deep, %s, is refused in words", (_, event, says) => {
    const deep: unknown = JSON.parse("[".repeat(5_000) + "]".repeat(5_000));
    expect(() => actionOf(event(deep))).toThrowError(
      expect.objectContaining({
        code: "InvalidEvent",
        message: expect.stringMatching(`^${says} nested too deeply to be shown; it must be`),
      }),
    );
  });
});

describe("create", () => {
  test.each([
    ["null", null],
    ["a number", 5],
    ["a list", []],
    ["an empty object", {}],
    ["metadata that is text", { metadata: "uid", spec: {} }],
    ["a Deployment without a number of replicas", { metadata: { uid: "1" }, spec: {} }],
    ["what is nested 5,000 deep", JSON.parse("[".repeat(5_000) + "]".repeat(5_000))],
  ])("answered with %s is UnexpectedAnswer", async (_, answer) => {
    const kube = { ...testCluster(), request: async () => answer } as TestCluster;
    await expect(run({ name: "web" }, kube)).rejects.toMatchObject({
      code: "UnexpectedAnswer",
      message: expect.stringMatching(/^the answer is not a Deployment: /),
    });
    await expect(run({ action: "check" }, kube)).rejects.toMatchObject({ code: "UnexpectedAnswer" });
  });

  test("creates the walkthrough's Deployment, named after the request", async () => {
    const kube = testCluster();
    const name = `nginx-${requestId}`;
    expect(await run({}, kube)).toEqual({
      action: "created",
      kind: "Deployment",
      namespace: "default",
      name,
      uid: `uid of default/${name}`,
      replicas: 2,
    });
    expect([...kube.deployments]).toEqual([
      [`default/${name}`, deployment({ name, namespace: "default", replicas: 2, image: "nginx:1.12" })],
    ]);
  });

  test("accepts name, namespace, replicas and image", async () => {
    const kube = testCluster();
    const event = { name: "web", namespace: "apps", replicas: 0, image: "nginx:1.27" };
    expect(await run(event, kube)).toMatchObject({ action: "created", namespace: "apps", name: "web", replicas: 0 });
    expect([...kube.deployments]).toEqual([["apps/web", deployment(event)]]);
  });

  test("accepts what hardened namespaces and private registries need", async () => {
    const kube = testCluster();
    const container = {
      resources: { limits: { cpu: "1" } },
      securityContext: { runAsNonRoot: true },
      ports: [{ containerPort: 8080 }],
    };
    await run({ name: "web", ...container, imagePullSecrets: [{ name: "registry" }] }, kube);
    expect(kube.deployments.get("default/web")).toMatchObject({
      spec: {
        template: { spec: { containers: [{ name: "web", ...container }], imagePullSecrets: [{ name: "registry" }] } },
      },
    });
  });

  test("finds the Deployment of an earlier attempt at the same request", async () => {
    const kube = testCluster();
    await run({}, kube);
    expect(await run({}, kube)).toEqual({
      action: "unchanged",
      kind: "Deployment",
      namespace: "default",
      name: `nginx-${requestId}`,
    });
    expect(kube.deployments.size).toBe(1);
  });

  test("creates another Deployment for another request", async () => {
    const kube = testCluster();
    await run({}, kube, "1");
    await run({}, kube, "2");
    expect([...kube.deployments.keys()]).toEqual(["default/nginx-1", "default/nginx-2"]);
  });

  test("refuses a given name that is taken", async () => {
    const kube = testCluster();
    await run({ name: "web" }, kube);
    await expect(run({ name: "web" }, kube)).rejects.toMatchObject({
      code: "AlreadyExists",
      message: 'deployments.apps "web" already exists',
    });
  });
});

describe("check", () => {
  test("reports that the function has its rights and no others", async () => {
    expect(await run({ action: "check" })).toEqual({
      action: "check",
      namespace: "default",
      allowed: ["create:deployments.apps@*"],
      checks: [
        { name: "may create deployments.apps @default", ok: true },
        { name: "may not list deployments.apps @default", ok: true },
      ],
    });
  });

  test.each([
    ["too little", [], [false, true]],
    ["too much", ["create default", "list default"], [true, false]],
    ["the right thing in another namespace", ["create apps"], [false, true]],
  ])("tells of %s", async (_, rights, expected) => {
    const { checks } = (await run({ action: "check" }, testCluster(rights))) as unknown as {
      checks: { ok: boolean }[];
    };
    expect(checks.map(({ ok }) => ok)).toEqual(expected);
  });

  test("checks the given namespace and creates nothing", async () => {
    const kube = testCluster(["create apps"]);
    expect(await run({ action: "check", namespace: "apps" }, kube)).toMatchObject({
      checks: [{ name: "may create deployments.apps @apps", ok: true }, { ok: true }],
    });
    expect(kube.deployments.size).toBe(0);
  });
});
