/**
 * A role's entry in ConfigMap kube-system/aws-auth, as setup and grant write it: a user, no groups. Entries of others are
 * never changed, even while others write.
 */
import { isDeepStrictEqual } from "node:util";
import type { Caller } from "../aws/sts.ts";
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import { type Intent, type Planned, type Resource, reversible } from "../plan.ts";
import { backupFolder, backupsIn, rehearseBackup } from "./aws-auth/backups.ts";
import { type AwsAuthMap, awsAuthNamespace, editMapRoles, hasMark, rehearseMapRoles } from "./aws-auth/config-map.ts";
import { overwriteWarnings } from "./aws-auth/managers.ts";
import {
  type AwsAuthData,
  dropRole,
  entryOf,
  type Overriding,
  overriddenIn,
  putRole,
  type RoleMapping,
  showEntries,
  untouched,
} from "./aws-auth/text.ts";

export const awsAuthTitle = `${awsAuthNamespace}/aws-auth`;

export interface Entry extends RoleMapping, Overriding {
  readonly groups: readonly string[];
}

interface Ports {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly caller: Pick<Caller, "account">;
  readonly region: string;
  readonly cluster: { readonly name: string };
}

export interface EntryWish extends Partial<Pick<Resource<Entry>, "keep">> {
  /** As it was read. */
  readonly map: AwsAuthMap | undefined;
  /** The role's ARN is without its path. */
  readonly wanted: RoleMapping;
  /** Throws if others have the user. */
  readonly refuse?: ((data: AwsAuthData) => void) | undefined;
  /** An annotation of the ConfigMap that says who wrote the entry. Without it, the entry is not removed. */
  readonly mark?: { readonly key: string; readonly value: string };
}

/** Plans it, with the way back. */
export async function planEntry(ports: Ports, wish: EntryWish, intent: Intent): Promise<Planned> {
  const planned = await reversible("aws-auth", entryResource(ports, wish, intent), intent);
  if (!planned.apply) return planned;
  return { ...planned, change: { ...planned.change, warnings: overwriteWarnings(wish.map?.metadata ?? {}) } };
}

function entryResource(ports: Ports, { map, refuse, mark, ...wish }: EntryWish, intent: Intent): Resource<Entry> {
  const { kube, clock, environment, caller, region, cluster } = ports;
  const wanted: Entry = { ...wish.wanted, groups: [] };
  const { rolearn } = wanted;
  const { data = {} } = map ?? {};
  const before = entryIn(data.mapRoles, rolearn);
  const folder = backupFolder(environment, { account: caller.account, region, cluster: cluster.name });
  return {
    ...wish,
    target: awsAuthTitle,
    wanted,
    read: async () =>
      before && intent === "absent" ? { ...before, overridden: overriddenIn(data.mapRoles, rolearn) } : before,
    show: showEntries,
    summary: (found) => untouched(data.mapRoles, found),
    async rehearse(_, after) {
      if (after) refuse?.(data);
      await rehearseMapRoles(kube, map, after ? put(data.mapRoles, after) : dropRole(data.mapRoles, rolearn));
      await rehearseBackup(folder);
    },
    /** Throws `AwsAuthChanged` if someone else has mapped the role since the plan was made. */
    write: (after, waiting) =>
      editMapRoles(kube, clock, {
        waiting,
        edit(text, now) {
          const found = entryIn(text, rolearn);
          const isMarked = !mark || hasMark(now, mark.key);
          if (!after) return isMarked && isSame(found, before ?? wanted) ? dropRole(text, rolearn) : text;
          if (!found || isSame(found, before) || isSame(found, wanted)) return put(text, after);
          throw changedMeanwhile(rolearn);
        },
        ...(mark && { marks: { [mark.key]: after ? mark.value : null } }),
        ...backupsIn(folder, new Date(clock.now())),
      }),
  };
}

/** The role's effective entry. */
export function entryIn(mapRoles: string | undefined, rolearn: string): Entry | undefined {
  const found = entryOf(mapRoles, rolearn);
  return found && { rolearn: found.rolearn ?? "", username: found.username ?? "", groups: found.groups };
}

/** Of a found entry that an undo puts back, only the user: setup writes no groups. */
const put = (text: string | undefined, { rolearn, username }: Entry): string => putRole(text, { rolearn, username });

const changedMeanwhile = (rolearn: string) =>
  new EksLambdaError("AwsAuthChanged", `someone else has mapped ${rolearn} in aws-auth at the same time`, {
    hint: "run the command again to see the plan for the mapping as it is now",
  });

/** The same user and groups. */
const isSame = (a: Entry | undefined, b: Entry | undefined): boolean =>
  a?.username === b?.username && isDeepStrictEqual(a?.groups, b?.groups);
