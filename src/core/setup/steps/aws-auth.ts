/** The function's entry in aws-auth: when it is made, and when it goes. */

import { mappableArn } from "../../arn.ts";
import { hasCode } from "../../errors.ts";
import { afresh } from "../../kube/write.ts";
import { type AwsAuthMap, readAwsAuth } from "../../mapping/aws-auth/config-map.ts";
import { isInvalid } from "../../mapping/aws-auth/read.ts";
import { othersWithUsername } from "../../mapping/aws-auth/text.ts";
import { awsAuthTitle, type Entry, type EntryWish, planEntry } from "../../mapping/entry.ts";
import { refuseMapped } from "../../mapping/holders.ts";
import { methods } from "../../mapping/modes.ts";
import { roleArnOf } from "../../partition.ts";
import type { Change, Intent, Planned } from "../../plan.ts";
import { bindsUser } from "../../rbac/objects.ts";
import { noneIfForbidden, stackBindings } from "../../rbac/owned.ts";
import { standingOf } from "../../rbac/ownership.ts";
import { defaultUsername, functionName } from "../../stack/names.ts";
import type { ClusterContext, ClusterStep } from "../context.ts";
import { type EarlierMapping, earlierMappings, isEarlier } from "../earlier-mappings.ts";
import { whileStackIsAsBefore } from "../reversible.ts";
import { rbacNamesOf, type Target } from "../target.ts";

export const awsAuthStep: ClusterStep = {
  id: "aws-auth",
  inCluster: true,
  async plan(context, intent) {
    const { method, readsAwsAuth } = context.target.access;
    const { isInAccount } = methods[method];
    const ofEarlier = earlierMappings(context.target).map((mapping) => withMapping(context, mapping));
    const others = [...ofEarlier, ...ofDefaultRole(context)];
    // Nothing reads aws-auth in mode API, and nobody needs the right to.
    if (!readsAwsAuth) return intent === "absent" ? unneededEntries([context, ...others]) : [];
    if (intent === "absent") {
      const removal = Promise.all([planned(context, "absent"), removals(others)]).then((all) => all.flat());
      return isInAccount ? removal.catch((error: unknown) => [tolerated(error)]) : removal;
    }
    if (!isInAccount) return [await planned(context, "present"), ...late(await removals(ofEarlier))];
    // The access entry overrides our entry in aws-auth. Remove ours after the checks have proven the access entry.
    return removals([context, ...ofEarlier]).then(late, (error: unknown) => [tolerated(error)]);
  },
};

const withMapping = (context: ClusterContext, { roleArn, username }: EarlierMapping): ClusterContext => ({
  ...context,
  target: { ...context.target, roleArn, username },
});

/**
 * For a role with a name of its own: a person may have restored the entry of the role that setup makes without
 * `--role-name`, and teardown without the stack would remove it.
 */
function ofDefaultRole(context: ClusterContext): readonly ClusterContext[] {
  const { target } = context;
  const { cluster, region, name, caller } = target;
  const roleName = functionName(cluster.name, region, name);
  const known = [target, ...earlierMappings(target)].map((one) => one.roleName);
  if (known.includes(roleName)) return [];
  const roleArn = roleArnOf({ region, account: caller.account }, roleName);
  return [{ ...context, target: { ...target, found: undefined, roleName, roleArn } }];
}

/** The entries that are there. */
async function removals(contexts: readonly ClusterContext[]): Promise<readonly Planned[]> {
  const all = await Promise.all(contexts.map((context) => planned(context, "absent")));
  return all.filter(({ apply }) => apply);
}

/** After the checks. */
const late = (all: readonly Planned[]): readonly Planned[] => all.map((one) => ({ ...one, late: true }));

/** From before the cluster changed to mode API. Teardown removes them if the caller may. */
const unneededEntries = async (contexts: readonly ClusterContext[]): Promise<readonly Planned[]> =>
  (await Promise.all(contexts.map(unneededEntry))).flat();

async function unneededEntry(context: ClusterContext): Promise<readonly Planned[]> {
  try {
    const { forbidden, ...removal } = await planned(context, "absent");
    if (!forbidden) return removal.apply ? [removal] : [];
    const summary = `kept: nothing reads it in authentication mode API, and ${forbidden.message}`;
    return [{ change: { step: "aws-auth", target: removal.change.target, action: "unchanged", summary } }];
  } catch (error) {
    if (isInvalid(error) || hasCode(error, "Forbidden")) return [];
    throw error;
  }
}

/** An access entry maps the role, even if aws-auth is not valid. */
function tolerated(error: unknown): Planned {
  if (!isInvalid(error)) throw error;
  const what = { step: "aws-auth", target: awsAuthTitle, action: "unchanged" } as const;
  const warnings = [`setup did not search it for an earlier mapping of the role: ${error.message}`];
  return { change: { ...what, summary: "kept: it is not valid", warnings } };
}

/**
 * Returns why to keep an entry, if it is not as setup writes it: our user and no groups. A stack whose parameters name
 * the nodes' role must not make teardown lock the nodes out. The default user is ours, too: a person may have restored
 * the entry of an earlier run, and teardown without the stack would remove it. So is a user whom our bindings name: a
 * run that was killed may have mapped it before the stack knew it.
 */
async function whyKept({ kube, target }: ClusterContext, { rolearn, username, groups }: Entry) {
  const { found, name, owner } = target;
  const notOurs = `${rolearn} is not mapped as setup maps it`;
  if (groups.length > 0) return notOurs;
  const isKnown = [target.username, found?.deployed.username, defaultUsername(name)].includes(username);
  if (isKnown && found) return undefined;
  const bindings = (await stackBindings(kube).catch(noneIfForbidden)).filter((one) => bindsUser(one, username));
  const names = rbacNamesOf(target);
  const standings = bindings.map(({ metadata }) => standingOf(metadata, owner));
  const isOurs = bindings.some(({ metadata }, at) => standings[at] === "ours" && names.has(metadata.name));
  const other = standings.find((one) => typeof one === "object");
  // The stack's role is ours. Without a stack, the role of that name may be another stack's.
  if (isOurs && (found || !other)) return undefined;
  if (other) return `"${username}" is the user of the stack ${other.stack}`;
  return isKnown ? undefined : notOurs;
}

const planned = (context: ClusterContext, intent: Intent): Promise<Planned> =>
  afresh(context, async () => {
    const { kube, target } = context;
    const map = await readAwsAuth(kube);
    const wanted = { rolearn: mappableArn(target.roleArn), username: target.username };
    const wish: EntryWish = {
      map,
      wanted,
      keep: (found, after) => (after ? undefined : whyKept(context, found)),
      refuse: target.config.shareUsername
        ? undefined
        : (data) =>
            refuseMapped(data, { ...wanted, whose: "function", isRemoved: (entry) => isEarlier(target, entry) }),
    };
    const made = whileStackIsAsBefore(context, await planEntry({ ...context, ...target }, wish, intent));
    return made.apply || intent === "present" ? made : { change: namingOthers(made.change, target, map) };
  });

/** With the stack lost, the role may have had another name: an entry for our user may be the function's. */
function namingOthers(change: Change, { found, username, roleArn }: Target, map: AwsAuthMap | undefined): Change {
  if (found || change.summary !== "unchanged") return change;
  // Setup writes only mapRoles. The pattern of an `sso` entry is not the name of a role.
  const { mapRoles = "" } = map?.data ?? {};
  const others = othersWithUsername({ mapRoles }, username, mappableArn(roleArn));
  const other = others.find((arn) => /:role\/[^*]+$/.test(arn));
  if (other === undefined) return change;
  const name = other.split("/").at(-1);
  return {
    ...change,
    summary: `kept: ${other} is "${username}"; if that is the function's role, name it with --role-name ${name}`,
  };
}
