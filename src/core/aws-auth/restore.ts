/** aws-auth as it was before one of our writes: what that takes away is known before it is done. */

import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { type Backup, backupsIn } from "./backups.ts";
import { editMapRoles, readAwsAuth } from "./config-map.ts";
import { mappingLines, readRoles } from "./text.ts";

export interface Restoration {
  /** Lines of text that go and that come. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** ARNs whose entries are there now and were not then: they lose their access. */
  readonly lost: readonly string[];
  /** Throws `AwsAuthChanged` when somebody wrote since this was shown. */
  readonly apply: () => Promise<void>;
}

/** `undefined`: the text is what it was. Throws `BackupInvalid`. */
export async function planRestore(
  kube: Kube,
  clock: Clock,
  folder: string,
  backup: Backup,
): Promise<Restoration | undefined> {
  const shown = (await readAwsAuth(kube))?.data?.mapRoles;
  if (shown === backup.mapRoles) return undefined;
  const then = arnsThen(backup);
  return {
    ...mappingLines(shown, backup.mapRoles),
    lost: arnsNow(shown).filter((arn) => !then.includes(arn)),
    apply: () =>
      editMapRoles(kube, clock, {
        edit: (text) => (text === shown || text === backup.mapRoles ? backup.mapRoles : refuseChanged()),
        before: backupsIn(folder, new Date(clock.now())),
      }),
  };
}

/** Throws as `readRoles`. */
const arnsOf = (text: string | undefined): readonly string[] => readRoles(text).flatMap(({ rolearn }) => rolearn ?? []);

/** Throws `BackupInvalid`: what does not parse is never written. */
function arnsThen({ name, mapRoles }: Backup): readonly string[] {
  try {
    return arnsOf(mapRoles);
  } catch (cause) {
    throw new EksLambdaError("BackupInvalid", `the text kept at ${name} does not parse: ${(cause as Error).message}`, {
      hint: "choose another: eks-lambda aws-auth restore",
      cause,
    });
  }
}

/** None where the text does not parse: then it is what has to be mended, not kept. */
function arnsNow(text: string | undefined): readonly string[] {
  try {
    return arnsOf(text);
  } catch {
    return [];
  }
}

function refuseChanged(): never {
  throw new EksLambdaError("AwsAuthChanged", "somebody changed aws-auth after it was shown here", {
    hint: "nothing was written; run the command again to see it as it is now",
  });
}
