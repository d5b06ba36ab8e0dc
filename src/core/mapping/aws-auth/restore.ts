/** Restores an earlier text of aws-auth, and shows beforehand whose access that removes. */

import type { Clock } from "../../clock.ts";
import { advice, command } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Kube } from "../../kube/request.ts";
import { type Backup, backupsIn, rehearseBackup } from "./backups.ts";
import { editMapRoles, readAwsAuth } from "./config-map.ts";
import { mappingLines, readRoles } from "./text.ts";

export interface Restoration {
  /** Lines of text. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** ARNs that have an entry now and none in the backup: they lose access. */
  readonly lost: readonly string[];
  /** Throws `AwsAuthChanged` if someone wrote to aws-auth since the plan was made. */
  readonly apply: () => Promise<void>;
}

export interface RestorePorts {
  readonly kube: Kube;
  readonly clock: Clock;
  /** Where backups are. */
  readonly folder: string;
}

/** `undefined` if the text is already the same. Throws `BackupInvalid`, `BackupFailed`. */
export async function planRestore(
  { kube, clock, folder }: RestorePorts,
  backup: Backup,
): Promise<Restoration | undefined> {
  const shown = (await readAwsAuth(kube))?.data?.mapRoles;
  if (shown === backup.mapRoles) return undefined;
  const then = arnsThen(backup);
  await rehearseBackup(folder);
  return {
    ...mappingLines(shown, backup.mapRoles),
    lost: arnsNow(shown).filter((arn) => !then.includes(arn)),
    apply: () =>
      editMapRoles(kube, clock, {
        edit: (text) => (text === shown || text === backup.mapRoles ? backup.mapRoles : refuseChanged()),
        ...backupsIn(folder, new Date(clock.now()), backup),
      }),
  };
}

export type Preview = Pick<Restoration, "removed" | "added"> & Pick<Backup, "name">;

/** What each backup would change. */
export async function previewRestores(kube: Kube, backups: readonly Backup[]): Promise<readonly Preview[]> {
  const now = (await readAwsAuth(kube))?.data?.mapRoles;
  return backups.map(({ name, mapRoles }) => ({ name, ...mappingLines(now, mapRoles) }));
}

/** Throws as `readRoles`. */
const arnsOf = (text: string | undefined): readonly string[] => readRoles(text).flatMap(({ rolearn }) => rolearn ?? []);

/** Throws `BackupInvalid`: a text that does not parse is never written. */
function arnsThen({ name, mapRoles }: Backup): readonly string[] {
  try {
    return arnsOf(mapRoles);
  } catch (cause) {
    throw new EksLambdaError("BackupInvalid", `the backup ${name} does not parse: ${(cause as Error).message}`, {
      hint: advice`choose another: ${command`eks-lambda aws-auth restore`}`,
      cause,
    });
  }
}

/** None if the current text does not parse: then it is what needs to be repaired. */
function arnsNow(text: string | undefined): readonly string[] {
  try {
    return arnsOf(text);
  } catch {
    return [];
  }
}

function refuseChanged(): never {
  throw new EksLambdaError("AwsAuthChanged", "someone changed aws-auth after the plan was shown", {
    hint: "nothing was written; run the command again to see the current text",
  });
}
