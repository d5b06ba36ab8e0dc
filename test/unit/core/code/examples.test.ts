/** The examples are deployed as plain code in a template: no bucket, nothing compressed. */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { bundled } from "../../../../src/core/code/bundle.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";

/** The most bytes of code that each may have. */
const budgets = new Map([
  ["nightly-job", 34_900],
  ["restart-on-rotated-secret", 35_340],
  ["tenant-namespace", 34_320],
]);

test("each example has a budget", () => {
  const folders = readdirSync("examples", { withFileTypes: true }).filter((one) => one.isDirectory());
  expect(folders.map(({ name }) => name)).toEqual([...budgets.keys()]);
});

test.each([...budgets])("examples/%s fits into a template with at most %i bytes", async (name, most) => {
  const { code } = await bundled(resolve("examples", name, "handler.ts"));
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
  expect(renderTemplate(readFileSync("template.yml", "utf8"), code).carried).toBe("");
});
