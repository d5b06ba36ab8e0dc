/** The text of aws-auth before each write, kept for its owner: a way back that needs nobody else. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
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
 * `now` names it: an attempt again under the same takes its place.
 * Throws `BackupFailed`: what cannot be kept is not overwritten.
 */
export async function keepBackup(folder: string, mapRoles: string | undefined, now: Date): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = now.toISOString().replace(/:/g, "-");
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ name, mapRoles }), { mode: 0o600 });
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
}

/** The newest first, without half a text of a run that was killed: after that it wrote nothing to aws-auth. */
export async function readBackups(folder: string): Promise<readonly Backup[]> {
  const texts = await Promise.all((await files(folder)).map((name) => readBackup(join(folder, name))));
  return texts.filter((backup) => backup !== undefined);
}

async function readBackup(path: string): Promise<Backup | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Backup;
  } catch {
    return undefined;
  }
}

async function files(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .reverse();
}
