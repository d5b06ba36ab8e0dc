/** What the docs say about the size of code is measured. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundled } from "../../../../src/core/code/bundle.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";
import { makeProject } from "../../../support/project.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

const template = await readFile("template.yml", "utf8");
const page = await readFile("docs/your-own-function.md", "utf8");
const bytesOf = (text: string) => Buffer.byteLength(text);

async function bundle(text: string) {
  const project = await temporaryFolder();
  await makeProject(project, {});
  await mkdir(join(project, "src"), { recursive: true });
  await writeFile(join(project, "src/sized.ts"), text);
  return bundled(join(project, "src/sized.ts"));
}
const withSchema = (line: string) => `import { defineFunction, resource } from "eks-lambda/lambda";
${line}
export const handler = defineFunction({
  needs: { deployments: resource("apps/v1", "deployments").may("patch") },
  event: ${line.includes("valibot") ? "v.object({ name: v.string() })" : "z.object({ name: z.string() })"},
  async run({ deployments }, { event }) { await deployments.patch({ name: event.name }, {}); return event; },
});
`;

function fits(code: string): boolean {
  try {
    renderTemplate(template, code);
    return true;
  } catch {
    return false;
  }
}

/** The most bytes of this code that fit, compressed. */
function most(code: string): number {
  let [low, high] = [0, code.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(code.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The number of kilobytes behind these words of the docs. */
const said = (text: string, words: RegExp): number => Number(words.exec(text)?.[1]);
const kilobytes = (bytes: number) => Math.round(bytes / 1_000);

const room = 51_200 - bytesOf(renderTemplate(template, "").body);

test("the room in a template", async () => {
  expect(said(page, /which has room for about (\d+) kB/)).toBe(kilobytes(room));
  const decision = await readFile("docs/decisions/0025-large-code.md", "utf8");
  expect(said(decision, /About (\d+),000 are left/)).toBe(kilobytes(room));
  expect(said(decision, /of which template\.yml has (\d+),000/)).toBe(kilobytes(51_200 - room));
});

test("the function of the page", async () => {
  const [, handler = ""] = /<!-- file src\/handler\.ts -->\s+```ts\n([\s\S]*?)```/.exec(page) ?? [];
  const { code } = await bundle(handler);
  expect(Math.abs(said(page, /The function above has (\d+) kB/) - kilobytes(bytesOf(code)))).toBeLessThanOrEqual(1);
});

test("what fits compressed", async () => {
  const { code } = await bundle(withSchema('import { z } from "zod";'));
  const measured = kilobytes(most(code));
  const decision = await readFile("docs/decisions/0025-large-code.md", "utf8");
  for (const text of [page, decision])
    expect(Math.abs(said(text, /(?:enough for|code is) about (\d+) kB/) - measured)).toBeLessThanOrEqual(1);
});

describe("a function with one schema, by", () => {
  const rows = [...page.matchAll(/^\| `(import .*?;?)` +\| +(\d+) kB \| (.*?) +\|$/gm)];

  test("four imports", () => expect(rows).toHaveLength(4));

  test.each(rows.map(([, line = "", size = "", how = ""]) => [line, Number(size), how] as const))(
    "%s has %i kB: %s",
    async (line, size, how) => {
      const { code, largest } = await bundle(withSchema(line));
      expect(kilobytes(bytesOf(code))).toBe(size);
      const isPlain = bytesOf(code) <= room;
      expect(how).toBe(isPlain ? "fits" : fits(code) ? "fits, compressed" : "needs `--code-bucket`");
      const [, name = ""] = /from "(\w+)/.exec(line) ?? [];
      expect(largest.join()).toMatch(new RegExp(`(^|,)${name} \\d+ bytes`));
    },
  );
});

test("an error for code that is too large names its largest packages, and what is smaller", async () => {
  const { code, largest } = await bundle(withSchema('import { z } from "zod";'));
  expect(() => renderTemplate(template, code, { source: { path: "src/sized.ts", largest } })).toThrowError(
    expect.objectContaining({
      code: "EntryTooLarge",
      hint: expect.stringMatching(
        /--code-bucket BUCKET; or bundle less; the largest packages and files: zod \d{6} bytes, .*; import \* as z from "zod\/mini" is a tenth of "zod"$/,
      ),
    }),
  );
});
