/** What the stack deploys: the built function, as a file of its own. */
import { execFile } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary.ts";

const bundle = "dist/function/index.js";

test("is under 20,000 bytes", async () => expect((await readFile(bundle)).byteLength).toBeLessThan(20_000));

test("needs nothing but these modules of Node", async () => {
  const code = await readFile(bundle, "utf8");
  const required = [...code.matchAll(/\b(?:require|import)\(([^)]*)\)/g)].map(([, name]) => name);
  expect(new Set(required)).toEqual(new Set(['"node:https"', '"node:tls"', '"node:crypto"', '"node:events"']));
});

test("exports a handler that reads its environment when called, and logs a line on stdout", async () => {
  const folder = await temporaryFolder();
  await copyFile(bundle, join(folder, "index.js"));
  const script = `
    const { handler } = require("./index.js");
    handler({}, { awsRequestId: "1", getRemainingTimeInMillis: () => 3000 }).catch(({ name }) => console.error(name));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: folder, env: {} });
  expect(stderr).toBe("EnvironmentIncomplete\n");
  expect(stdout).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ level: "ERROR", requestId: "1", code: "EnvironmentIncomplete" });
});
