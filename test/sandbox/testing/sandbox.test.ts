/** `eks-lambda/testing`, as the tests of a user's project use it. */
import { readFileSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { connect, KubernetesError, resource } from "../../../src/lambda/index.ts";
import { FunctionError, type Sandbox, type SandboxOptions, startSandbox } from "../../../src/testing/index.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const labels = { app: "web" };
const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
} satisfies Deployment;

const established = expect.objectContaining({ type: "Established", status: "True" });
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

describe("a function with declared rights", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ entry: "test/fixtures/functions/restart.ts", namespace: "shop" });
    await sandbox.admin.apply(web);
  });
  afterAll(() => sandbox.stop());

  test("runs as in Lambda, and its unused rights are listed", async () => {
    const ofDeployments = ["patch", "list", "watch"].map((verb) => `${verb} deployments.apps @shop`);
    const others = ["get,patch deployments.apps/scale @shop", "delete pods @shop", "list nodes @*"];
    expect(sandbox.unusedRights()).toEqual([...ofDeployments, ...others]);
    expect(await sandbox.invoke({ name: "web", replicas: 3 }, { requestId: "a" })).toEqual({
      ...{ requestId: "a", namespace: "shop", names: ["sandbox"], readyReplicas: 3 },
    });
    expect(sandbox.unusedRights()).toEqual(["delete pods @shop"]);
    expect(sandbox.logs.at(-1)).toMatch(/^START RequestId: a .*\nrestarting web\nEND RequestId: a\nREPORT /);
  });

  test("has exactly its rights", async () => {
    const { checks } = await sandbox.invoke<{ checks: { ok: boolean }[] }>({ "eks-lambda": "check" });
    expect(checks.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
  });

  test("throws as the handler throws", async () => {
    const failed = sandbox.invoke({ name: "nope" });
    await expect(failed).rejects.toBeInstanceOf(FunctionError);
    await expect(failed).rejects.toMatchObject({
      name: "NotFound",
      message: expect.stringContaining('deployments.apps "nope" not found'),
      log: expect.stringContaining("restarting nope"),
    });
    await expect(sandbox.invoke({})).rejects.toMatchObject({ name: "InvalidEvent" });
  });

  test("meets the faults that a test sets; the administrator does not", async () => {
    sandbox.faults.tooManyRequests = 2;
    expect((await sandbox.admin.list(web)).map(({ metadata }) => metadata.name)).toEqual(["web"]);
    expect(sandbox.faults.tooManyRequests).toBe(2);
    expect(await sandbox.invoke({ name: "web" })).toMatchObject({ readyReplicas: 3 });
    expect(sandbox.faults.tooManyRequests).toBe(0);
    sandbox.faults.dropAnswer.push("PATCH /apis/apps/v1/namespaces/shop/deployments/web");
    sandbox.faults.latencyMs = 60_000;
    await sandbox.admin.apply({ ...web, spec: { ...web.spec, replicas: 3 } });
    sandbox.faults.latencyMs = 0;
    expect(sandbox.unusedFaults()).toEqual(['dropAnswer "PATCH /apis/apps/v1/namespaces/shop/deployments/web"']);
    await sandbox.invoke({ name: "web" }).catch(() => {});
    expect(sandbox.unusedFaults()).toEqual([]);
  });

  test("its rollout fails with an image that does", async () => {
    sandbox.images.set("broken", { waiting: { reason: "ImagePullBackOff" } });
    const { metadata } = await sandbox.admin.apply({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "broken" } },
      spec: { containers: [{ name: "main", image: "broken" }] },
    });
    const waiting = { containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } } }] };
    await expect
      .poll(() => sandbox.admin.get({ apiVersion: "v1", kind: "Pod", metadata }))
      .toMatchObject({ status: waiting });
  });

  test("a Job's container runs until the test ends it", async () => {
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate" } } as const;
    const containers = [{ name: "main", image: "migrate:2" }];
    sandbox.images.set("migrate:2", { runs: true });
    await sandbox.admin.apply({ ...job, spec: { template: { spec: { restartPolicy: "Never", containers } } } });
    await expect.poll(() => sandbox.admin.get(job)).toMatchObject({ status: { active: 1, ready: 1 } });
    sandbox.images.set("migrate:2", { exitCode: 0 });
    await expect.poll(() => sandbox.admin.get(job)).toMatchObject({ status: { succeeded: 1, ready: 0 } });
  });

  test("a Job's container that sleeps for ever is ended by an exit code of its image", async () => {
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "sleeps" } } as const;
    const containers = [{ name: "main", image: "busybox", command: ["sleep", "infinity"] }];
    const template = { spec: { restartPolicy: "Never", containers } };
    await sandbox.admin.apply({ ...job, spec: { backoffLimit: 0, template } });
    await expect.poll(() => sandbox.admin.get(job)).toMatchObject({ status: { active: 1, ready: 1 } });
    sandbox.images.set("busybox", { exitCode: 4 });
    await expect.poll(() => sandbox.admin.get(job)).toMatchObject({ status: { failed: 1 } });
    sandbox.images.delete("busybox");
  });

  test("a custom resource can be applied as soon as its definition is", async () => {
    const applied = await sandbox.admin.apply(definition);
    expect(applied).toMatchObject({ status: { conditions: expect.arrayContaining([established]) } });
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 1 } };
    expect(await sandbox.admin.apply(widget)).toMatchObject(widget);
    await expect(sandbox.admin.get({ ...widget, apiVersion: "none.example/v1" })).rejects.toMatchObject({
      code: "InvalidResource",
    });
    const elsewhere = { ...definition, metadata: { ...definition.metadata, namespace: "shop" } };
    await expect(sandbox.admin.apply(elsewhere)).rejects.toMatchObject({ code: "InvalidName" });
  });

  test("the administrator acts on objects of any kind and namespace", async () => {
    const { admin } = sandbox;
    const map = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default" },
      data: { b: "c" },
    };
    expect((await admin.apply(map)).data).toEqual({ b: "c" });
    expect((await admin.get<Deployment>(web)).status?.readyReplicas).toBe(3);
    const names = (await admin.list({ apiVersion: "v1", kind: "Node" })).map(({ metadata }) => metadata.name);
    expect(names).toEqual(["sandbox"]);
    await admin.delete(map);
    await expect(admin.get(map)).rejects.toBeInstanceOf(KubernetesError);
    await expect(admin.get({ apiVersion: "v1", kind: "Lost", metadata: { name: "a" } })).rejects.toThrow(
      'the cluster has no kind "Lost" in apiVersion "v1"',
    );
    await expect(admin.get({ apiVersion: "v1", kind: "Pod" })).rejects.toThrow("the Pod has no metadata.name");
    expect(await resource("v1", "pods").in("shop").on(admin).get({ name: "broken" })).toMatchObject({ kind: "Pod" });
  });

  test("other programs connect by its variables", async () => {
    const kube = connect({ environment: sandbox.env });
    expect(await kube.request({ path: "/api/v1/namespaces/shop" })).toMatchObject({ kind: "Namespace" });
  });
});

const start = async (name: string, code: string, options: Partial<SandboxOptions> = {}) => {
  const entry = join(await temporaryFolder(), name);
  await writeFile(entry, code);
  return startSandbox({ entry, ...options });
};

test("a JavaScript file needs no esbuild, and rights can be passed as texts", async () => {
  const code = `
    import { connect } from ${JSON.stringify(join(process.cwd(), "dist/esm/lambda/index.js"))};
    const kube = connect();
    export const handler = ({ path }) => kube.request({ path });
  `;
  await using sandbox = await start("handler.mjs", code, { needs: ["list pods", "get pods web"] });
  expect(await sandbox.invoke({ path: "/api/v1/namespaces/default/pods" })).toMatchObject({ kind: "PodList" });
  await expect(sandbox.invoke({ path: "/api/v1/namespaces/default/secrets" })).rejects.toThrow("cannot list resource");
  expect(sandbox.unusedRights()).toEqual(["get pods web @default"]);
});

test.each([
  ["a handler without rights", "export const handler = () => 1", /^the handler of .*a\.mjs declares no rights/],
  ["no handler", "export const run = () => 1", /a\.mjs exports no function "handler"$/],
  ["a callback", "export const handler = (event, _, done) => done()", /a\.mjs has three parameters, and nodejs24\.x/],
  ["a module that throws", "throw new Error('early')", /^cannot load .*a\.mjs: Error: early\n\s+at /],
  ["a module that rejects with text", "await Promise.reject('early')", /^cannot load .*a\.mjs: early$/],
  ["a module that never ends", "await new Promise(() => setInterval(() => {}, 1000))", /took more than/],
])("refuses %s", { timeout: 60_000 }, async (_, code, message) => {
  await expect(start("a.mjs", code)).rejects.toThrow(message);
});

test("refuses TypeScript without esbuild", async () => {
  await expect(start("a.ts", "")).rejects.toMatchObject({
    ...{ code: "EsbuildMissing", hint: "npm install --save-dev esbuild" },
  });
});

/** A project with esbuild and the AWS SDK. */
const startInProject = async (code: string, options: Partial<SandboxOptions> = { needs: [] }) => {
  const folder = await temporaryFolder();
  await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  const entry = join(folder, "handler.ts");
  await writeFile(entry, code);
  return startSandbox({ entry, ...options });
};

test("a function runs as setup deploys it: as CommonJS, with the AWS SDK beside it, and traces of its sources", async () => {
  await using sandbox = await startInProject(`
    import { STSClient } from "@aws-sdk/client-sts";
    class OutOfStock extends Error {}
    export const handler = async ({ fail }: { fail?: boolean }) => {
      if (fail) throw new OutOfStock("none");
      return [typeof module, STSClient.name, __filename.endsWith("index.js")];
    };
  `);
  expect(await sandbox.invoke()).toEqual(["object", "STSClient", true]);
  await expect(sandbox.invoke({ fail: true })).rejects.toMatchObject({
    log: expect.stringMatching(/"errorType":"Error".*handler\.ts:5/s),
  });
});

test("what is no error keeps its text, as in Lambda", async () => {
  await using sandbox = await startInProject("export const handler = async (event: unknown) => { throw event; };");
  await expect(sandbox.invoke("out of stock")).rejects.toMatchObject({ name: "string", message: "out of stock" });
  await expect(sandbox.invoke({ a: 1 })).rejects.toMatchObject({ name: "object", message: "[object Object]" });
  await expect(sandbox.invoke(null)).rejects.toMatchObject({ name: "object", message: "null" });
});

test("the rights that it declares are read from the same bundle", async () => {
  await using sandbox = await startInProject(
    `
    import { defineFunction, resource } from ${JSON.stringify(join(process.cwd(), "dist/esm/lambda/index.js"))};
    const pods = resource("v1", "pods").may("list");
    export const handler = defineFunction({ needs: { pods }, run: ({ pods }) => pods.list().toArray() });
  `,
    {},
  );
  expect(sandbox.unusedRights()).toEqual(["list pods @default"]);
  expect(await sandbox.invoke()).toEqual([]);
});

test("what a bundle throws while it loads begins with its reason, and shows the line of the source", async () => {
  const code = `export const handler = async () => 1;
export const url = new URL(process.env.QUEUE_URL ?? "");
`;
  const failed = startInProject(code, {});
  await expect(failed).rejects.toThrow(/^cannot load .*handler\.ts: TypeError: Invalid URL\n/);
  await expect(failed).rejects.toThrow(/at .*handler\.ts:2:20/);
});

test("a function with await at its top level, which setup refuses, runs as an ES module", async () => {
  await using sandbox = await startInProject(`
    const greeting = await Promise.resolve("hello");
    export const handler = async () => [greeting, typeof import.meta.url];
  `);
  expect(await sandbox.invoke()).toEqual(["hello", "string"]);
});

test("a function that takes too long ends as in Lambda", async () => {
  await using sandbox = await start("a.mjs", "export const handler = () => new Promise(() => {})", {
    ...{ timeout: 1, needs: [] },
  });
  await expect(sandbox.invoke()).rejects.toMatchObject({ name: "Sandbox.Timedout" });
});

const asking = `
  import { connect } from ${JSON.stringify(join(process.cwd(), "dist/esm/lambda/index.js"))};
  const kube = connect();
  export const handler = ({ path }) => kube.request({ path });
`;
const startAsking = (options: Partial<SandboxOptions> = {}) =>
  start("asking.mjs", asking, { needs: ["get configmaps a b", "list pods"], ...options });

test("a fault that meets no request fails the test, by its name and with what was requested", async () => {
  const sandbox = await startAsking();
  sandbox.faults.tooManyRequests = 1;
  await sandbox.invoke({ path: "/api/v1/namespaces/default/pods?limit=1" });
  sandbox.faults.dropRequest = ["GET /api/v1/namespaces/default/pods?limit=2"];
  sandbox.faults.tooManyRequests = 3;
  await expect(sandbox.stop()).rejects.toThrow(
    'no request met tooManyRequests 3, dropRequest "GET /api/v1/namespaces/default/pods?limit=2"; the last ones were:\n' +
      "  GET /version\n  GET /api/v1/namespaces/default/pods?limit=1",
  );
});

test.each([
  ["tooManyRequests", -1, "must be a whole number, at least 0"],
  ["tooManyRequests", 1.5, "must be a whole number, at least 0"],
  ["latencyMs", Number.NaN, "must be a whole number, at least 0"],
  ["clockSkewMs", Number.POSITIVE_INFINITY, "must be milliseconds"],
  ["dropRequest", "GET /api", "must be a list of requests"],
  ["dropAnswer", ["pods"], "must be a list of requests"],
  ["dropAnswers", ["GET /api"], "there is no faults.dropAnswers: tooManyRequests, "],
])("refuses the fault %s %j", async (name, value, message) => {
  await using sandbox = await startAsking();
  expect(() => Object.assign(sandbox.faults, { [name]: value })).toThrow(message);
});

test.each([
  [{ timeout: 0 }, "timeout is 0; it must be a whole number of seconds from 1 to 900"],
  [{ timeout: Number.NaN }, "timeout is "],
  [{ namespace: "*" }, 'namespace is "*"; it must be at most 63 lower-case letters, digits and `-`'],
  [{ env: { DEBUG: 1 } }, "env must be texts by their names"],
  [{ namspace: "shop" }, "there is no option namspace: entry, namespace, needs, env, timeout"],
  [{ entry: undefined }, "entry is undefined; it must be a file"],
])("refuses the option %j before it starts", async (option, message) => {
  await expect(startSandbox({ entry: "a.mjs", ...(option as object) })).rejects.toThrow(message);
});

test("a sandbox that has stopped says so", async () => {
  const sandbox = await startAsking();
  await sandbox.stop();
  await expect(sandbox.invoke({ path: "/version" })).rejects.toThrow("the sandbox has stopped");
});

test("an answer that Lambda does not send fails the invocation", async () => {
  await using sandbox = await start("a.mjs", "export const handler = (n) => 'x'.repeat(n)", { needs: [] });
  await expect(sandbox.invoke(7_000_000)).rejects.toMatchObject({ name: "Function.ResponseSizeTooLarge" });
});

test("a name that no request used is an unused right", async () => {
  await using sandbox = await startAsking();
  await expect(sandbox.invoke({ path: "/api/v1/namespaces/default/configmaps/b" })).rejects.toThrow("not found");
  expect(sandbox.unusedRights()).toEqual(["get configmaps a @default", "list pods @default"]);
});

test("two sandboxes beside each other have their own clusters, rights and faults", async () => {
  await using one = await startAsking({ namespace: "shop" });
  await using other = await startAsking({ namespace: "bank", needs: ["get configmaps a @shop"] });
  one.faults.tooManyRequests = 1;
  await one.admin.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
  const get = { path: "/api/v1/namespaces/shop/configmaps/a" };
  await expect(other.invoke(get)).rejects.toThrow("not found");
  expect(other.unusedRights()).toEqual([]);
  expect(one.unusedRights()).toContain("get configmaps a @shop");
  expect(await one.invoke(get)).toMatchObject({ kind: "ConfigMap" });
  expect(one.unusedFaults()).toEqual([]);
});

test.each([
  ["get,list nodes", "nodes have no namespace"],
  ["get nodes @shop", 'write "get nodes @*"'],
  ["get deployments", 'did you mean "get deployments.apps"?'],
  ["read pods", "read"],
])("refuses the right %j, as setup does", async (need, message) => {
  await expect(startAsking({ needs: [need] })).rejects.toSatisfy((error: Error & { readonly hint?: string }) =>
    `${error.message} ${error.hint}`.includes(message),
  );
});

describe("the variables of a function", () => {
  const started = async (env?: Readonly<Record<string, string>>) => {
    const entry = join(await temporaryFolder(), "env.cjs");
    const code = "exports.handler = async () => ({ ...process.env, hour: new Date(0).getHours() });\n";
    await writeFile(entry, code);
    return startSandbox({ entry, needs: ["get pods"], env });
  };

  test("are those that setup and Lambda set, and those of `env`: none of the process that runs the test", async () => {
    vi.stubEnv("OF_THE_SHELL", "1");
    await using sandbox = await started({ TABLE: "orders", NODE_OPTIONS: "--no-warnings" });
    const seen = await sandbox.invoke<Record<string, unknown>>();
    const template = parse(readFileSync("template.yml", "utf8"), { logLevel: "silent" });
    const { Variables } = template.Resources.Function.Properties.Environment;
    expect(seen).toMatchObject({ TABLE: "orders", NODE_OPTIONS: "--no-warnings", hour: 0 });
    const lambdas = /^(AWS_|LAMBDA_TASK_ROOT|LANG|TZ|_HANDLER|NODE_PATH|hour)/;
    const others = Object.keys(seen).filter((name) => !lambdas.test(name));
    expect(others.sort()).toEqual(["TABLE", "NODE_OPTIONS", ...Object.keys(Variables)].sort());
    vi.unstubAllEnvs();
  });

  test.each([
    [{ AWS_REGION: "x" }, 'the variable "AWS_REGION" is one that Lambda sets'],
    [{ CLUSTER_NAME: "x" }, 'the variable "CLUSTER_NAME" is one that setup sets'],
    [{ "A-B": "x" }, 'the name of the variable "A-B" must be'],
    [{ LONG: "x".repeat(5_000) }, "more than the 4096 that Lambda takes"],
  ])("that setup would refuse are refused: %#", async (env, message) => expect(started(env)).rejects.toThrow(message));
});
