/** `eks-lambda aws-auth restore`: restores an earlier version of aws-auth. */

import { EksLambdaError, usageError } from "../../core/errors.ts";
import { type Backup, backupFolder, readBackups } from "../../core/mapping/aws-auth/backups.ts";
import { type Preview, planRestore, previewRestores, type Restoration } from "../../core/mapping/aws-auth/restore.ts";
import { clock } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { onInterrupt } from "../interrupt.ts";
import { renderPreview, renderRestoration } from "../render/plan.ts";
import { agreed, choose } from "../render/prompt.ts";
import { type Status, startStatus } from "../render/status.ts";
import { print, printJson } from "../render/text.ts";
import { openSession } from "../session.ts";

export async function restore(name: string | undefined, flags: FlagsOf<"aws-auth restore">): Promise<void> {
  const status = startStatus(flags);
  onInterrupt(() => "nothing was changed");
  const session = await openSession(flags);
  const [{ account }, cluster] = await Promise.all([session.sts.identity(), session.cluster()]);
  const folder = backupFolder(process.env, { account, region: session.region, cluster: cluster.name });
  const backups = await readBackups(folder);
  const names = backups.map((backup) => backup.name);
  if (names.length === 0) throw new EksLambdaError("NoBackups", `no backups of aws-auth in ${folder}`);
  if (name === undefined && flags.json) return printJson(names);
  const kube = await session.kube(cluster);
  const ask = choose("restore which version?");
  if (name === undefined) showEach(await previewRestores(kube, backups), status);
  if (name === undefined && !ask) return;
  const backup = backupNamed(backups, name ?? (await ask?.(names)) ?? "");
  const restoration = await planRestore({ kube, clock, folder }, backup);
  const finish = (changed: boolean, { removed = [], added = [], lost = [] }: Partial<Restoration> = {}) => {
    if (flags.json) printJson({ cluster: cluster.name, restored: backup.name, changed, removed, added, lost });
  };
  if (!restoration) {
    status.line(`aws-auth is already as it was at ${backup.name}`);
    return finish(false);
  }
  status.plan(renderRestoration(restoration));
  if (!(await agreed("restore this version?", flags))) return status.line("nothing was changed");
  onInterrupt(() => "run the same command again");
  await status.during(`restore aws-auth of ${backup.name}`, restoration.apply);
  finish(true, restoration);
}

/** The names on stdout, for scripts; below each, for people, what it would change. */
function showEach(previews: readonly Preview[], status: Status): void {
  for (const preview of previews) {
    print(preview.name);
    status.line(renderPreview(preview));
  }
}

function backupNamed(backups: readonly Backup[], name: string): Backup {
  const found = backups.find((backup) => backup.name === name);
  if (found) return found;
  throw usageError(
    "BackupNotFound",
    `no backup of aws-auth is named "${name}"`,
    `backups: ${backups.map((backup) => backup.name).join(", ")}`,
  );
}
