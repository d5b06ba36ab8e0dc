import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backupFolder, backupsIn, readBackups } from "../../../../../src/core/mapping/aws-auth/backups.ts";
import { hostileText } from "../../../../support/hostile-text.ts";
import { temporaryFolder } from "../../../../support/temporary.ts";

const at = (second: number) => new Date(Date.UTC(2025, 0, 1, 0, 0, second));
/** What a write does that succeeds. */
async function keepBackup(folder: string, text: string | undefined, now: Date): Promise<void> {
  const saving = backupsIn(folder, now);
  await saving.before(text);
  await saving.after();
}
const textsIn = async (folder: string) => (await readBackups(folder)).map(({ mapRoles }) => mapRoles);
const newFolder = async () => join(await temporaryFolder(), "aws-auth", "demo");

describe("backups", () => {
  test("are listed newest first, and readable only by their owner", async () => {
    const folder = await newFolder();
    await keepBackup(folder, "- first: Ä\r\n", at(1));
    await keepBackup(folder, undefined, at(2));
    expect(await readBackups(folder)).toEqual([
      { name: "2025-01-01T00-00-02.000Z" },
      { name: "2025-01-01T00-00-01.000Z", mapRoles: "- first: Ä\r\n" },
    ]);
    const modes = [folder, ...(await readdir(folder)).map((name) => join(folder, name))].map(async (path) =>
      ((await stat(path)).mode & 0o777).toString(8),
    );
    expect(await Promise.all(modes)).toEqual(["700", "600", "600"]);
  });

  test("are limited to the last 20, whatever the clock said", async () => {
    const clocks = fc.array(fc.date({ noInvalidDate: true }), { minLength: 21, maxLength: 30 });
    const property = fc.asyncProperty(clocks, async (times) => {
      const folder = await newFolder();
      for (const [index, now] of times.entries()) await keepBackup(folder, String(index), now);
      const last = times.map((_, index) => String(index)).slice(-20);
      expect(await textsIn(folder)).toEqual(last.toReversed());
    });
    await fc.assert(property, { numRuns: 10 });
  });

  test("stay where writes are refused, which save the same text again", async () => {
    const folder = await newFolder();
    for (let second = 1; second <= 20; second++) await keepBackup(folder, String(second), at(second));
    for (let second = 21; second <= 45; second++) await backupsIn(folder, at(second)).before("refused");
    await keepBackup(folder, "refused", at(46));
    expect(new Set(await textsIn(folder))).toEqual(
      new Set(["refused", ...Array.from({ length: 19 }, (_, index) => String(20 - index))]),
    );
  });

  test("keep every text as it is", () =>
    fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const folder = await newFolder();
        await keepBackup(folder, text, at(1));
        expect(await textsIn(folder)).toEqual([text]);
      }),
      { numRuns: 50 },
    ));

  test("that are restored stay, and so does what a person copied", async () => {
    const folder = await newFolder();
    for (let second = 1; second <= 20; second++) await keepBackup(folder, String(second), at(second));
    await copyFile(join(folder, "2025-01-01T00-00-02.000Z.json"), join(folder, "before the upgrade.json"));
    const saving = backupsIn(folder, at(21), { name: "2025-01-01T00-00-01.000Z" });
    await saving.before("21");
    await saving.after();
    const names = (await readBackups(folder)).map(({ name }) => name);
    expect(names).toHaveLength(22);
    expect(names).toEqual(expect.arrayContaining(["2025-01-01T00-00-01.000Z", "before the upgrade"]));
  });

  test("of one run are one file, regardless of retries", async () => {
    const folder = await newFolder();
    const saving = backupsIn(folder, at(1));
    await saving.before("first");
    await saving.before("second");
    expect(await readBackups(folder)).toEqual([{ name: "2025-01-01T00-00-01.001Z", mapRoles: "second" }]);
  });

  test.each<[string, (path: string) => unknown]>([
    ["half a text of a run that was killed", (path) => writeFile(path, '{"mapRoles":"- r')],
    ["null", (path) => writeFile(path, "null")],
    ["empty", (path) => writeFile(path, "{}")],
    ["a text", (path) => writeFile(path, '"- rolearn"')],
    ["a list", (path) => writeFile(path, '{"mapRoles":["- rolearn"]}')],
    ["no UTF-8", (path) => writeFile(path, Buffer.from([0x7b, 0xff]))],
    ["a folder", (path) => mkdir(path)],
    ["a FIFO, which nobody writes", (path) => execFileSync("mkfifo", [path])],
  ])("leave out a file that is %s", async (_, leave) => {
    const folder = await newFolder();
    await keepBackup(folder, "whole", at(1));
    await leave(join(folder, "2025-01-01T00-00-02.000Z.json"));
    expect(await readBackups(folder)).toEqual([{ name: "2025-01-01T00-00-01.000Z", mapRoles: "whole" }]);
  });

  test("of simultaneous runs are all kept", async () => {
    const folder = await newFolder();
    await Promise.all(Array.from({ length: 8 }, (_, run) => keepBackup(folder, String(run), at(1))));
    expect((await readBackups(folder)).map(({ mapRoles }) => Number(mapRoles)).sort()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  test("are identified by file name, not by content", async () => {
    const folder = await newFolder();
    await keepBackup(folder, "whole", at(1));
    await writeFile(join(folder, "2025-01-01T00-00-02.000Z.json"), '{"name":"\\u001b[2K","mapRoles":""}');
    expect((await readBackups(folder)).map(({ name }) => name)).toEqual([
      "2025-01-01T00-00-01.000Z",
      "2025-01-01T00-00-02.000Z",
    ]);
  });

  test("do not follow links or overwrite files", async () => {
    const folder = await newFolder();
    await mkdir(folder, { recursive: true });
    const other = join(folder, "other");
    await writeFile(other, "theirs", { mode: 0o644 });
    await symlink(other, join(folder, "2025-01-01T00-00-01.000Z.json"));
    await symlink("nothing", join(folder, "2025-01-01T00-00-01.001Z.json"));
    await keepBackup(folder, "ours", at(1));
    expect(await readFile(other, "utf8")).toBe("theirs");
    expect(await readBackups(folder)).toEqual([{ name: "2025-01-01T00-00-01.002Z", mapRoles: "ours" }]);
  });

  test("are empty without a folder", async () => expect(await readBackups(await newFolder())).toEqual([]));

  test("that cannot be written are an error, and aws-auth is not overwritten", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    await expect(keepBackup(file, "text", at(1))).rejects.toMatchObject({
      code: "BackupFailed",
      hint: expect.stringContaining("XDG_STATE_HOME"),
    });
  });

  test.each([
    [{ HOME: "/home/me" }, "/home/me/.local/state"],
    [{ HOME: "/home/me", XDG_STATE_HOME: "/state" }, "/state"],
  ])("lie where %o says, those of each account's clusters apart", (environment, root) =>
    expect(backupFolder(environment, { account: "1", region: "us-east-1", cluster: "demo" })).toBe(
      join(root, "eks-lambda/aws-auth/1-us-east-1-demo"),
    ),
  );
});
