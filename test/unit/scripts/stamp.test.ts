/** When the tests build again. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
// @ts-expect-error The scripts have no types.
import { inputsOf, isUpToDate, remember } from "../../../scripts/stamp.mjs";
import { temporaryFolder } from "../../support/temporary.ts";

const files = {
  "src/core/one.ts": "1",
  "scripts/build.mjs": "",
  "docs/troubleshooting.md": "",
  "package.json": "{}",
  "tsconfig.json": "{}",
  "tsconfig.build.json": "{}",
  "node_modules/.package-lock.json": "{}",
  "dist/cli/main.cjs": "1",
  THIRD_PARTY_LICENSES: "",
};

async function write(root: string, file: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content);
}

/** A folder after a build, during which `meanwhile` happened. */
async function built(meanwhile = async (_root: string): Promise<void> => {}): Promise<string> {
  const root = await temporaryFolder();
  for (const [file, content] of Object.entries(files)) await write(root, file, content);
  const inputs = inputsOf(root);
  await meanwhile(root);
  remember(root, inputs);
  return root;
}

test("a build is up to date until something changes", async () => {
  expect(isUpToDate(await built())).toBe(true);
});

test.each(Object.keys(files))("a change of %s", async (file) => {
  const root = await built();
  await write(root, file, "changed");
  expect(isUpToDate(root)).toBe(false);
});

test.each(Object.keys(files))("%s is missing", async (file) => {
  const root = await built();
  await rm(join(root, file));
  expect(isUpToDate(root)).toBe(false);
});

test.each(["src/cli/commands/new.ts", "dist/cli/old.mjs"])("a new file, %s", async (file) => {
  const root = await built();
  await write(root, file, "");
  expect(isUpToDate(root)).toBe(false);
});

test("a change during the build", async () => {
  expect(isUpToDate(await built((root) => write(root, "src/core/one.ts", "2")))).toBe(false);
});

test("a folder without a build", async () => {
  const root = await built();
  await rm(join(root, "node_modules/.cache"), { recursive: true });
  expect(isUpToDate(root)).toBe(false);
});
