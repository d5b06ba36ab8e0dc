/** Roles and bindings with exactly the rights that the function needs: a pair for each namespace, and one for the cluster. */

import { mappableArn } from "../../arn.ts";
import { formatNeed, type Need } from "../../kube/need.ts";
import { pathTo } from "../../kube/place.ts";
import { ifFound } from "../../kube/request.ts";
import { afresh } from "../../kube/write.ts";
import type { RoleEntry } from "../../mapping/aws-auth/text.ts";
import { refuseAccessEntries, refuseBindings, refuseInAwsAuth } from "../../mapping/holders.ts";
import { methods } from "../../mapping/modes.ts";
import { type Intent, type Planned, type Resource, reversible, together } from "../../plan.ts";
import { clusterObject, marksOfOwner } from "../../rbac/cluster-object.ts";
import {
  type Binding,
  bindsOnly,
  bindsUser,
  comparable,
  isBinding,
  isRole,
  kindsIn,
  locationOf,
  type Pair,
  pairsOf,
  placeOf,
  type RbacObject,
  type Role,
  titleOf,
} from "../../rbac/objects.ts";
import { noneIfForbidden, ownedBindings, ownedRoles } from "../../rbac/owned.ts";
import { standingOf } from "../../rbac/ownership.ts";
import { lacks, placedNeeds } from "../../rbac/rights.ts";
import { risksOf } from "../../rbac/risks.ts";
import { strangers } from "../../rbac/strangers.ts";
import type { ClusterContext, ClusterStep } from "../context.ts";
import { isEarlier } from "../earlier-mappings.ts";
import { previousNames } from "../previous-names.ts";
import { whileStackIsAsBefore } from "../reversible.ts";
import { rbacNamesOf, type Target } from "../target.ts";

export const rbacStep: ClusterStep = {
  id: "rbac",
  inCluster: true,
  async plan(context, intent) {
    const { wanted, meanwhile } = pairsFor(context.target, intent);
    const [roles, bindings, replacing, left] = await together([
      together(meanwhile.map(({ role }) => rolePlanned(context, role, intent))),
      bindingsPlanned(context, meanwhile, intent),
      intent === "present" ? replacementPlanned(context, meanwhile, wanted) : [],
      leftPlanned(context, wanted),
    ]);
    const late = [...replacing, ...left];
    return [...roles, ...bindings, ...(intent === "present" ? late.map((one) => ({ ...one, late: true })) : late)];
  },
};

interface Wanted {
  readonly wanted: readonly Pair[];
  /** Until the function is proven to work: with the rights, and for the user, of an earlier run, too. */
  readonly meanwhile: readonly Pair[];
}

/** The Roles and bindings that the function ends up with. */
export function wantedPairs({ rights, rbacName, cluster, username, owner }: Target): readonly Pair[] {
  const needs = placedNeeds(rights.needs, cluster.namespace);
  return pairsOf({ name: rbacName, users: [username], needs, marks: () => marksOfOwner(owner) });
}

function pairsFor(target: Target, intent: Intent): Wanted {
  const { rights, rbacName, cluster, username, owner } = target;
  const needs = placedNeeds(rights.needs, cluster.namespace);
  const wanted = wantedPairs(target);
  const earlier = earlierNeeds(target);
  if (intent === "absent" || earlier.length === 0) return { wanted, meanwhile: wanted };
  const places = new Set(earlier.map(placeOf));
  const earlierUser = previousNames(target)?.username ?? username;
  const meanwhile = wanted.flatMap((pair) => {
    const place = pair.role.metadata.namespace;
    if (!places.has(place)) return [pair];
    const here = (all: readonly Need[]) => all.filter((need) => placeOf(need) === place);
    const isReduced = lacks(here(needs), here(earlier));
    return pairsOf({
      name: rbacName,
      marks: () => marksOfOwner(owner),
      users: [...new Set([earlierUser, username])],
      needs: isReduced ? [...here(earlier), ...here(needs)] : here(needs),
    });
  });
  return { wanted, meanwhile };
}

/** What the same Roles have until now; empty if those of an earlier run have another name. */
function earlierNeeds({ found, rights, rbacName }: Target): readonly Need[] {
  if (!found || found.deployed.rbacName !== rbacName) return [];
  return placedNeeds(rights.earlier, found.deployed.namespace);
}

async function rolePlanned(context: ClusterContext, role: Role, intent: Intent): Promise<Planned> {
  const planned = await objectPlanned(context, role, intent);
  const warnings = planned.apply && intent === "present" ? warningsAbout(context.target, role) : [];
  return warnings.length > 0 ? { ...planned, change: { ...planned.change, warnings } } : planned;
}

/** Kinds with a Pod template. */
const patchesPods = ({ group, resource, verbs }: Need): boolean =>
  verbs.includes("patch") && /^(apps|batch)$/.test(group) && !resource.includes("/");

function warningsAbout({ rights, cluster }: Target, { metadata: { namespace } }: Role): readonly string[] {
  const all = placedNeeds(rights.needs, cluster.namespace);
  const needs = all.filter((need) => placeOf(need) === namespace);
  const elsewhere =
    namespace === undefined ||
    namespace === cluster.namespace ||
    !all.some((need) => placeOf(need) === cluster.namespace)
      ? []
      : [`the function acts in the namespace ${namespace}, too, not only in its own, ${cluster.namespace}`];
  const patched = rights.allowed ? needs.filter(patchesPods).map(formatNeed) : [];
  const why =
    "RBAC grants the whole Pod template with it, any image, ServiceAccount and Secret; only the function's code keeps to its actions";
  return [...elsewhere, ...(patched.length > 0 ? [`${patched.join("; ")}: ${why}`] : []), ...risksOf(needs)];
}

/** The warnings are about others with the function's user. Throws `UsernameTaken`. */
async function bindingsPlanned(
  context: ClusterContext,
  pairs: readonly Pair[],
  intent: Intent,
): Promise<readonly Planned[]> {
  const all = await together(pairs.map(({ binding }) => objectPlanned(context, binding, intent)));
  const first = all.find(({ apply }) => apply);
  if (!first || intent === "absent" || context.target.config.shareUsername) return all;
  const own = [...pairs.map(({ binding }) => binding), ...namedBindings(context.target)].map(titleOf);
  const warnings = await refuseTaken(context, own);
  return all.map((one) => (one === first ? { ...one, change: { ...one.change, warnings } } : one));
}

/** Returns warnings about mappings that it could not read. */
async function refuseTaken({ target, kube, eks }: ClusterContext, own: readonly string[]): Promise<readonly string[]> {
  const { access, cluster, username, roleArn: rolearn, owner } = target;
  const asked = { username, rolearn, whose: "function" } as const;
  const isRemoved = (entry: RoleEntry) => isEarlier(target, entry);
  const [, unread, warnings] = await together([
    refuseBindings(kube, { username, owner, names: rbacNamesOf(target), own }),
    // If aws-auth maps the role, the step for aws-auth checks it.
    access.readsAwsAuth && methods[access.method].isInAccount
      ? refuseInAwsAuth(kube, { ...asked, rolearn: mappableArn(rolearn), isRemoved })
      : [],
    access.readsEntries
      ? refuseAccessEntries(eks, cluster.name, { ...asked, earlier: previousNames(target)?.roleArn })
      : [],
  ]);
  return [...unread, ...warnings];
}

const objectPlanned = async (context: ClusterContext, object: RbacObject, intent: Intent): Promise<Planned> =>
  whileStackIsAsBefore(context, await afresh(context, () => reversible("rbac", resourceOf(context, object), intent)));

/** Takes back the rights and the user of an earlier run. */
function replacementPlanned(
  context: ClusterContext,
  meanwhile: readonly Pair[],
  wanted: readonly Pair[],
): Promise<readonly Planned[]> {
  const before = new Map(meanwhile.flatMap(objectsOf).map((object) => [titleOf(object), comparable(object)]));
  const replacing = wanted.flatMap(objectsOf).filter((object) => before.get(titleOf(object)) !== comparable(object));
  return together(replacing.map((object) => objectPlanned(context, object, "present")));
}

const objectsOf = ({ role, binding }: Pair): readonly RbacObject[] => [role, binding];

/**
 * Deletes what earlier runs made elsewhere under a name of ours. The bindings go last, because they are what is found.
 */
async function leftPlanned(context: ClusterContext, wanted: readonly Pair[]): Promise<readonly Planned[]> {
  const { kube, target } = context;
  const kept = new Set(wanted.map(({ binding }) => titleOf(binding)));
  const names = rbacNamesOf(target);
  const isNamed = ({ metadata }: RbacObject) => names.has(metadata.name);
  const [bindings, labelled] = await Promise.all([
    ownedBindings(kube, target.owner).catch(noneIfForbidden),
    ownedRoles(kube, target.owner).catch(noneIfForbidden),
  ]);
  const [owned, ownRoles] = [bindings.filter(isNamed), labelled.filter(isNamed)];
  const strange = [...labelled, ...bindings].filter((object) => !isNamed(object));
  const found = new Map([...namedBindings(target), ...owned].map((binding) => [titleOf(binding), binding]));
  const left = [...found.values()].filter((binding) => !kept.has(titleOf(binding)));
  const keptRoles = new Set(wanted.map(({ role }) => titleOf(role)));
  const roles = new Map([...left.map(roleFor), ...ownRoles].map((role) => [titleOf(role), role]));
  const objects = [...[...roles.values()].filter((role) => !keptRoles.has(titleOf(role))), ...left];
  const planned = await together(objects.map((object) => objectPlanned(context, object, "absent")));
  const more = strange.filter((object) => isBinding(object) && bindsUser(object, target.username)).map(titleOf);
  const warnings = more.map(
    (title) => `${title} gives "${target.username}" more rights; an interrupted setup may have left it`,
  );
  return [...planned.filter(({ apply }) => apply), ...strangers(strange, { by: "setup", warnings })];
}

/** The bindings that the stack of an earlier run names. */
function namedBindings({ found, rights }: Target): readonly Binding[] {
  if (!found) return [];
  const { rbacName, namespace } = found.deployed;
  const needs = placedNeeds(rights.earlier, namespace);
  const pairs = pairsOf({ name: rbacName, users: [], needs, marks: () => ({}) });
  return pairs.map(({ binding }) => binding);
}

/** The Role that has the binding's name. */
const roleFor = ({ apiVersion, metadata: { name, namespace } }: Binding): Role => ({
  apiVersion,
  kind: namespace === undefined ? "ClusterRole" : "Role",
  rules: [],
  metadata: { name, ...(namespace !== undefined && { namespace }) },
});

function resourceOf({ kube, target, clock }: ClusterContext, wanted: RbacObject): Resource<RbacObject> {
  const { owner, config } = target;
  const options = { wanted, owner, force: config.forceConflicts };
  const isNamed = namedBindings(target).some(
    (binding) => titleOf(roleFor(binding)) === titleOf(wanted) || titleOf(binding) === titleOf(wanted),
  );
  return clusterObject(
    { kube, clock },
    {
      ...options,
      async isAdopted(found) {
        if (!isNamed) return false;
        if (!isRole(found)) return bindsStacksUser(target, found);
        // A Role does not name its user, but the binding with its name does.
        const [, kind] = kindsIn(wanted.metadata.namespace);
        const binding = await ifFound(kube.request<Binding>({ path: pathTo(locationOf({ ...wanted, kind })) }));
        return !binding || standingOf(binding.metadata, owner) === "ours" || bindsStacksUser(target, binding);
      },
    },
  );
}

const bindsStacksUser = ({ found }: Target, binding: Binding): boolean =>
  found !== undefined && bindsOnly(binding, found.deployed.username);
