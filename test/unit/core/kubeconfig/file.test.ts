import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { editKubeconfig, readKubeconfig } from "../../../../src/core/kubeconfig/file.ts";
import { leftLock } from "../../../../src/core/kubeconfig/lock.ts";
import { testClock } from "../../../support/clock.ts";
import { temporaryFolder } from "../../../support/temporary.ts";

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

  test.each<[string, (path: string) => unknown, string]>([
    ["a folder", (path) => mkdir(path), "not a regular file"],
    ["a FIFO, without waiting for a writer", (path) => execFileSync("mkfifo", [path]), "not a regular file"],
    ["a device", (path) => symlink("/dev/zero", path), "not a regular file"],
    ["a link to itself", (path) => symlink("config", path), "ELOOP"],
    ["text that is not UTF-8", (path) => writeFile(path, Buffer.from([0x6b, 0xff])), "not UTF-8 text"],
  ])("refuses %s, and so does editing", async (_, make, reason) => {
    const path = join(await temporaryFolder(), "config");
    await make(path);
    const refused = {
      code: "KubeconfigUnusable",
      message: expect.stringMatching(`^cannot use the kubeconfig ${path}: .*${reason}`),
      hint: expect.stringContaining("--no-kubeconfig"),
    };
    await expect(readKubeconfig(path)).rejects.toMatchObject(refused);
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject(refused);
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

  test("creates the target of a dangling link, and its folder", async () => {
    const folder = await temporaryFolder();
    const link = join(folder, "link");
    await symlink("new/folder/config", link);
    await editKubeconfig(link, testClock(), () => "after\n");
    expect(await readFile(join(folder, "new/folder/config"), "utf8")).toBe("after\n");
  });

  test("creates the target of a symbolic link", async () => {
    const folder = await temporaryFolder();
    const link = join(folder, "link");
    await symlink("second", link);
    await symlink("config", join(folder, "second"));
    await editKubeconfig(link, testClock(), () => "after\n");
    expect([await readlink(link), await readFile(join(folder, "config"), "utf8")]).toEqual(["second", "after\n"]);
  });

  test.each<[string, (path: string, other: string) => unknown]>([
    ["a link to a file of someone else", (path, other) => symlink(other, path)],
    ["a link to nothing", (path) => symlink("nothing", path)],
    ["a file that everybody may read", (path) => writeFile(path, "theirs\n", { mode: 0o666 })],
    ["a FIFO", (path) => execFileSync("mkfifo", [path])],
  ])("does not write into %s, if it stands where the new text is written", async (_, leave) => {
    const { folder, path } = await existing();
    const other = join(folder, "other");
    await writeFile(other, "theirs\n");
    await leave(`${path}.eks-lambda`, other);
    await editKubeconfig(path, testClock(), () => "after\n");
    expect([await readFile(path, "utf8"), await readFile(other, "utf8")]).toEqual(["after\n", "theirs\n"]);
    expect([await readlink(path).catch(() => "no link"), await modeOf(path)]).toEqual(["no link", "600"]);
    expect(await readdir(folder)).toEqual(["config", "other"]);
  });

  test("is refused if a folder blocks the temporary file", async () => {
    const { folder, path } = await existing();
    await mkdir(`${path}.eks-lambda`);
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigUnusable",
    });
    expect(await readFile(path, "utf8")).toBe("before\n");
    expect(await readdir(folder)).toEqual(["config", "config.eks-lambda"]);
  });

  test("that fails leaves the file unchanged, and no other file", async () => {
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
  test("is held during the edit", async () => {
    const { folder, path } = await existing();
    const during: Promise<string[]>[] = [];
    await editKubeconfig(path, testClock(), (text) => {
      during.push(readdir(folder));
      return text;
    });
    expect(await Promise.all(during)).toEqual([["config", "config.lock"]]);
  });

  test("names the process that holds it, and is removed afterwards", async () => {
    const { folder, path } = await existing();
    let held: Promise<string> | undefined;
    await editKubeconfig(path, testClock(), (text) => {
      held = readlink(`${path}.lock`);
      return text;
    });
    expect(await held).toMatch(new RegExp(`^eks-lambda ${process.pid} \\d+ ${hostname()}$`));
    expect(await readdir(folder)).toEqual(["config"]);
  });

  const ended = () => spawnSync(process.execPath, ["-e", "0"]).pid;

  /**
   * A process that has ended, and whose parent has not asked how. It ends only once its parent, a shell, has become
   * another program, because a shell may ask.
   */
  async function zombie(): Promise<number> {
    const parent = spawn("sh", ["-c", "cat <&3 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    onTestFinished(() => void parent.kill());
    const [line] = await once(parent.stdout as Readable, "data");
    const child = Number(line);
    const proc = (pid: number | undefined, file: string) => () => readFile(`/proc/${pid}/${file}`, "utf8");
    await expect.poll(proc(parent.pid, "comm")).toBe("sleep\n");
    (parent.stdio[3] as Writable).end();
    await expect.poll(proc(child, "stat")).toMatch(/\) Z /);
    return child;
  }

  test.each<[string, () => string | Promise<string>, (lock: string, text: string) => Promise<unknown>]>([
    ["a run that was killed", () => `eks-lambda ${ended()} 1 ${hostname()}`, (lock, text) => symlink(text, lock)],
    [
      "one whose number another has",
      () => `eks-lambda ${process.pid} 1 ${hostname()}`,
      (lock, text) => symlink(text, lock),
    ],
    [
      "one that is not yet buried",
      async () => `eks-lambda ${await zombie()} - ${hostname()}`,
      (lock, text) => symlink(text, lock),
    ],
    [
      "a run where links are not to be had",
      () => `eks-lambda ${ended()} - ${hostname()}`,
      (lock, text) => writeFile(lock, text),
    ],
  ])("of %s is taken away", async (_, text, leave) => {
    const { folder, path } = await existing();
    await leave(`${path}.lock`, await text());
    expect(await leftLock(path)).toBe(`${path}.lock`);
    await editKubeconfig(path, testClock(), () => "after\n");
    expect(await readFile(path, "utf8")).toBe("after\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  test.each([
    ["another computer", () => `eks-lambda ${ended()} 1 elsewhere`, /by process \d+ on elsewhere$/],
    [
      "a process of unknown start that is there",
      () => `eks-lambda ${process.pid} - ${hostname()}`,
      /by process \d+ on /,
    ],
    ["another program", () => "vim", /by another program$/],
  ])("of %s is not", async (_, text, holder) => {
    const { path } = await existing();
    await symlink(text(), `${path}.lock`);
    expect(await leftLock(path)).toBeUndefined();
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
      message: expect.stringMatching(holder),
    });
    expect(await readFile(path, "utf8")).toBe("before\n");
  });

  test("that is a FIFO or a link is neither read nor followed", async () => {
    const { folder, path } = await existing();
    execFileSync("mkfifo", [`${path}.lock`]);
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
    });
    await rm(`${path}.lock`);
    await symlink("made-elsewhere", `${path}.lock`);
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
    });
    expect(await readdir(folder)).toEqual(["config", "config.lock"]);
  });

  test("of a killed run is removed once, even by concurrent runs", async () => {
    const { folder, path } = await existing("0");
    const clock = { now: Date.now, sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms / 20)) };
    await symlink(`eks-lambda ${ended()} 1 ${hostname()}`, `${path}.lock`);
    const all = Array.from({ length: 20 }, () => editKubeconfig(path, clock, (text) => String(Number(text) + 1)));
    await Promise.all(all);
    expect(await readFile(path, "utf8")).toBe("20");
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

  test("is beside the link, as kubectl's, if the kubeconfig is a link", async () => {
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

  test("that is never released is named, and nothing is changed", async () => {
    const { folder, path } = await existing();
    await writeFile(`${path}.lock`, "");
    await expect(editKubeconfig(path, testClock(), () => "after\n")).rejects.toMatchObject({
      code: "KubeconfigLocked",
      message: `${path} has been locked for 10 seconds by another program`,
      hint: expect.stringContaining(`rm ${path}.lock`),
    });
    expect(await readFile(path, "utf8")).toBe("before\n");
    expect(await readdir(folder)).toEqual(["config", "config.lock"]);
  });
});
