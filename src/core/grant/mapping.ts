/** Plans the mapping of a role that has none: an access entry with our tag, or an entry in aws-auth with our mark. */

import { advice, command } from "../command.ts";
import { deleteEntry, makeEntry, mapsOnlyTo, removeEntry, taggedEntry } from "../mapping/access-entry.ts";
import { readPolicies, showPolicies } from "../mapping/access-policies.ts";
import { type AwsAuthMap, editMapRoles, hasMark, readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import { isInvalid } from "../mapping/aws-auth/read.ts";
import { awsAuthTitle, type EntryWish, entryIn, planEntry } from "../mapping/entry.ts";
import { type Method, modeOf } from "../mapping/modes.ts";
import { onceKnown, refusesRole } from "../mapping/new-role.ts";
import type { NamedRole } from "../mapping/principal.ts";
import type { Planned } from "../plan.ts";
import type { GrantContext } from "./context.ts";
import { entryFor, type FoundMapping, type Principal } from "./identity.ts";
import { awsAuthMark } from "./marks.ts";

/** Plans a mapping to the user with the role's ARN. */
export async function mappingPlanned(context: GrantContext, role: NamedRole, found: FoundMapping): Promise<Planned> {
  const { name, authenticationMode } = context.cluster;
  if (!found.identity) return plannedBy[modeOf(authenticationMode).method](context, role, found);
  const summary = `${role.principal} is mapped by ${found.identity.by}`;
  return { change: { step: "mapping", target: name, action: "unchanged", summary } };
}

type Planning = (context: GrantContext, role: NamedRole, found: FoundMapping) => Planned | Promise<Planned>;

const plannedBy: Readonly<Record<Method, Planning>> = {
  "access-entry": entryPlanned,
  "aws-auth": (context, role, { awsAuth }) => planEntry(context, wishFor(role, awsAuth), "present"),
};

function entryPlanned(context: GrantContext, role: NamedRole, { isDead }: FoundMapping): Planned {
  const { eks, clock } = context;
  const { principal } = role;
  const wanted = entryFor(context, role);
  const remove = () => removeEntry(eks, wanted);
  const change = { step: "access-entry", target: principal, summary: `username ${wanted.username}, no groups` };
  return {
    change: isDead
      ? { ...change, action: "update", summary: `created again for the current role: ${change.summary}` }
      : { ...change, action: "create" },
    async apply(waiting) {
      if (isDead) await remove();
      await onceKnown(() => makeEntry(eks, wanted), {
        clock,
        waiting,
        isTooNew: (error) => refusesRole((error as Error).message),
        otherwise: {
          roleArn: principal,
          hint: advice`run the command again in some minutes, and look whether the role still exists: ${command`aws iam get-role --role-name ${principal.split("/").at(-1) ?? ""}`}`,
        },
      });
    },
    undo: remove,
  };
}

/** Plans to delete the access entry, if it has our tag, is as grant made it, and is known to have no access policies. */
export async function entryRemoval(context: GrantContext, role: Principal): Promise<readonly Planned[]> {
  const { eks, cluster } = context;
  if (!modeOf(cluster.authenticationMode).readsEntries) return [];
  const made = entryFor(context, role);
  const entry = await taggedEntry(eks, made);
  const change = { step: "access-entry", target: role.principal } as const;
  if (!entry) return [];
  if (!mapsOnlyTo(made.username, entry)) return [{ change: { ...change, ...kept(changed(entry)) } }];
  const { policies, unread } = await readPolicies(eks, made.place);
  const given = policies.length > 0 ? [`someone has given it ${showPolicies(policies)} since grant created it`] : [];
  const [why] = [...given, ...unread];
  if (why !== undefined)
    return [{ change: { ...change, ...kept(`${why}; to delete it: ${deleteEntry(made.place)}`) } }];
  return [
    { change: { ...change, action: "delete", summary: "created by grant" }, apply: () => removeEntry(eks, made) },
  ];
}

/** Why an entry that grant made is kept. */
const changed = ({ username, groups }: { readonly username: string; readonly groups: readonly string[] }): string =>
  `someone has changed it since grant created it, to the user "${username}"${groups.length > 0 ? ` in ${groups.join(", ")}` : ""}`;

/** Plans to remove the role's entry in aws-auth, if its mark says that grant made it and it is as grant writes it. */
export async function awsAuthRemoval(context: GrantContext, role: NamedRole): Promise<readonly Planned[]> {
  if (!modeOf(context.cluster.authenticationMode).readsAwsAuth) return [];
  const awsAuth = await readAwsAuth(context.kube);
  const isOurs = hasMark(awsAuth, awsAuthMark(role.arn));
  const change = { step: "aws-auth", target: awsAuthTitle } as const;
  try {
    const entry = entryIn(awsAuth?.data?.mapRoles, role.arn);
    const isAsWritten = entry && mapsOnlyTo(role.arn, entry);
    if (!isOurs) return isAsWritten ? [{ change: { ...change, ...kept(byOthers(context, role)) } }] : [];
    if (!entry) return [unmarking(context, role)];
    if (!isAsWritten) return [{ change: { ...change, ...kept(changed(entry)) } }];
    return [await planEntry(context, wishFor(role, awsAuth), "absent")];
  } catch (error) {
    if (!isInvalid(error)) throw error;
    // It must not stop what else is revoked: it is reported when the entry is removed.
    const removal = { ...change, action: "delete", summary: "created by grant" } as const;
    return isOurs ? [{ change: removal, apply: () => Promise.reject(error) }] : [];
  }
}

const kept = (why: string) => ({ action: "unchanged", summary: `kept: ${why}` }) as const;

const byOthers = ({ cluster, region }: GrantContext, { arn }: NamedRole): string =>
  `no mark says that grant created it; to remove it: ${command`eksctl delete iamidentitymapping --cluster ${cluster.name} --region ${region} --arn ${arn}`}`;

/** Removes the mark of an entry that someone has removed. */
const unmarking = ({ kube, clock }: GrantContext, { arn }: NamedRole): Planned => ({
  change: {
    step: "aws-auth",
    target: awsAuthTitle,
    action: "delete",
    summary: "the mark of an entry that no longer exists",
  },
  apply: (waiting) =>
    editMapRoles(kube, clock, {
      waiting,
      edit: (text) => text,
      marks: { [awsAuthMark(arn)]: null },
      before: () => Promise.resolve(),
    }),
});

const wishFor = ({ arn, principal }: NamedRole, map: AwsAuthMap | undefined): EntryWish => ({
  map,
  wanted: { rolearn: arn, username: arn },
  mark: { key: awsAuthMark(arn), value: principal },
});
