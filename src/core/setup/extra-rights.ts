/** Finds what gives the function's user more rights than setup does: a Role of ours that was changed, or other bindings. */

import type { Eks } from "../aws/eks.ts";
import { advice, adviceLines, command, type Hint } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { needlessRight } from "../kube/review.ts";
import { entryPlaceOf } from "../mapping/access-entry.ts";
import { type FoundPolicies, policiesTooWide, readPolicies } from "../mapping/access-policies.ts";
import { joined } from "../plan.ts";
import { userMay } from "../rbac/access-review.ts";
import { bindingsGranting, everybody, showBound, subjectFor } from "../rbac/bindings.ts";
import { type Binding, extraRights, kubectlEdit, locationOf, named, type Role, titleOf } from "../rbac/objects.ts";
import { placedNeeds } from "../rbac/rights.ts";
import { wantedPairs } from "./steps/rbac.ts";
import type { Target } from "./target.ts";

interface Ports {
  readonly kube: Kube;
  readonly eks: Pick<Eks, "accessPolicies">;
}

/** Throws `RightsTooWide`, which names the cause; `Forbidden` where the caller may not ask what the user may do. */
export async function refuseExtraRights(ports: Ports, target: Target): Promise<void> {
  const { byRole, byBinding, unknown, byPolicies } = await excessOf(ports, target);
  const problems = [...byRole, ...byBinding, ...unknown, ...byPolicies];
  if (problems.length > 0) throw joined(problems);
}

/**
 * True if others gave the user rights, by a binding or an access policy that is there: no wait for changes of ours takes
 * them away. False where the caller may not look.
 */
export async function isGivenByOthers(ports: Ports, target: Target): Promise<boolean> {
  const { byBinding, byPolicies } = (await excessOf(ports, target).catch(unlessForbidden)) ?? nothing;
  return byBinding.length + byPolicies.length > 0;
}

interface ByBinding {
  /** By bindings of others. */
  readonly byBinding: readonly EksLambdaError[];
  /** By what nobody sees; for some seconds also by what was just taken away. */
  readonly unknown: readonly EksLambdaError[];
}

interface Excess extends ByBinding {
  readonly byRole: readonly EksLambdaError[];
  readonly byPolicies: readonly EksLambdaError[];
}

async function excessOf({ kube, eks }: Ports, target: Target): Promise<Excess> {
  const place = entryPlaceOf(target, target.roleArn);
  const { policies, unread } = target.access.readsEntries ? await readPolicies(eks, place) : none;
  const [byRole, bound] = await Promise.all([changedRoles(kube, target), otherBindings(kube, target, unread)]);
  // SubjectAccessReviews know a user by its name, and so none of its access policies.
  return { byRole, ...bound, byPolicies: policies.length > 0 ? [policiesTooWide(place, policies)] : [] };
}

const nothing = { byBinding: [], byPolicies: [], unknown: [] };

const none: FoundPolicies = { policies: [], unread: [] };

const tooWide = (message: string, hint: Hint | undefined) => new EksLambdaError("RightsTooWide", message, { hint });

/** What the caller may not read is left out. */
async function changedRoles(kube: Kube, target: Target): Promise<readonly EksLambdaError[]> {
  const found = await Promise.all(
    wantedPairs(target).map(async ({ role }) => {
      const actual = await ifFound(kube.request<Role>({ path: pathTo(locationOf(role)) })).catch(unlessForbidden);
      const extra = actual ? extraRights(actual, role) : [];
      return extra.length === 0 ? [] : [roleChanged(role, extra)];
    }),
  );
  return found.flat();
}

const roleChanged = (role: Role, extra: readonly string[]) =>
  tooWide(
    `${named(role)} also grants ${extra.join(", ")}: someone changed it, or a setup was interrupted`,
    advice`${command`eks-lambda setup`} removes these rights`,
  );

async function otherBindings(kube: Kube, target: Target, unread: FoundPolicies["unread"]): Promise<ByBinding> {
  const { username, cluster, rights } = target;
  const user = { username, groups: [] };
  const [needless] = needlessRight(placedNeeds(rights.needs, cluster.namespace), cluster.namespace);
  if (!needless || !(await userMay(kube, user, needless))) return nothing;
  const found = await bindingsGranting(kube, { ...user, namespace: cluster.namespace }, needless).catch(
    unlessForbidden,
  );
  const ours = new Set(wantedPairs(target).map(({ binding }) => titleOf(binding)));
  const others = found?.filter((binding) => !ours.has(titleOf(binding)));
  if (others?.length) return { ...nothing, byBinding: [boundElsewhere(target, needless, others)] };
  // What our own binding gives is reported with its Role.
  return found?.length ? nothing : { ...nothing, unknown: [fromElsewhere(target, needless, { found, unread })] };
}

function boundElsewhere({ username }: Target, right: Need, bindings: readonly Binding[]): EksLambdaError {
  const each = bindings.map((binding) => {
    const subject = subjectFor(binding, { username, groups: [everybody] });
    const who = `${subject?.kind} ${subject?.name}`;
    return { shown: `${showBound(binding)} to ${who}`, hint: advice`take ${who} out of it: ${kubectlEdit(binding)}` };
  });
  return tooWide(
    `"${username}" may also ${formatNeed(right)}, by ${each.map(({ shown }) => shown).join(", ")}`,
    adviceLines(each.map(({ hint }) => hint)),
  );
}

interface Read extends Pick<FoundPolicies, "unread"> {
  /** The bindings that give the right. `undefined` where the caller may not read them. */
  readonly found: readonly Binding[] | undefined;
}

function fromElsewhere({ username }: Target, right: Need, { found, unread }: Read): EksLambdaError {
  const also = `"${username}" may also ${formatNeed(right)}`;
  if (!found)
    return tooWide(
      `${also}, and you may not read the binding that gives it this right`,
      advice`ask someone who may: ${command`kubectl get rolebindings,clusterrolebindings -A -o wide | grep -w -e ${username} -e ${everybody}`}`,
    );
  return tooWide(`${also}, and no binding gives it this right: another authorizer of the cluster does`, unread[0]);
}

function unlessForbidden(error: unknown): undefined {
  if (!hasCode(error, "Forbidden")) throw error;
}
