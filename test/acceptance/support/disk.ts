/** Lists all files in a folder. */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** One line for each file: mode, path, and hash of the content. Equal trees have equal lines. */
export async function tree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  return Promise.all(entries.sort().map((path) => line(folder, path)));
}

async function line(folder: string, path: string): Promise<string> {
  const full = join(folder, path);
  const stats = await lstat(full);
  const mode = stats.mode.toString(8);
  if (stats.isSymbolicLink()) return `${mode} ${path} -> ${await readlink(full)}`;
  if (!stats.isFile()) return `${mode} ${path}`;
  return `${mode} ${path} ${createHash("sha256")
    .update(await readFile(full))
    .digest("hex")}`;
}
