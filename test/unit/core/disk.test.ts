/** Folders, also where the file system makes none. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, refuseUnwritable } from "../../../src/core/disk.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "eks-lambda-disk-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("makeFolder", () => {
  test("makes those above it with the same mode, and can be repeated", async () => {
    await makeFolder(join(root, "a/b/c"), 0o700);
    await makeFolder(join(root, "a/b/c"), 0o700);
    for (const path of ["a", "a/b", "a/b/c"]) expect((await stat(join(root, path))).mode & 0o777).toBe(0o700);
  });

  test("can be called by many at once, of whom each finds what others have made meanwhile", async () => {
    for (let turn = 0; turn < 50; turn++) {
      const path = join(root, `${turn}`, "a/b/c/d/e");
      await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
      expect((await stat(path)).isDirectory()).toBe(true);
    }
  });

  test.each([["/proc/self/x"], ["/proc/self/x/y"]])("ends in %s, where no folder can be made", async (path) => {
    await expect(makeFolder(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("refuses the path of a file", async () => {
    await writeFile(join(root, "file"), "");
    await expect(makeFolder(join(root, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(root, "file/x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

describe("refuseUnwritable", () => {
  test.each(["", "new", "new/er"])("accepts a folder where %j can be made, and makes nothing", async (name) => {
    await refuseUnwritable(join(root, name));
    await expect(stat(join(root, "new"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([["file"], ["file/x"], ["file/x/y"]])("refuses %s, which is below a file", async (name) => {
    await writeFile(join(root, "file"), "");
    await expect(refuseUnwritable(join(root, name))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test.each(["/proc/sys", "/proc/sys/x/y"])("refuses %s, where nobody may make a file, root neither", async (path) => {
    await expect(refuseUnwritable(path)).rejects.toMatchObject({ code: "EACCES" });
  });
});
