/**
 * Saves aws-auth before each write, on this computer and readable only by its owner. `aws-auth restore` uses these
 * files.
 */
import { readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createText, isCode, makeFolder, readText, refuseUnwritable } from "../../disk.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Environment } from "../../kube/cluster.ts";
import type { MapRolesEdit } from "./config-map.ts";

export interface Backup {
  /** The time of the backup by this computer's clock, and the file's name. */
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

/** That many of the last texts are kept. */
const kept = 20;

interface Stored extends Backup {
  readonly file: string;
  /** Counts the backups of a folder in the order of their writing, because a clock can be wrong. */
  readonly number: number;
}

/** Source: https://specifications.freedesktop.org/basedir-spec/latest/, `XDG_STATE_HOME` */
export function backupFolder(environment: Environment, { account, region, cluster }: BackupPlace): string {
  const home = environment.HOME || homedir();
  return join(
    environment.XDG_STATE_HOME || join(home, ".local", "state"),
    "eks-lambda",
    "aws-auth",
    [account, region, cluster].map(encodeURIComponent).join("-"),
  );
}

/** What `editMapRoles` calls around a write. */
export type Saving = Required<Pick<MapRolesEdit, "before" | "after">>;

/**
 * Saves the text that one run replaces, in a file named after `now` or the next free millisecond. Another attempt of
 * the same run replaces its first backup. Only after the write, drops the oldest ones: neither this run's nor
 * `restored`, the backup that it puts back. Throws `BackupFailed`, and the text in the cluster is then not overwritten.
 */
export function backupsIn(folder: string, now: Date, restored?: Backup): Saving {
  let ours: string | undefined;
  return {
    async before(mapRoles) {
      try {
        await makeFolder(folder, 0o700);
        const [latest] = await stored(folder);
        const text = JSON.stringify({ number: (latest?.number ?? 0) + 1, mapRoles: mapRoles ?? null });
        const first = ours;
        ours = await createNamed(folder, text, now.getTime());
        if (first !== undefined) await rm(join(folder, first), { force: true });
      } catch (error) {
        throw notSaved(folder, error as Error);
      }
    },
    async after() {
      const surplus = surplusOf((await stored(folder)).filter(({ file }) => isOurs(file)));
      const removed = surplus.filter(({ name, file }) => file !== ours && name !== restored?.name);
      // Do not fail after the write because of one file too many.
      await Promise.allSettled(removed.map(({ file }) => rm(join(folder, file), { force: true })));
    },
  };
}

const notSaved = (folder: string, cause: Error) =>
  new EksLambdaError("BackupFailed", `could not save the current text of aws-auth in ${folder}: ${cause.message}`, {
    hint: "set XDG_STATE_HOME to a folder that you may write to",
    cause,
  });

/** Throws `BackupFailed` if the folder cannot be written, as far as that can be known without a write. */
export const rehearseBackup = (folder: string): Promise<void> =>
  refuseUnwritable(folder).catch((error: Error) => {
    throw notSaved(folder, error);
  });

/** A text that runs saved several times, because their writes were refused, counts once. */
function surplusOf(newestFirst: readonly Stored[]): readonly Stored[] {
  const texts = newestFirst.filter(
    ({ mapRoles }, index) => index === 0 || newestFirst[index - 1]?.mapRoles !== mapRoles,
  );
  const first = texts[kept];
  return first === undefined ? [] : newestFirst.slice(newestFirst.indexOf(first));
}

/** A file with another name is a person's copy of a backup: it can be restored, and stays. */
const isOurs = (file: string): boolean => /^[+-]?\d{4,6}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.json$/.test(file);

/** Returns the file's name. */
async function createNamed(folder: string, text: string, time: number): Promise<string> {
  const file = new Date(time).toISOString().replace(/:/g, "-") + ending;
  try {
    await createText(join(folder, file), text);
    return file;
  } catch (error) {
    if (isCode(error, "EEXIST")) return createNamed(folder, text, time + 1);
    throw error;
  }
}

/**
 * Newest first. Files that are not backups are left out: a run that was killed while writing one had not yet changed
 * aws-auth.
 */
export const readBackups = async (folder: string): Promise<readonly Backup[]> =>
  (await stored(folder)).map(({ file, number, ...backup }) => backup);

async function stored(folder: string): Promise<readonly Stored[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending));
  const all = files.map(async (file) => {
    const content = contentOf(await readText(join(folder, file)).catch(() => undefined));
    return content && { file, name: file.slice(0, -ending.length), ...content };
  });
  return (await Promise.all(all)).filter((one) => one !== undefined).sort(newestFirst);
}

const newestFirst = (a: Stored, b: Stored): number => b.number - a.number || (a.name < b.name ? 1 : -1);

/** `mapRoles` is `null` where there was none. */
function contentOf(text: string | undefined): Pick<Stored, "number" | "mapRoles"> | undefined {
  try {
    const { mapRoles, number: given }: { readonly mapRoles?: unknown; readonly number?: unknown } = JSON.parse(
      text ?? "",
    );
    const number = typeof given === "number" && Number.isSafeInteger(given) ? given : 0;
    if (mapRoles === null) return { number };
    return typeof mapRoles === "string" ? { number, mapRoles } : undefined;
  } catch {
    return undefined;
  }
}

const ending = ".json";
