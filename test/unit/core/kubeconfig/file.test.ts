import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editKubeconfig, readKubeconfig } from "../../../../src/core/kubeconfig/file.ts";
import { testClock } from "../../support/clock.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

/** A folder with a kubeconfig in it. */
async function existing(text = "before\n") {
  const folder = await temporaryFolder();
  const path = join(folder, "config");
  await writeFile(path, text);
  return { folder, path };
}

describe("reading", () => {
  test("gives the text", async () => expect(await readKubeconfig((await existing()).path)).toBe("before\n"));

  test("gives nothing where there is no file", async () =>
    expect(await readKubeconfig(join(await temporaryFolder(), "config"))).toBeUndefined());

  test("refuses what is no file", async () => {
    const folder = await temporaryFolder();
    await expect(readKubeconfig(folder)).rejects.toMatchObject({
      code: "KubeconfigUnusable",
      message: expect.stringContaining(folder),
      hint: expect.stringContaining("--no-kubeconfig"),
    });
  });
});

describe("editing", () => {
  test("replaces the text, and leaves nothing beside it", async () => {
    const { folder, path } = await existing();
    await editKubeconfig(path, testClock(), (text) => `${text}after\n`);
    expect(await readFile(path, "utf8")).toBe("before\nafter\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test("makes file and folder where there are none, for their owner's eyes", async () => {
    const folder = join(await temporaryFolder(), ".kube");
    const path = join(folder, "config");
    await editKubeconfig(path, testClock(), (text) => `${text}`);
    expect(await readFile(path, "utf8")).toBe("undefined");
    expect([await modeOf(folder), await modeOf(path)]).toEqual(["700", "600"]);
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test.each([
    [0o644, "600"],
    [0o660, "600"],
    [0o400, "400"],
  ])("takes the rights of all others away (%o)", async (mode, expected) => {
    const { path } = await existing();
    await chmod(path, mode);
    await editKubeconfig(path, testClock(), () => "after\n");
    expect(await modeOf(path)).toBe(expected);
  });

  test("to the same text does not touch the file", async () => {
    const { folder, path } = await existing();
    const before = await stat(path);
    await editKubeconfig(path, testClock(), (text) => text);
    const { ino, mtimeMs, mode } = await stat(path);
    expect({ ino, mtimeMs, mode }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs, mode: before.mode });
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test("to no text removes the file", async () => {
    const { folder, path } = await existing();
    await editKubeconfig(path, testClock(), () => undefined);
    expect(await readdir(folder)).toEqual([]);
  });

  test("to no text makes no file", async () => {
    const folder = await temporaryFolder();
    await editKubeconfig(join(folder, "config"), testClock(), () => undefined);
    expect(await readdir(folder)).toEqual([]);
  });

  test("replaces what a symbolic link leads to, not the link", async () => {
    const { folder, path } = await existing();
    const link = join(folder, "link");
    await symlink("config", link);
    await editKubeconfig(link, testClock(), () => "after\n");
    expect([await readlink(link), await readFile(path, "utf8")]).toEqual(["config", "after\n"]);
    expect(await readdir(folder)).toEqual(["config", "link"]);
  });

  test("that fails leaves the file as it was, and nothing beside it", async () => {
    const { folder, path } = await existing();
    const edit = () => {
      throw new Error("no YAML");
    };
    await expect(editKubeconfig(path, testClock(), edit)).rejects.toThrow("no YAML");
    expect(await readFile(path, "utf8")).toBe("before\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test.each([
    ["the file is a folder", "."],
    ["its folder is a file", "config/config"],
  ])("is refused where %s", async (_, name) => {
    const { folder } = await existing();
    await expect(editKubeconfig(join(folder, name), testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigUnusable",
    });
    expect(await readFile(join(folder, "config"), "utf8")).toBe("before\n");
  });
});

describe("kubectl's lock", () => {
  test("is held while the text is edited", async () => {
    const { folder, path } = await existing();
    const during: Promise<string[]>[] = [];
    await editKubeconfig(path, testClock(), (text) => {
      during.push(readdir(folder));
      return text;
    });
    expect(await Promise.all(during)).toEqual([["config", "config.lock"]]);
  });

  test.each([
    ["a link", (lock: string, mark: string) => symlink(mark, lock)],
    ["a file, where there are no links", (lock: string, mark: string) => writeFile(lock, mark)],
  ])("of a run of ours that was killed is taken away: %s", async (_, leave) => {
    const { folder, path } = await existing();
    const { pid } = spawnSync(process.execPath, ["-e", "0"]);
    await leave(`${path}.lock`, `eks-lambda ${pid}`);
    await editKubeconfig(path, testClock(), () => "after\n");
    expect(await readFile(path, "utf8")).toBe("after\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test("is waited for", async () => {
    const { folder, path } = await existing();
    await writeFile(`${path}.lock`, "");
    const { now } = testClock();
    const clock = { now, sleep: () => rm(`${path}.lock`) };
    await editKubeconfig(path, clock, () => "after\n");
    expect(await readFile(path, "utf8")).toBe("after\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test("is waited for where kubectl has it: beside the link, when the kubeconfig is one", async () => {
    const { folder, path } = await existing();
    await mkdir(join(folder, ".kube"));
    const link = join(folder, ".kube", "config");
    await symlink(path, link);
    await writeFile(`${link}.lock`, "");
    await expect(editKubeconfig(link, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
    });
    expect(await readFile(path, "utf8")).toBe("before\n");
  });

  test("that nobody gives back is named, and nothing is touched", async () => {
    const { folder, path } = await existing();
    await writeFile(`${path}.lock`, "");
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
      message: expect.stringContaining(`${path}.lock`),
      hint: expect.stringContaining(`rm ${path}.lock`),
    });
    expect(await readFile(path, "utf8")).toBe("before\n");
    expect(await readdir(folder)).toEqual(["config", "config.lock"]);
  });
});
