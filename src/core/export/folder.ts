/**
 * Writes an export into a folder. A file that someone changed, or that was there before, is never overwritten: the
 * folder's record has the hashes of what exports wrote.
 */
import { lstat, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createText, isCode, makeFolder, readText } from "../disk.ts";
import { EksLambdaError } from "../errors.ts";
import type { Change } from "../plan.ts";
import { sha256 } from "../sha256.ts";

/** Who applies the files: the SAM CLI for those who own the account, kubectl for those who own the cluster. */
export const destinations = ["sam", "kubectl"] as const;
export type Destination = (typeof destinations)[number];

/** All files that an export can have. To add one, add it here: what is not in this list is never overwritten or deleted. */
export const paths = ["template.yml", "samconfig.toml", "dist/function/index.js", "rbac.yaml", "aws-auth.txt"] as const;
export type ExportPath = (typeof paths)[number];

export interface ExportedFile {
  readonly path: ExportPath;
  readonly text: string;
}

const recordFile = ".eks-lambda-export.json";

/** The hashes of the texts that exports wrote, by path. Two while one replaces the other. */
type Record = ReadonlyMap<ExportPath, readonly string[]>;

export interface FileChange {
  readonly path: ExportPath;
  readonly action: Change["action"];
}

/**
 * Makes `folder` have these files and no others of earlier exports. Can be interrupted and repeated. Throws
 * `ExportChanged` before it writes anything, `ExportNotWritten`.
 */
export async function writeExport(folder: string, files: readonly ExportedFile[]): Promise<readonly FileChange[]> {
  try {
    const record = await readRecord(folder);
    const changes = await planned(folder, files, record);
    if (changes.every(({ action }) => action === "unchanged")) return changes;
    await makeFolder(folder);
    const after = new Map(files.map(({ path, text }) => [path, [sha256(text)]]));
    // Both, so that a run that is killed here leaves no file that the next one takes for changed.
    await writeRecord(folder, merged(record, after));
    for (const { path, action } of changes) {
      if (action === "delete") await rm(join(folder, path));
      else if (action !== "unchanged")
        await replace(folder, path, files.find((file) => file.path === path)?.text ?? "");
    }
    await writeRecord(folder, after);
    return changes;
  } catch (error) {
    if (error instanceof EksLambdaError) throw error;
    throw new EksLambdaError("ExportNotWritten", `cannot write into ${folder}: ${(error as Error).message}`, {
      hint: "choose another folder",
      cause: error,
    });
  }
}

async function planned(folder: string, files: readonly ExportedFile[], record: Record): Promise<readonly FileChange[]> {
  const changes = await Promise.all(
    paths.map(async (path): Promise<FileChange | { readonly changed: string }> => {
      const wanted = files.find((file) => file.path === path)?.text;
      const other = await notAFile(folder, path);
      if (other !== undefined) return { changed: other };
      const found = await readText(join(folder, path));
      if (found === wanted) return { path, action: "unchanged" };
      if (found === undefined) return { path, action: "create" };
      const isOurs = record.get(path)?.includes(sha256(found)) ?? false;
      if (wanted === undefined) return { path, action: isOurs ? "delete" : "unchanged" };
      return isOurs ? { path, action: "update" } : { changed: record.has(path) ? `${path} (changed)` : path };
    }),
  );
  const changed = changes.flatMap((one) => ("changed" in one ? [one.changed] : []));
  if (changed.length > 0)
    throw new EksLambdaError("ExportChanged", `${folder} has files that export did not write: ${changed.join(", ")}`, {
      hint: "nothing was written; export into another folder, compare the two, and delete what you no longer need",
    });
  const wanted = new Set(files.map(({ path }) => path));
  return changes
    .filter((one) => "action" in one)
    .filter(({ path, action }) => action !== "unchanged" || wanted.has(path));
}

/** A link, or a folder in place of a file: writing would change something outside of the folder, or fail half-way. */
async function notAFile(folder: string, path: ExportPath): Promise<string | undefined> {
  const parts = path.split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    const part = parts.slice(0, depth).join("/");
    const found = await lstat(join(folder, part)).catch((error: unknown) => {
      if (isCode(error, "ENOENT")) return undefined;
      throw error;
    });
    if (!found) return undefined;
    if (depth < parts.length ? !found.isDirectory() : !found.isFile()) return part;
  }
  return undefined;
}

async function replace(folder: string, path: string, text: string): Promise<void> {
  const target = join(folder, path);
  await makeFolder(dirname(target));
  const beside = `${target}.${process.pid}.tmp`;
  await rm(beside, { force: true });
  await createText(beside, text, 0o644);
  await rename(beside, target);
}

const merged = (one: Record, other: Record): Record =>
  new Map(paths.map((path) => [path, [...(one.get(path) ?? []), ...(other.get(path) ?? [])]]));

const writeRecord = (folder: string, record: Record): Promise<void> =>
  replace(folder, recordFile, `${JSON.stringify(Object.fromEntries(record), null, 2)}\n`);

/** Other people may have edited it: what does not fit is left out, and its file then counts as changed. */
async function readRecord(folder: string): Promise<Record> {
  const value = parsed(await readText(join(folder, recordFile)));
  return new Map(
    paths.flatMap((path) => {
      const hashes: unknown = value[path];
      return Array.isArray(hashes) ? [[path, hashes.filter((hash: unknown) => typeof hash === "string")] as const] : [];
    }),
  );
}

function parsed(text = "{}"): Readonly<{ [path: string]: unknown }> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
