/** THIRD_PARTY_LICENSES, which the build writes. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

const program = new URL("../../../scripts/licences.mjs", import.meta.url).href;

/** The text for one input of each package; `files` are those of `node_modules`. */
async function licences(files: Readonly<Record<string, string | object>>): Promise<string> {
  const cwd = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const file = join(cwd, "node_modules", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  const inputs = ["src/ours.ts", ...Object.keys(files).map((name) => `node_modules/${dirname(name)}/lib/index.js`)];
  const script = `import { licences } from "${program}"; process.stdout.write(licences(${JSON.stringify(inputs)}))`;
  return (await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd })).stdout;
}

const manifest = (name: string, more = {}) => ({ name, version: "1.0.0", license: "MIT", ...more });

test.each(["LICENSE", "license.md", "LICENCE.txt", "UNLICENSE", "License"])("a text in %s is found", async (file) =>
  expect(await licences({ "ms/package.json": manifest("ms"), [`ms/${file}`]: "May be used.\n" })).toBe(
    "ms 1.0.0 (MIT)\n\nMay be used.\n",
  ),
);

test("a package without a licence text gets its repository's, and keeps its notice", async () => {
  const sdk = (name: string) => manifest(name, { repository: { url: "https://example.com/sdk.git" } });
  const text = await licences({
    "@aws-sdk/a/package.json": sdk("@aws-sdk/a"),
    "@aws-sdk/a/NOTICE": "Made by somebody.",
    "@aws-sdk/b/package.json": sdk("@aws-sdk/b"),
    "@aws-sdk/b/LICENSE": "May be used.",
  });
  expect(text.split(`\n${"-".repeat(80)}\n\n`)).toEqual([
    "@aws-sdk/a 1.0.0 (MIT)\n\nMay be used.\n\nMade by somebody.\n",
    "@aws-sdk/b 1.0.0 (MIT)\n\nMay be used.\n",
  ]);
});

test("packages with the same text share it", async () => {
  const files = (name: string) => ({ [`${name}/package.json`]: manifest(name), [`${name}/LICENSE`]: "May be used." });
  expect(await licences({ ...files("a"), ...files("b") })).toBe("a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nMay be used.\n");
});

test("the build fails for a package without a licence text", async () => {
  const other = { "other/package.json": manifest("other"), "other/LICENSE": "May be used." };
  await expect(licences({ "bare/package.json": manifest("bare"), ...other })).rejects.toThrow(
    "bare 1.0.0 (MIT) has no licence text",
  );
});

test("the shipped file has the text of ms, whose file is license.md", async () => {
  const shipped = await readFile("THIRD_PARTY_LICENSES", "utf8");
  expect(shipped).toMatch(/^ms \d\S* \(MIT\)\n\nThe MIT License/m);
});
