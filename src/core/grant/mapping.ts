/** Plans the mapping of a role that has none: an access entry with our tag, or an entry in aws-auth with our mark beside it. */

import type { AccessEntry } from "../aws/eks.ts";
import { advice, command } from "../command.ts";
import { deleteEntry } from "../mapping/access-entry.ts";
import { type FoundPolicies, readPolicies, showPolicies } from "../mapping/access-policies.ts";
import { editMapRoles, readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import { awsAuthTitle, entryIn, planEntry } from "../mapping/entry.ts";
import { type Method, modeOf } from "../mapping/modes.ts";
import { onceKnown, refusesRole } from "../mapping/new-role.ts";
import type { NamedRole } from "../mapping/principal.ts";
import type { Intent, Planned } from "../plan.ts";
import { isInvalid } from "../setup/taken-username.ts";
import type { GrantContext } from "./context.ts";
import { entryPlaceOf, type FoundMapping, isMarked, isTagged, isWrittenByGrant } from "./identity.ts";
import { awsAuthMark, grantId, grantKey } from "./marks.ts";

/** Plans a mapping to the user with the role's ARN. */
export function mappingPlanned(
  context: GrantContext,
  role: NamedRole,
  { identity, isDead, awsAuth }: FoundMapping,
): Promise<Planned> {
  if (identity) return Promise.resolve(found(context, role, identity.by));
  const { method } = modeOf(context.cluster.authenticationMode);
  return plannedBy[method](context, role, { isDead, awsAuth });
}

type Making = Pick<FoundMapping, "isDead" | "awsAuth">;
type Planning = (context: GrantContext, role: NamedRole, making: Making) => Promise<Planned>;

const plannedBy: Readonly<Record<Method, Planning>> = {
  "access-entry": async (context, role, { isDead }) => entryPlanned(context, role, isDead),
  "aws-auth": (context, role, { awsAuth }) => awsAuthPlanned(context, role, { awsAuth, intent: "present" }),
};

const found = ({ cluster }: GrantContext, { principal }: NamedRole, by: string): Planned => ({
  change: { step: "mapping", target: cluster.name, action: "unchanged", summary: `${principal} is mapped by ${by}` },
});

function entryPlanned({ cluster, eks, clock }: GrantContext, { arn, principal }: NamedRole, isDead: boolean): Planned {
  const remove = () => removeOurs({ cluster, eks }, { arn, principal });
  const change = { step: "access-entry", target: principal, summary: `username ${arn}, no groups` };
  return {
    change: isDead
      ? { ...change, action: "update", summary: `made again for the role as it is now: ${change.summary}` }
      : { ...change, action: "create" },
    async apply(waiting) {
      if (isDead) await remove();
      await onceKnown(() => makeEntry({ cluster, eks }, { arn, principal }), {
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

/** A run that was killed, or another one, may have made it since the plan. */
async function makeEntry({ cluster, eks }: Entries, { arn, principal }: Principal): Promise<void> {
  try {
    const tags = { [grantKey]: grantId(arn) };
    await eks.createAccessEntry(cluster.name, { principalArn: principal, username: arn, tags });
  } catch (error) {
    const entry = await tagged({ cluster, eks }, { arn, principal }).catch(() => undefined);
    if (!entry || !isWrittenByGrant(entry, { arn })) throw error;
  }
}

type Entries = Pick<GrantContext, "cluster" | "eks">;
type Principal = Pick<NamedRole, "arn" | "principal">;

/** The access entry that has our tag. */
async function tagged({ cluster, eks }: Entries, role: Principal): Promise<AccessEntry | undefined> {
  const entry = await eks.accessEntry(cluster.name, role.principal);
  return entry && isTagged(entry, role) ? entry : undefined;
}

/** An entry without our tag, or that someone has changed or given an access policy, is kept. */
async function removeOurs({ cluster, eks }: Entries, role: Principal): Promise<void> {
  const entry = await tagged({ cluster, eks }, role);
  if (!entry || !isWrittenByGrant(entry, role)) return;
  const { policies } = await policiesOf({ cluster, eks }, role);
  if (policies.length === 0) await eks.deleteAccessEntry(cluster.name, role.principal);
}

const policiesOf = ({ cluster, eks }: Entries, { principal }: Principal): Promise<FoundPolicies> =>
  readPolicies(eks, { cluster: cluster.name, principalArn: principal });

/** Plans to delete the access entry, if it has our tag, is as grant made it, and is known to have no access policies. */
export async function entryRemoval(context: GrantContext, role: Principal): Promise<readonly Planned[]> {
  if (!modeOf(context.cluster.authenticationMode).readsEntries) return [];
  const entry = await tagged(context, role);
  const change = { step: "access-entry", target: role.principal } as const;
  if (!entry) return [];
  if (!isWrittenByGrant(entry, role)) return [{ change: { ...change, ...kept(changed(entry)) } }];
  const { policies, unread } = await policiesOf(context, role);
  const given = policies.length > 0 ? [`someone has given it ${showPolicies(policies)} since grant made it`] : [];
  const [why] = [...given, ...unread];
  if (why !== undefined) return [{ change: { ...change, ...kept(`${why}; ${toDelete(context, role)}`) } }];
  return [
    { change: { ...change, action: "delete", summary: "made by grant" }, apply: () => removeOurs(context, role) },
  ];
}

/** Why an entry that grant made is kept. */
const changed = ({ username, groups }: { readonly username: string; readonly groups: readonly string[] }): string =>
  `someone has changed it since grant made it, to the user "${username}"${groups.length > 0 ? ` in ${groups.join(", ")}` : ""}`;

/** Plans to remove the role's entry in aws-auth, if its mark says that grant made it and it is as grant writes it. */
export async function awsAuthRemoval(context: GrantContext, role: NamedRole): Promise<readonly Planned[]> {
  if (!modeOf(context.cluster.authenticationMode).readsAwsAuth) return [];
  const awsAuth = await readAwsAuth(context.kube);
  const isOurs = isMarked(awsAuth, role);
  const change = { step: "aws-auth", target: awsAuthTitle } as const;
  try {
    const entry = entryIn(awsAuth?.data?.mapRoles, role.arn);
    const isAsWritten = entry && isWrittenByGrant(entry, role);
    if (!isOurs) return isAsWritten ? [{ change: { ...change, ...kept(byOthers(context, role)) } }] : [];
    if (!entry) return [unmarking(context, role)];
    if (!isAsWritten) return [{ change: { ...change, ...kept(changed(entry)) } }];
    return [await awsAuthPlanned(context, role, { awsAuth, intent: "absent" })];
  } catch (error) {
    if (!isInvalid(error)) throw error;
    // It must not stop what else is revoked: it is reported when the entry is removed.
    const removal = { ...change, action: "delete", summary: "made by grant" } as const;
    return isOurs ? [{ change: removal, apply: () => Promise.reject(error) }] : [];
  }
}

const toDelete = (context: GrantContext, role: Principal): string =>
  `to delete it: ${deleteEntry(entryPlaceOf(context, role))}`;

const kept = (why: string) => ({ action: "unchanged", summary: `kept: ${why}` }) as const;

const byOthers = ({ cluster, region }: GrantContext, { arn }: NamedRole): string =>
  `no mark says that grant made it; to remove it: ${command`eksctl delete iamidentitymapping --cluster ${cluster.name} --region ${region} --arn ${arn}`}`;

/** Removes the mark of an entry that someone has removed. */
const unmarking = ({ kube, clock }: GrantContext, { arn }: NamedRole): Planned => ({
  change: { step: "aws-auth", target: awsAuthTitle, action: "delete", summary: "the mark of an entry that is gone" },
  apply: (waiting) =>
    editMapRoles(kube, clock, {
      waiting,
      edit: (text) => text,
      marks: { [awsAuthMark(arn)]: null },
      before: () => Promise.resolve(),
    }),
});

interface AwsAuthWish extends Pick<FoundMapping, "awsAuth"> {
  readonly intent: Intent;
}

const awsAuthPlanned = (
  context: GrantContext,
  { arn, principal }: NamedRole,
  { awsAuth, intent }: AwsAuthWish,
): Promise<Planned> =>
  planEntry(
    context,
    { map: awsAuth, wanted: { rolearn: arn, username: arn }, mark: { key: awsAuthMark(arn), value: principal } },
    intent,
  );
