/** Reads and creates files safely: no special files, no links followed when writing, readable by their owner only. */
import { accessSync, constants, statSync } from "node:fs";
import { access, mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The text of a file; `undefined` if it does not exist. Throws unless it is a regular file with UTF-8 text. */
export async function readText(path: string): Promise<string | undefined> {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  });
  try {
    if (file && !(await file.stat()).isFile()) throw new Error("not a regular file");
    return file && decoded(await file.readFile());
  } finally {
    await file?.close();
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Error("not UTF-8 text", { cause });
  }
}

/**
 * Creates a file and syncs it to disk. An existing file or link is an error (`EEXIST`): no link is followed, and no
 * file of another user is taken over with its owner and mode.
 */
export async function createText(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Creates a folder and those above it that are missing. Node's recursive `mkdir` never ends where the file system answers
 * ENOENT for a new folder, as /proc does.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (await isFolder(path)) return;
    if (!isCode(error, "ENOENT")) throw error;
    const above = dirname(path);
    if (!(await isFolder(above))) await makeFolder(above, mode);
    // Once more also where another process has made the one above meanwhile.
    await mkdir(path, { mode }).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Throws what a write into the folder, which may not exist yet, would meet: no folder, no right, or a read-only file system. */
export async function refuseUnwritable(folder: string): Promise<void> {
  try {
    await access(`${folder}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!isCode(error, "ENOENT") || dirname(folder) === folder) throw error;
    await refuseUnwritable(dirname(folder));
  }
}

export const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/** The path of a command in the first of these folders that has it. */
export const findExecutable = (folders: readonly string[], name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find(isExecutable);

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
