/** `any` that nobody wrote is refused, and nothing else. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

const hidden = [
  "const value = JSON.parse(text);",
  "const { name } = JSON.parse(text);",
  "type Json = ReturnType<typeof JSON.parse>;",
  "function parsed() { return JSON.parse(text); }",
  "interface Answer { body: ReturnType<typeof JSON.parse>; }",
  "Object.entries({} as object).map(([, value]) => String(value));",
  "const all = [JSON.parse(text)];",
];

const typed = [
  "const known: unknown = JSON.parse(text);",
  "function read(): unknown { return JSON.parse(text); }",
  "const { kind }: { kind?: unknown } = JSON.parse(text);",
  "Object.entries({ a: 1 }).map(([, value]) => String(value));",
  'const modes = ["a", "b"] as const;',
];

test("any that nobody wrote is refused", async () => {
  const file = join(await temporaryFolder(), "samples.ts");
  await writeFile(file, ["declare const text: string;", ...hidden, ...typed, "export {};"].join("\n"));
  const failed: { readonly stdout: string } = await promisify(execFile)(process.execPath, [
    "scripts/any.mjs",
    file,
  ]).catch((error) => error);
  const lines = [...failed.stdout.matchAll(/samples\.ts:(\d+):/g)].map(([, line]) => Number(line));
  expect([...new Set(lines)]).toEqual(hidden.map((_, index) => index + 2));
});
