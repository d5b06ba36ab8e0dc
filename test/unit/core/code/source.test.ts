/** Functions of users, from the file to code and rights; also those that do not want to be read. */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { lutimes, mkdir, mkdtemp, realpath, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { load } from "../../../../src/core/code/child.ts";
import { readSource } from "../../../../src/core/code/index.ts";
import { formatNeed } from "../../../../src/core/kube/need.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";
import { refusalOf } from "../../../support/refusal.ts";

let folder = "";
const project = () => folder;
const files = {
  "define.ts": `
    import { defineFunction, resource } from "eks-lambda/lambda";
    export const handler = defineFunction({
      needs: {
        web: resource("apps/v1", "deployments").in("shop").named("web").may("get", "patch"),
        pods: resource("v1", "pods").inAllNamespaces().may("list"),
      },
      run: async () => ({ ok: true }),
    });`,
  "default.ts": "export default async (event: { name: string }) => event.name;",
  "sdk.ts": `
    import { S3Client } from "@aws-sdk/client-s3";
    class Mine extends S3Client {}
    const s3 = new Mine({ region: process.env.AWS_REGION });
    export const handler = async () => s3;`,
  "whole.cjs": 'const { join } = require("node:path");\nexports.handler = async () => join("a", "b");\n',
  "parts.cjs": 'exports.handler = require("./whole.cjs").handler;\n',
  "loud.cjs": `
    console.log(JSON.stringify({ kind: "loaded", handler: "function", needs: [{ group: "*", resource: "*", verbs: ["*"] }] }));
    console.error("not an answer");
    exports.handler = async () => 1;`,
  "timer.cjs": "setInterval(() => {}, 1000); exports.handler = async () => 1;",
  "streams.cjs":
    "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => void stream.end(context.awsRequestId));",
  "callback.cjs": "exports.handler = (event, context, callback) => callback(null, event);",
  "callback.ts":
    "export const handler = (event: unknown, _: unknown, done: (error: null, answer: unknown) => void) => done(null, event);",
  "marked.cjs":
    'exports.handler = Object.assign((event, context, callback) => callback(), { [Symbol.for("aws.lambda.runtime.handler.streaming")]: "request" });',
  "many.cjs":
    'exports.handler = Object.assign(async () => 1, { ready: Promise.resolve(), needs: Array.from({ length: 3000 }, (_, at) => ({ group: "", resource: "pods", verbs: ["get"], names: ["pod-" + at] })) });',
  "spies.cjs": `
    const { homedir } = require("node:os");
    const { readdirSync } = require("node:fs");
    const home = homedir();
    throw new Error(JSON.stringify({ env: Object.keys(process.env).sort(), files: readdirSync(home), cwd: process.cwd() === home }));`,
  "endless.cjs": "for (;;);",
  "waits.cjs": "module.exports = { then() {} };",
  "exits.cjs": "process.exit(3);",
  "answers.cjs": 'require("node:fs").writeSync(3, JSON.stringify({ kind: "unknown" })); process.exit(0);',
  "aborts.cjs": "process.abort();",
  "throws.cjs": 'throw new TypeError("no luck");',
  "throws-nothing.cjs": "throw undefined;",
  "huge.cjs": 'exports.handler = Object.assign(async () => 1, { needs: "x".repeat(2_000_000) });',
  "syntax.ts": "export const handler = async ( => 1;",
  "await.ts": 'export const handler = async () => 1;\nawait Promise.resolve("x");',
  "unknown.ts": 'import { x } from "./not-there.ts";\nexport const handler = async () => x;',
  "circular.ts": 'import { b } from "./circular-b.ts";\nexport const a = b + 1;\nexport const handler = async () => a;',
  "circular-b.ts": 'import { a } from "./circular.ts";\nexport const b = a.length;',
  "no-handler.ts": "export const main = async () => 1;",
  "odd-needs.cjs":
    "exports.handler = Object.assign(async () => 1, { ready: Promise.resolve(), needs: [{ verbs: 1 }] });",
  "no-such-resource.cjs":
    'exports.handler = Object.assign(async () => 1, { ready: Promise.resolve(), needs: [{ group: "", resource: "deployments", verbs: ["get"] }] });',
  "big.ts": `export const handler = async () => ${JSON.stringify(randomBytes(60_000).toString("base64"))};`,
};

beforeAll(async () => {
  folder = join(await realpath(await mkdtemp(join(tmpdir(), "eks-lambda-unit-"))), "project");
  await mkdir(folder);
  await mkdir(join(project(), "node_modules"));
  await symlink(resolve("node_modules/esbuild"), join(project(), "node_modules/esbuild"));
  await symlink(resolve("."), join(project(), "node_modules/eks-lambda"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(project(), name), text);
  await writeFile(join(project(), "binary.cjs"), Buffer.from([0x2f, 0x2f, 0xff]));
  execFileSync("mkfifo", [join(project(), "fifo.ts")]);
});

afterAll(() => rm(join(folder, ".."), { recursive: true }));

const read = (name: string) => readSource({ path: `src/${name}`, file: join(project(), name) });
/** Loads code as Lambda does. */
async function loaded(code: string): Promise<{ handler: (event: unknown, context: unknown) => Promise<unknown> }> {
  const module = { exports: {} };
  new Function("module", "exports", "require", code)(module, module.exports, createRequire(import.meta.url));
  return module.exports as never;
}

describe("a function", () => {
  test("by defineFunction declares its rights, and is loaded when it is ready", async () => {
    const { path, code, needs } = await read("define.ts");
    expect([path, needs?.map(formatNeed)]).toEqual([
      "src/define.ts",
      ["get,patch deployments.apps web @shop", "list pods @*"],
    ]);
    expect(Object.keys(await loaded(code))).toEqual(["handler"]);
    expect(code.length).toBeLessThan(30_000);
  });

  test("by defineFunction is waited for by a runtime that imports it, too", async () => {
    const file = join(project(), "../index.js");
    await writeFile(file, (await read("define.ts")).code);
    const program = "import(process.argv[2]).then((loaded) => console.log(JSON.stringify(Object.keys(loaded))))";
    await writeFile(join(project(), "../main.cjs"), program);
    const { stdout } = await promisify(execFile)(process.execPath, [join(project(), "../main.cjs"), file]);
    expect(JSON.parse(stdout)).toEqual(["handler"]);
  });

  test.each([
    ["as the default export", "default.ts"],
    ["of the AWS SDK, which is not in the bundle", "sdk.ts"],
    ["that prints what an answer looks like", "loud.cjs"],
    ["that leaves a timer", "timer.cjs"],
    ["that streams its answer", "streams.cjs"],
  ])("%s declares nothing", async (_, name) => {
    const { code, needs } = await read(name);
    expect(needs).toBeUndefined();
    expect(code.length).toBeLessThan(2_000);
  });

  test("in one CommonJS file is taken as it is", async () => {
    expect((await read("whole.cjs")).code).toBe(files["whole.cjs"]);
    const { handler } = await loaded((await read("parts.cjs")).code);
    expect(await handler({}, {})).toBe("a/b");
  });

  test("may declare many rights", async () => expect((await read("many.cjs")).needs).toHaveLength(3000));
});

test("code that is read sees no environment and an empty HOME", async () => {
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "a-secret");
  const refusal = await refusalOf(read("spies.cjs"));
  vi.unstubAllEnvs();
  const [seen = ""] = /\{.*\}/.exec(refusal?.message ?? "") ?? [];
  expect(JSON.parse(seen)).toEqual({ env: ["HOME", "TMPDIR", "USERPROFILE"], files: [], cwd: true });
});

test.each([
  ["never ends", "endless.cjs", "EntryFailed", "did not finish loading within 5 s"],
  ["waits for what never comes", "waits.cjs", "EntryFailed", "ended its process while it loaded (0)"],
  ["exits", "exits.cjs", "EntryFailed", "ended its process while it loaded (3)"],
  ["answers in our place", "answers.cjs", "EntryFailed", "ended its process while it loaded (0)"],
  ["aborts", "aborts.cjs", "EntryFailed", "ended its process while it loaded (SIGABRT)"],
  ["throws", "throws.cjs", "EntryFailed", "failed while it loaded: TypeError: no luck"],
  ["throws nothing", "throws-nothing.cjs", "EntryFailed", "failed while it loaded: Error: undefined"],
  ["declares megabytes", "huge.cjs", "EntryFailed", "declares more than 1 MB"],
  ["has a syntax error", "syntax.ts", "EntryInvalid", "esbuild cannot bundle syntax.ts: syntax.ts:1:"],
  ["awaits at its top level", "await.ts", "EntryInvalid", "await.ts has `await` at its top level (line 2)"],
  ["imports what is not there", "unknown.ts", "EntryInvalid", 'Could not resolve "./not-there.ts"'],
  ["imports itself in a circle", "circular.ts", "EntryFailed", "Cannot read properties of undefined"],
  ["exports no handler", "no-handler.ts", "EntryInvalid", "exports no function `handler`"],
  ["answers by a callback", "callback.cjs", "EntryInvalid", "nodejs24.x refuses a handler with a callback"],
  ["answers by a callback, bundled", "callback.ts", "EntryInvalid", "nodejs24.x refuses a handler with a callback"],
  ["streams what Lambda does not know", "marked.cjs", "EntryInvalid", "nodejs24.x refuses a handler with a callback"],
  ["declares no rights but something", "odd-needs.cjs", "EntryInvalid", "was not created by defineFunction"],
  [
    "declares a resource that is not there",
    "no-such-resource.cjs",
    "InvalidNeed",
    'the core group has no "deployments"',
  ],
  ["is not there", "nowhere.ts", "EntryInvalid", "cannot read nowhere.ts: ENOENT"],
  ["is a folder", "node_modules", "EntryInvalid", "cannot read node_modules: not a regular file"],
  ["is a FIFO that nobody writes", "fifo.ts", "EntryInvalid", "cannot read fifo.ts: not a regular file"],
  ["is no text", "binary.cjs", "EntryInvalid", "cannot read binary.cjs: not UTF-8 text"],
])(
  "code that %s is refused",
  async (_, name, code, message) => {
    const refusal = await refusalOf(read(name));
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.any(String) });
  },
  20_000,
);

test("a circle of imports is named", async () =>
  expect((await refusalOf(read("circular.ts")))?.hint).toMatch(
    /^these files import each other: circular(-b)?.ts -> circular(-b)?.ts -> circular(-b)?.ts; /,
  ));

test("a project without esbuild is told the one command", async () => {
  await mkdir(join(project(), "../bare"), { recursive: true });
  const file = join(project(), "../bare/handler.ts");
  await writeFile(file, "export const handler = async () => 1;");
  expect(await refusalOf(readSource({ path: "handler.ts", file }))).toMatchObject({
    code: "EsbuildMissing",
    hint: "npm install --save-dev esbuild",
  });
});

test("more code than a template holds is refused with its largest packages and files", async () => {
  const entry = await read("big.ts");
  const template = readFileSync("template.yml", "utf8");
  expect(() => renderTemplate(template, entry.code, { source: entry })).toThrow(
    expect.objectContaining({
      code: "EntryTooLarge",
      message: expect.stringMatching(
        /^src\/big.ts has 80\d\d\d bytes of code, \d{5} compressed, and a template has room for \d{5}$/,
      ),
      hint: expect.stringMatching(/the largest packages and files: big.ts 80\d\d\d bytes/),
    }),
  );
});

test("a place for temporary files where none can be made is told", async () => {
  vi.stubEnv("TMPDIR", join(project(), "nowhere"));
  const refusal = await refusalOf(read("whole.cjs"));
  vi.unstubAllEnvs();
  expect(refusal).toMatchObject({
    code: "EntryFailed",
    message: expect.stringMatching(/^cannot create a folder to run the function in: ENOENT: /),
    hint: "set TMPDIR to a folder that you may write to",
  });
});

test("folders of runs that were killed are removed, and no others", async () => {
  const [stale, recent, elsewhere] = await Promise.all([
    mkdtemp(join(tmpdir(), "eks-lambda-entry-")),
    mkdtemp(join(tmpdir(), "eks-lambda-entry-")),
    mkdtemp(join(tmpdir(), "eks-lambda-other-")),
  ]);
  const link = join(tmpdir(), `eks-lambda-entry-${randomBytes(4).toString("hex")}`);
  await symlink(elsewhere, link);
  const longAgo = new Date(Date.now() - 7_200_000);
  for (const path of [stale, elsewhere]) await utimes(path, longAgo, longAgo);
  await lutimes(link, longAgo, longAgo);
  try {
    await load("exports.handler = async () => 1;");
    await expect(stat(stale)).rejects.toMatchObject({ code: "ENOENT" });
    for (const path of [recent, elsewhere, link]) await stat(path);
  } finally {
    for (const path of [stale, recent, elsewhere, link]) await rm(path, { recursive: true, force: true });
  }
});
