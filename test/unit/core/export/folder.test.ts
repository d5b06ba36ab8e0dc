/** Which files an export writes, overwrites, deletes and refuses to touch. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExportedFile } from "../../../../src/core/export/folder.ts";
import { writeExport } from "../../../../src/core/export/folder.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

const code = (text: string): ExportedFile => ({ path: "dist/function/index.js", text });
const rbac = (text: string): ExportedFile => ({ path: "rbac.yaml", text });
const awsAuth: ExportedFile = { path: "aws-auth.txt", text: "entry" };
const read = (folder: string, path: string) => readFile(join(folder, path), "utf8");

describe("writeExport", () => {
  test("creates a folder, updates what it wrote, and deletes what is no longer exported", async () => {
    const folder = join(await temporaryFolder(), "new");
    expect(await writeExport(folder, [code("1"), rbac("1"), awsAuth])).toEqual([
      { path: "dist/function/index.js", action: "create" },
      { path: "rbac.yaml", action: "create" },
      { path: "aws-auth.txt", action: "create" },
    ]);
    expect(await writeExport(folder, [code("2"), rbac("1")])).toEqual([
      { path: "dist/function/index.js", action: "update" },
      { path: "rbac.yaml", action: "unchanged" },
      { path: "aws-auth.txt", action: "delete" },
    ]);
    expect(await readdir(folder)).toEqual([".eks-lambda-export.json", "dist", "rbac.yaml"]);
    expect(await read(folder, "dist/function/index.js")).toBe("2");
  });

  test("writes nothing if nothing differs", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "rbac.yaml"), "1");
    expect(await writeExport(folder, [rbac("1")])).toEqual([{ path: "rbac.yaml", action: "unchanged" }]);
    expect(await readdir(folder)).toEqual(["rbac.yaml"]);
  });

  test.each<[string, (folder: string) => Promise<unknown>, string]>([
    ["a file that was there before", (folder) => writeFile(join(folder, "rbac.yaml"), "mine"), "rbac.yaml"],
    [
      "a file that somebody changed",
      async (folder) => {
        await writeExport(folder, [rbac("1")]);
        await writeFile(join(folder, "rbac.yaml"), "mine");
      },
      "rbac.yaml (changed)",
    ],
    [
      "a link to a file elsewhere",
      async (folder) => {
        await writeFile(join(folder, "elsewhere"), "mine");
        await symlink(join(folder, "elsewhere"), join(folder, "rbac.yaml"));
      },
      "rbac.yaml",
    ],
    [
      "a link to a folder elsewhere",
      async (folder) => {
        await mkdir(join(folder, "elsewhere"));
        await symlink(join(folder, "elsewhere"), join(folder, "dist"));
      },
      "dist",
    ],
  ])("refuses to overwrite %s", async (_, given, named) => {
    const folder = await temporaryFolder();
    await given(folder);
    const before = await readdir(folder, { recursive: true });
    expect(await refusalOf(writeExport(folder, [code("2"), rbac("2")]))).toMatchObject({
      code: "ExportChanged",
      message: `${folder} has files that export did not write: ${named}`,
    });
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    expect(await read(folder, "rbac.yaml").catch(() => "none")).toMatch(/^(mine|none)$/);
  });

  test("keeps a file of its own that somebody changed, once it is no longer exported", async () => {
    const folder = await temporaryFolder();
    await writeExport(folder, [rbac("1"), awsAuth]);
    await writeFile(join(folder, "aws-auth.txt"), "mine");
    await writeExport(folder, [rbac("2")]);
    expect(await read(folder, "aws-auth.txt")).toBe("mine");
  });

  test("a run that was killed half-way is completed by the next", async () => {
    const folder = await temporaryFolder();
    await writeExport(folder, [code("1"), rbac("1")]);
    const hashes = ["1", "2"].map((text) => createHash("sha256").update(text).digest("hex"));
    const record = { "dist/function/index.js": hashes, "rbac.yaml": hashes };
    await writeFile(join(folder, ".eks-lambda-export.json"), JSON.stringify(record));
    await writeFile(join(folder, "dist/function/index.js"), "2");
    await writeExport(folder, [code("3"), rbac("3")]);
    expect([await read(folder, "dist/function/index.js"), await read(folder, "rbac.yaml")]).toEqual(["3", "3"]);
  });

  test.each(["not JSON", "null", "[]", '{"rbac.yaml":"x","../outside":["x"]}'])(
    "a record that somebody edited (%s) lets nothing be overwritten",
    async (record) => {
      const folder = await temporaryFolder();
      await writeExport(folder, [rbac("1")]);
      await writeFile(join(folder, ".eks-lambda-export.json"), record);
      expect(await refusalOf(writeExport(folder, [rbac("2")]))).toMatchObject({ code: "ExportChanged" });
    },
  );

  test("a folder that cannot be written is told with its reason", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    expect(await refusalOf(writeExport(file, [rbac("1")]))).toMatchObject({ code: "ExportNotWritten" });
  });
});
