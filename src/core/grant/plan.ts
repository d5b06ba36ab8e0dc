/** Plans a grant: the Roles, the mapping, then the bindings, which give the rights; last, what is no longer granted. */

import { advice, adviceLines, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { Need } from "../kube/need.ts";
import { afresh } from "../kube/write.ts";
import { entryPlaceOf } from "../mapping/access-entry.ts";
import { policiesTooWide, readPolicies } from "../mapping/access-policies.ts";
import { refuseAccessEntries, refuseMapped } from "../mapping/holders.ts";
import { modeOf } from "../mapping/modes.ts";
import { type NamedRole, readRole, refuseMissing } from "../mapping/principal.ts";
import {
  type Change,
  forbiddenBy,
  type Intent,
  type Planned,
  type PlanOptions,
  permitted,
  reversible,
  together,
} from "../plan.ts";
import { userMay } from "../rbac/access-review.ts";
import type { Binding, RbacObject, Role } from "../rbac/objects.ts";
import { risksOf } from "../rbac/risks.ts";
import { strangers } from "../rbac/strangers.ts";
import type { GrantContext } from "./context.ts";
import { type FoundGrant, readGrant, rightsByOthers, without } from "./found.ts";
import { type FoundMapping, readMapping } from "./identity.ts";
import { awsAuthRemoval, entryRemoval, mappingPlanned } from "./mapping.ts";
import { type Declaration, grantResource, objectsOf } from "./objects.ts";
import { refuseFunctionRole } from "./role.ts";
import { wideGroup } from "./wide-groups.ts";

export interface GrantWish {
  /** The ARN of a role or of a session. */
  readonly roleArn: string;
  /** All that the role shall have by this grant, each with its namespace or for the cluster. */
  readonly needs: readonly Need[];
  /** Continue if others are mapped to the role's user. */
  readonly shareUsername: boolean;
}

/** The user and groups that the cluster sees when the role calls. */
export interface GrantedUser {
  readonly username: string;
  readonly groups: readonly string[];
}

export interface GrantPlan {
  readonly role: NamedRole;
  readonly user: GrantedUser;
  /** Declares the role's objects in the cluster. */
  readonly declaration: Declaration;
  /** About the grant as a whole. */
  readonly warnings: readonly Hint[];
  readonly planned: readonly Planned[];
  /** What is no longer granted. Apply it after the proof. */
  readonly late: readonly Planned[];
}

/**
 * Writes nothing. Throws `RoleNotFound`, `RoleOfFunction`, `UsernameTemplate`, `UsernameTaken`, `AccessEntryDead`,
 * `RightsTooWide`, `RoleNotOurs`, `RoleBindingNotOurs`, `Forbidden`, `NamespaceNotFound`.
 */
export async function planGrant(context: GrantContext, wish: GrantWish, options: PlanOptions = {}): Promise<GrantPlan> {
  const { needs } = wish;
  const role = await readRole(context, wish.roleArn);
  const unread = refuseMissing(role);
  const found = await readGrant(context.kube, role.arn);
  refuseFunctionRole(context, role, found.owners);
  const mapping = await readMapping(context, role);
  const user = userOf(context, mapping, role);
  const unlisted = await refuseAccessPolicies(context, role, mapping);
  const declaration = {
    role: role.principal,
    user: user.username,
    needs,
    mapping: mapping.identity ? mapping.made : modeOf(context.cluster.authenticationMode).method,
  };
  const { roles, bindings } = objectsOf(declaration);
  const each = <T extends RbacObject>(all: readonly T[], intent: Intent) =>
    together(all.map((one) => objectPlanned(context, { object: one, role, intent })));
  const [shared, rolesPlanned, mapped, bindingsPlanned, staleBindings, staleRoles, unasked] = await together([
    wish.shareUsername ? [] : refuseShared(context, { role, user, mapping }),
    each<Role>(roles, "present"),
    mappingPlanned(context, role, mapping),
    each<Binding>(bindings, "present"),
    each<Binding>(without(found.bindings, bindings), "absent"),
    each<Role>(without(found.roles, roles), "absent"),
    forbiddenBy(() => Promise.all(needs.map((need) => userMay(context.kube, user, need)))),
  ]);
  // The proof asks again. A caller who may not ask is refused before anything is written.
  const unproven = permitted([{ change: proof, ...unasked }], options).flatMap(({ change }) => change.warnings ?? []);
  return {
    role,
    user,
    declaration,
    warnings: [...unread, ...unlisted, ...shared, ...otherRights(user, found), ...risksOf(needs), ...unproven],
    planned: permitted([...rolesPlanned, mapped, ...bindingsPlanned], options),
    late: permitted([...staleBindings, ...staleRoles, ...strangers(found.strangers, { by: "grant" })], options),
  };
}

const proof: Change = { step: "checks", target: "subjectaccessreviews", action: "unchanged", summary: "" };

/** Rights by a policy are shown by no Role, and revoke would leave them. Throws `RightsTooWide`. */
async function refuseAccessPolicies(
  context: GrantContext,
  role: NamedRole,
  { identity, isDead }: FoundMapping,
): Promise<readonly string[]> {
  if (!isDead && !identity?.entry) return [];
  const place = entryPlaceOf(context, role.principal);
  const { policies, unread } = await readPolicies(context.eks, place);
  if (policies.length > 0) throw policiesTooWide(place, policies);
  return unread;
}

/** A role without a mapping gets its own ARN as its user, which nobody else has. Throws `UsernameTemplate`, `UsernameTaken`, `RightsTooWide`. */
function userOf({ cluster, region }: GrantContext, { identity }: FoundMapping, role: NamedRole): GrantedUser {
  const { username, groups, by } = identity ?? { username: role.arn, groups: [], by: "" };
  const name = role.arn.slice(role.arn.lastIndexOf("/") + 1);
  const byEntry = identity?.entry !== undefined;
  const fixed = byEntry
    ? advice`give it a fixed username: ${command`aws eks update-access-entry --cluster-name ${cluster.name} --principal-arn ${role.principal} --username ${name} --region ${region}`}`
    : `give it a fixed username, such as ${name}`;
  const hint = adviceLines([fixed, "or remove the mapping: grant then creates its own"]);
  if (username.includes("{{"))
    throw new EksLambdaError(
      "UsernameTemplate",
      `${role.principal} is mapped to "${username}" by ${by}: another user for each session, which no RoleBinding can name`,
      { hint },
    );
  if (username.startsWith("system:"))
    throw new EksLambdaError(
      "UsernameTaken",
      `${role.principal} is mapped to "${username}" by ${by}: a user of Kubernetes itself, who would get the rights, too`,
      { hint },
    );
  const wide = wideGroup(groups);
  if (wide) {
    const others = groups.filter((one) => one !== wide.group);
    const edit = byEntry
      ? command`aws eks update-access-entry --cluster-name ${cluster.name} --principal-arn ${role.principal} --kubernetes-groups ${others.length > 0 ? others : "[]"} --region ${region}`
      : command`kubectl edit configmaps/aws-auth --namespace kube-system`;
    throw new EksLambdaError(
      "RightsTooWide",
      `${role.principal} is in ${wide.group} by ${by}: it ${wide.why}, whatever is granted or revoked`,
      { hint: advice`take the group out of the mapping: ${edit}; or remove the mapping: grant then creates its own` },
    );
  }
  return { username, groups };
}

interface Shared {
  readonly role: NamedRole;
  readonly user: GrantedUser;
  readonly mapping: FoundMapping;
}

/** Throws `UsernameTaken` if others are mapped to the user. Returns warnings about mappings that it could not read. */
async function refuseShared(
  { cluster, eks }: GrantContext,
  { role, user, mapping }: Shared,
): Promise<readonly string[]> {
  const shared = { username: user.username, whose: "grant" } as const;
  refuseMapped(mapping.awsAuth?.data ?? {}, { ...shared, rolearn: role.arn });
  if (!modeOf(cluster.authenticationMode).readsEntries) return [];
  return refuseAccessEntries(eks, cluster.name, { ...shared, rolearn: role.principal });
}

function otherRights({ username, groups }: GrantedUser, found: FoundGrant): readonly string[] {
  const others = rightsByOthers(found, username);
  return [
    ...(others.length > 0 ? [`"${username}" also has rights by ${others.join(", ")}`] : []),
    ...(groups.length > 0 ? [`"${username}" also has the rights of ${groups.join(", ")}`] : []),
  ];
}

interface ObjectWish<T> {
  readonly object: T;
  readonly role: NamedRole;
  readonly intent: Intent;
}

const objectPlanned = <T extends RbacObject>(context: GrantContext, { object, role, intent }: ObjectWish<T>) =>
  afresh(context, () => reversible("rbac", grantResource(context, object, role.arn), intent));

export interface RevokePlan {
  readonly role: NamedRole;
  readonly planned: readonly Planned[];
}

/**
 * Plans to remove the bindings first, because they give the rights, then the mapping that grant made, last the Roles.
 * Writes nothing. Also works after the role was deleted. Throws `Forbidden`.
 */
export async function planRevoke(
  context: GrantContext,
  roleArn: string,
  options: PlanOptions = {},
): Promise<RevokePlan> {
  const read = await readRole(context, roleArn);
  const found = await readGrant(context.kube, read.arn);
  // The path of a role that is gone is known from the grant's own objects. A tenant can forge it, so each is looked up.
  const principals = read.identity || found.principals.length === 0 ? [read.principal] : found.principals;
  const role = { ...read, principal: principals[0] ?? read.principal };
  const absent = <T extends RbacObject>(all: readonly T[]) =>
    together(all.map((object) => objectPlanned(context, { object, role, intent: "absent" })));
  const [bindings, entries, awsAuth, roles] = await together([
    absent<Binding>(found.bindings),
    together(principals.map((principal) => entryRemoval(context, { ...role, principal }))),
    awsAuthRemoval(context, role),
    absent<Role>(found.roles),
  ]);
  const kept = strangers(found.strangers, { by: "grant" });
  return { role, planned: permitted([...bindings, ...entries.flat(), ...awsAuth, ...roles, ...kept], options) };
}
