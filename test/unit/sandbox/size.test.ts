/** The sandbox is a stand-in and must stay smaller than what it stands in for: docs/decisions/0008-a-small-sandbox.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../../../src");

function linesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const lines = files.map(
    ({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8").split("\n").length - 1,
  );
  return lines.reduce((sum, count) => sum + count, 0);
}

test("the sandbox is less than half of src", () => {
  const [sandbox, all] = [linesOf(join(source, "sandbox")), linesOf(source)];
  expect(sandbox).toBeLessThan(all / 2);
});
