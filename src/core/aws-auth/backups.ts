/** The text of aws-auth before each write, kept on this computer for its owner: what `aws-auth restore` puts back. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createText, isCode, readText } from "../disk.ts";
import { EksLambdaError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";

export interface Backup {
  /** When it was taken; the file's name. */
  readonly name: string;
  /** `data.mapRoles` as it was; absent when there was none. */
  readonly mapRoles?: string;
}

/** A cluster's name does for two accounts. */
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
 * Keeps the texts that one run replaces: as a file named by `now`, or by the next millisecond that is free. A further
 * attempt of the run takes the place of its first. Throws `BackupFailed`: a text that cannot be kept is not overwritten.
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
        `the text of aws-auth could not be kept in ${folder}: ${(error as Error).message}`,
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
 * The newest first. Files that are no backup are left out: a run that was killed while it wrote one had not yet changed
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
