/** The examples are deployed as plain code in a template: no bucket, nothing compressed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { bundled } from "../../../../src/core/code/bundle.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";

/** The most bytes of code that each may have. */
const budgets = new Map([
  ["nightly-job", 35_020],
  ["restart-on-rotated-secret", 35_460],
  ["tenant-namespace", 34_440],
  ["tenant-of-a-stack", 36_900],
]);

test("each example of a function has a budget", () => {
  const functions = readdirSync("examples").filter((name) => existsSync(`examples/${name}/handler.ts`));
  expect(functions).toEqual([...budgets.keys()]);
});

test.each([...budgets])("examples/%s fits into a template with at most %i bytes", async (name, most) => {
  const { code } = await bundled(resolve("examples", name, "handler.ts"));
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
  expect(renderTemplate(readFileSync("template.yml", "utf8"), code).carried).toBe("");
});
