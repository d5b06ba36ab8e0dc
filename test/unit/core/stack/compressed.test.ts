import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { compressed } from "../../../../src/core/stack/template.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

const code = `"use strict";
const { join } = require("node:path");
const handler = async (event) => [event, __filename === module.filename, join("a", "b"), "ä"];
handler.fail = () => {
  throw new Error("on purpose");
};
function then(resolve) {
  const { handler } = this;
  setTimeout(() => resolve({ handler, waited: true }), 10);
}
module.exports = { handler, then };
`;

/** Loads the code as one of Lambda's runtimes does, and prints what the program says about `loaded`. */
async function run(load: "require" | "import", program: string): Promise<unknown> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "index.js"), compressed(code));
  const main = `(async () => {
    const loaded = await ${load}(process.argv[2]);
    const print = (value) => console.log(JSON.stringify(value));
    ${program}
  })();`;
  await writeFile(join(folder, "main.cjs"), main);
  const files = ["main.cjs", "index.js"].map((name) => join(folder, name));
  const { stdout } = await promisify(execFile)(process.execPath, files);
  return JSON.parse(stdout);
}

describe.each(["require", "import"] as const)("compressed code, loaded by `%s`", (load) => {
  test("is the module that it was", async () =>
    expect(await run(load, 'print(await loaded.handler("x"));')).toEqual(["x", true, "a/b", "ä"]));

  test("makes Lambda wait for `then`", async () => expect(await run(load, "print(loaded.waited);")).toBe(true));

  test("has its own lines in stack traces", async () => {
    const program = 'try { loaded.handler.fail(); } catch ({ stack }) { print(stack.split("\\n")[1]); }';
    expect(await run(load, program)).toMatch(/index\.js:5:\d+\)$/);
  });
});
