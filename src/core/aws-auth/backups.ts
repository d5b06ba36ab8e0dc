/**
 * Saves aws-auth before each write, on this computer and readable only by its owner. `aws-auth restore` uses these
 * files.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createText, isCode, readText } from "../disk.ts";
import { EksLambdaError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";

export interface Backup {
  /** The time of the backup, and the file's name. */
  readonly name: string;
  /** `data.mapRoles` as it was; absent if there was none. */
  readonly mapRoles?: string;
}

/** Clusters in two accounts can have the same name. */
export interface BackupPlace {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

const kept = 20;

/** Source: https://specifications.freedesktop.org/basedir-spec/latest/, `XDG_STATE_HOME` */
export function backupFolder(environment: Environment, { account, region, cluster }: BackupPlace): string {
  const home = environment.HOME || homedir();
  return join(
    environment.XDG_STATE_HOME || join(home, ".local", "state"),
    "eks-lambda",
    "aws-auth",
    `${account}-${region}-${cluster}`,
  );
}

/**
 * Saves the texts that one run replaces, in a file named after `now` or the next free millisecond. Another attempt of
 * the same run replaces its first backup. Throws `BackupFailed`, and the text in the cluster is then not overwritten.
 */
export function backupsIn(folder: string, now: Date): (mapRoles: string | undefined) => Promise<void> {
  let ours: string | undefined;
  return async (mapRoles) => {
    const text = JSON.stringify({ mapRoles: mapRoles ?? null });
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (ours) await rm(ours, { force: true });
      ours = await createNamed(folder, text, now.getTime());
      const surplus = (await files(folder)).slice(kept);
      await Promise.all(surplus.map((file) => rm(join(folder, file), { force: true })));
    } catch (error) {
      throw new EksLambdaError(
        "BackupFailed",
        `could not save the current text of aws-auth in ${folder}: ${(error as Error).message}`,
        {
          hint: "set XDG_STATE_HOME to a folder that you may write to",
          cause: error,
        },
      );
    }
  };
}

/** Returns the path. */
async function createNamed(folder: string, text: string, time: number): Promise<string> {
  const path = join(folder, new Date(time).toISOString().replace(/:/g, "-") + ending);
  try {
    await createText(path, text);
    return path;
  } catch (error) {
    if (isCode(error, "EEXIST")) return createNamed(folder, text, time + 1);
    throw error;
  }
}

/**
 * Newest first. Files that are not backups are left out: a run that was killed while writing one had not yet changed
 * aws-auth.
 */
export async function readBackups(folder: string): Promise<readonly Backup[]> {
  const all = (await files(folder)).map(async (file) => {
    const content = backupIn(await readText(join(folder, file)).catch(() => undefined));
    return content && { name: file.slice(0, -ending.length), ...content };
  });
  return (await Promise.all(all)).filter((backup) => backup !== undefined);
}

/** `mapRoles` is `null` where there was none. */
function backupIn(text: string | undefined): Omit<Backup, "name"> | undefined {
  try {
    const { mapRoles } = JSON.parse(text ?? "");
    if (mapRoles === null) return {};
    return typeof mapRoles === "string" ? { mapRoles } : undefined;
  } catch {
    return undefined;
  }
}

const ending = ".json";

async function files(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .reverse();
}
