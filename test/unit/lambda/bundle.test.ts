/** What the stack deploys: the built function, as a file of its own. */
import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type Allowed, codeFor, defaultAllowed } from "../../../src/core/actions/allowed.ts";
import { compressed } from "../../../src/core/stack/template.ts";
import { requestOf, s3 } from "../../support/cloudformation.ts";
import { listenInTest } from "../../support/server.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { type Answer, type ApiServer, apiServer, failure, json, silence } from "../support/api-server.ts";
import { environmentOf } from "../support/environment.ts";

const bundle = "dist/function/index.js";
/** With the code of every action. */
const whole = "dist/actions/index.js";

/** As aws-lambda-ric 4.0.2 (nodejs24.x) and 3.2.1 load it. */
const loaders = {
  "import()": `async () => import("./index.js")`,
  require: `async () => createRequire(import.meta.url)("./index.js")`,
};

/** Runs a program beside the bundle, in which `load` loads it as one of Lambda's runtimes does; returns its last line. */
async function run(loader: keyof typeof loaders, program: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const folder = await temporaryFolder();
  await copyFile(bundle, join(folder, "index.js"));
  const head = `
    import { createRequire } from "node:module";
    const load = ${loaders[loader]};
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 3000 };`;
  await writeFile(join(folder, "main.mjs"), `${head}\n${program}`);
  const { stdout } = await promisify(execFile)(process.execPath, ["main.mjs"], { cwd: folder, env });
  return stdout.trimEnd();
}

const lastLine = (text: string): string => text.slice(text.lastIndexOf("\n") + 1);

const both = Object.keys(loaders) as (keyof typeof loaders)[];

test("is under 34,000 bytes", async () => expect((await readFile(bundle)).byteLength).toBeLessThan(34_000));

test("allows what `setup` allows by default, in a line that it replaces", async () => {
  const code = await readFile(bundle, "utf8");
  expect(codeFor(defaultAllowed, await readFile(whole, "utf8"))).toBe(code);
  expect(codeFor([], code)).toContain("\nconst ALLOWED=[];\n");
});

/** Returns the code of a function that may do this. */
async function codesOf() {
  const code = await readFile(whole, "utf8");
  return (...actions: readonly string[]) =>
    codeFor(
      actions.map((action) => ({ ...defaultAllowed[0], action }) as Allowed),
      code,
    );
}

test("can wait for a rollout only where `status` is allowed, too", async () => {
  const codeOf = await codesOf();
  expect(codeOf("restart")).not.toContain("did not roll out");
  expect(codeOf("restart", "status")).toContain("did not roll out");
});

test("answers CloudFormation only where `apply` and `delete` are both allowed, in at most 40 kB of the template", async () => {
  const codeOf = await codesOf();
  const both = codeOf("apply", "delete");
  expect(both).toContain("cloudformation-custom-resource-response-");
  expect(Buffer.byteLength(both)).toBeLessThan(61_000);
  expect(Buffer.byteLength(compressed(both))).toBeLessThan(40_000);
  expect(both).toContain("terraform:");
  expect(both).not.toContain("KubernetesPatch");
  expect(codeOf("apply", "delete", "get")).toContain("KubernetesPatch");
  for (const one of ["apply", "delete"])
    expect(codeOf(one, "status")).not.toMatch(/cloudformation|LogicalResourceId|terraform/i);
});

test("sends CloudFormation the answer, also without its environment", async () => {
  const { puts, environment } = await s3(200);
  const folder = await temporaryFolder();
  const allowed = ["apply", "delete"].map((action) => ({ ...defaultAllowed[0], action }) as Allowed);
  await writeFile(join(folder, "index.js"), codeFor(allowed, await readFile(whole, "utf8")));
  const script = `
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 3000 };
    require("./index.js").handler(${JSON.stringify(requestOf())}, context).then((result) => console.log(JSON.stringify(result)));`;
  await writeFile(join(folder, "main.cjs"), script);
  const { stdout } = await promisify(execFile)(process.execPath, ["main.cjs"], { cwd: folder, env: environment });
  expect(JSON.parse(lastLine(stdout.trimEnd()))).toMatchObject({ action: "Create", name: "Web" });
  expect(puts.map(({ body }) => body)).toMatchObject([
    { Status: "FAILED", Reason: expect.stringMatching(/^EnvironmentIncomplete: /) },
  ]);
});

test.each([
  ["CloudFormation's bucket cannot be reached", {}, "AwsUnreachable"],
  ["the address is not CloudFormation's", { ResponseURL: "https://example.com/" }, "InvalidEvent"],
])("says by its code, as Lambda passes it on, that %s", async (_, more, code) => {
  const folder = await temporaryFolder();
  const allowed = ["apply", "delete"].map((action) => ({ ...defaultAllowed[0], action }) as Allowed);
  await writeFile(join(folder, "index.js"), codeFor(allowed, await readFile(whole, "utf8")));
  const script = `
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 300 };
    require("./index.js").handler(${JSON.stringify(requestOf(more))}, context).catch(({ name }) => console.log(name));`;
  await writeFile(join(folder, "main.cjs"), script);
  const env = { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" };
  const { stdout } = await promisify(execFile)(process.execPath, ["main.cjs"], { cwd: folder, env });
  expect(lastLine(stdout.trimEnd())).toBe(code);
});

test("needs nothing but these modules of Node", async () => {
  const code = await readFile(bundle, "utf8");
  const required = [...code.matchAll(/\b(?:require|import)\(([^)]*)\)/g)].map(([, name]) => name);
  expect(new Set(required)).toEqual(new Set(['"node:https"', '"node:tls"', '"node:crypto"', '"node:events"']));
});

describe.each(both)("loaded by %s,", (loader) => {
  test("has a handler that reads its environment when called, and logs a line on stdout", async () => {
    const script =
      "const { handler } = await load(); await handler({}, context).catch(({ name }) => console.log(name));";
    const [line = "", name] = (await run(loader, script)).split("\n");
    expect(JSON.parse(line)).toMatchObject({ level: "ERROR", requestId: "1", code: "EnvironmentIncomplete" });
    expect(name).toBe("EnvironmentIncomplete");
  });

  test("is loaded when its warm-up ends, and the first call sends one request on that connection", async () => {
    const happened: string[] = [];
    const warm: Answer = (response) =>
      void setTimeout(() => {
        happened.push("the warm-up is answered");
        version(response);
      }, 300);
    const server = await apiServer(warm, created);
    const told = await listenInTest(createServer((_, response) => response.end(void happened.push("loaded"))));
    const script = `
      import { get } from "node:http";
      const { handler } = await load();
      await new Promise((resolve) => get("http://${told.host}", (answer) => answer.resume().on("end", resolve)));
      await handler({}, context);`;
    await run(loader, script, initializing(server));
    expect(happened).toEqual(["the warm-up is answered", "loaded"]);
    expect(server.asked.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(server.connections()).toBe(1);
  });

  test("logs nothing in initialisation", async () => {
    const server = await apiServer(version);
    expect(await run(loader, "await load();", initializing(server))).toBe("");
  });

  test("is loaded at the deadline when the API server does not answer", async () => {
    const server = await apiServer(silence);
    const script = `
      const later = setTimeout;
      const delays = [];
      // Time goes ten times as fast, and what was asked for is kept.
      globalThis.setTimeout = (run, ms) => later(run, ms / 10, delays.push(ms));
      await load();
      console.log(Math.max(...delays));`;
    expect(await run(loader, script, initializing(server))).toBe("2000");
  });
});

test("rehearses the action that is allowed, without a request for it", async () => {
  const server = await apiServer(version, created);
  const folder = await temporaryFolder();
  const allowed = defaultAllowed.map((one) => ({ ...one, action: "restart" }));
  await writeFile(join(folder, "index.js"), codeFor(allowed, await readFile(whole, "utf8")));
  const script = `
    import("./index.js").then(({ handler }) => {
      const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 3000 };
      return handler({ action: "restart", name: "web" }, context);
    });`;
  await writeFile(join(folder, "main.cjs"), script);
  const { stdout } = await promisify(execFile)(process.execPath, ["main.cjs"], {
    cwd: folder,
    env: initializing(server),
  });
  expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(server.asked.map(({ method }) => method)).toEqual(["GET", "PATCH"]);
});

test("lets instrumentation wrap the handler during the warm-up", async () => {
  const server = await apiServer((response) => void setTimeout(() => version(response), 100), created);
  const script = `
    const bundle = createRequire(import.meta.url)("./index.js");
    const { handler } = bundle;
    bundle.handler = async (...call) => ({ wrapped: await handler(...call) });
    console.log(JSON.stringify(await (await load()).handler({}, context)));`;
  expect(JSON.parse(lastLine(await run("require", script, initializing(server))))).toMatchObject({
    wrapped: { action: "created" },
  });
});

/** A call of each action that another one's code cannot answer. */
const calls = {
  create: {},
  "set-image": { name: "web", image: "web:2" },
  undo: { name: "web" },
  restart: { name: "web" },
  scale: { name: "web", replicas: 1 },
  suspend: { name: "web" },
  resume: { name: "web" },
  apply: { manifests: [{ apiVersion: "v1", kind: "Thing", metadata: { name: "web" } }] },
  delete: { resource: "deployments", name: "web" },
  "run-job": { from: "web" },
  status: { name: "web" },
  get: { name: "web" },
};

test.each(Object.entries(calls))(
  "the code for %s alone is complete, and has no other action",
  async (action, event) => {
    const server = await apiServer(failure(418, "Teapot", "short and stout"));
    const folder = await temporaryFolder();
    const resource =
      { "run-job": "cronjobs", suspend: "cronjobs", resume: "cronjobs" }[action as string] ?? "deployments";
    const allowed = [{ action, group: "", version: "v1", resource, kind: "Thing" }];
    await writeFile(join(folder, "index.js"), codeFor(allowed, await readFile(whole, "utf8")));
    const others = Object.entries(calls).filter(([name]) => name !== action);
    const script = `
    const { handler } = require("./index.js");
    const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 3000 };
    const outcome = (event) => handler(event, context).then(() => "done", ({ name }) => name);
    const all = async () => {
      process.stdout.write = ((write) => (text) => (text.startsWith("{") ? true : write.call(process.stdout, text)))(process.stdout.write);
      const own = await outcome(${JSON.stringify({ action, ...event })});
      const others = [];
      for (const [action, event] of ${JSON.stringify(others)}) others.push(await outcome({ action, ...event }));
      console.log(JSON.stringify([own, [...new Set(others)]]).slice(1, -1));
    };
    void all();`;
    await writeFile(join(folder, "main.cjs"), script);
    const { stdout } = await promisify(execFile)(process.execPath, ["main.cjs"], {
      cwd: folder,
      env: environmentOf(server),
    });
    expect(stdout.trim()).toBe('"Teapot",["NotAllowed"]');
  },
);

const version = json(200, { major: "1" });
const created = json(201, { metadata: { uid: "1" }, spec: { replicas: 2 } });
const initializing = (server: ApiServer) => ({ ...environmentOf(server), AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" });
