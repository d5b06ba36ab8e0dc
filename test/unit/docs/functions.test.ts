/** Functions in the docs are those that tests run, and the sizes that a page tells are measured. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundled } from "../../../src/core/code/bundle.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { compressed, renderTemplate } from "../../../src/core/stack/template.ts";
import { makeProject } from "../../support/project.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const page = "docs/powertools.md";
const folder = "test/fixtures/functions";
const read = (file: string): string => readFileSync(file, "utf8");

/** `part`: without its imports, of which it may show others. */
const blocks = [page, "docs/library.md"].flatMap((page) =>
  [...read(page).matchAll(/^<!-- (file|part of) (\S+) -->\n\n```\w+\n(.*?)^```/gms)].map(
    ([, kind = "", file = "", text = ""]) => ({ page, kind, file, text }),
  ),
);

test.each(blocks)("$page shows $file as it is tested", ({ kind, file, text }) => {
  const tested = read(join(folder, file));
  if (kind === "file") expect(tested.replace(/^\/\*\* .* \*\/\n/, "")).toBe(text);
  else expect(tested).toContain(text.replace(/^import .*\n/gm, "").trim());
});

const tableOf = ([head = [], ...rows]: readonly (readonly string[])[]): string => {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
};

const words = (text: string) => text.replace(/\d+ kB/g, "kB").replace(/[ -]+/g, " ");
const numbers = (text: string) => [...text.matchAll(/\d+(?= kB)/g)].map(Number);

function withinTenth(told: string, measured: string): boolean {
  const all = numbers(measured);
  return words(told) === words(measured) && numbers(told).every((one, at) => Math.abs(one / (all[at] ?? 0) - 1) <= 0.1);
}

test("each page has some", () =>
  expect(blocks.map(({ page }) => page)).toEqual([...Array(4).fill(page), ...Array(3).fill("docs/library.md")]));

describe("sizes", () => {
  const kB = (bytes: number): string => `${Math.ceil(bytes / 1_000)} kB`;

  async function measured(project: string, what: string, file: string): Promise<readonly string[]> {
    const { code, largest } = await bundled(join(project, file));
    const source = { path: file, code, largest, needs: undefined };
    const isInline = (() => {
      try {
        renderTemplate(read("template.yml"), code, { source });
        return true;
      } catch (error) {
        if (error instanceof EksLambdaError && error.code === "EntryTooLarge") return false;
        throw error;
      }
    })();
    return [what, kB(code.length), kB(compressed(code).length), isInline ? "yes" : "no: `--code-bucket`"];
  }

  test("are those of the bundles", async () => {
    const project = await temporaryFolder();
    await makeProject(project, {});
    const rows = [
      ["with", "code", "compressed", "fits in the template"],
      await measured(project, "valibot alone", "fan-out.ts"),
      await measured(project, "middy", "middleware.ts"),
      await measured(project, "Logger, with middy", "powertools/logger.ts"),
      await measured(project, "Tracer, with middy", "powertools/tracer.ts"),
      await measured(project, "Idempotency", "powertools/idempotency.ts"),
      await measured(project, "Batch", "powertools/batch.ts"),
    ];
    const shown = /(?<=<!-- sizes -->\n\n).*?(?=\n\n<!-- \/sizes -->)/s;
    const [told = ""] = shown.exec(read(page)) ?? [];
    if (process.env.EKS_LAMBDA_UPDATE_DOCS) writeFileSync(page, read(page).replace(shown, tableOf(rows)));
    else expect(withinTenth(told, tableOf(rows))).toBe(true);
  });

  test("may be a tenth off: the table is not written again for each byte", () => {
    expect(withinTenth("| a | 100 kB |", "| a | 108 kB |")).toBe(true);
    expect(withinTenth("| a | 100 kB |", "| a | 112 kB |")).toBe(false);
    expect(withinTenth("| a | 100 kB | yes |", "| a | 100 kB | no |")).toBe(false);
    expect(withinTenth("| a | 100 kB |", "| a | 100 kB |\n| b | 1 kB |")).toBe(false);
  });
});
