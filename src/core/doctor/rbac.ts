/** Does the role's user have the rights that the actions need, and no others? Asks the API server with SubjectAccessReviews. */
import { advice, command } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { type FoundGrant, readGrant } from "../grant/found.ts";
import { needsIn } from "../grant/marks.ts";
import { hasRecorded } from "../grant/objects.ts";
import { wideGroup } from "../grant/wide-groups.ts";
import { noNamespace } from "../kube/errors.ts";
import { distinctNeeds, formatNeed, type Need } from "../kube/need.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { userMay } from "../rbac/access-review.ts";
import { bindingsOf, showBound, subjectFor } from "../rbac/bindings.ts";
import { named } from "../rbac/objects.ts";
import { placedNeeds } from "../rbac/rights.ts";
import { refuseExtraRights } from "../setup/extra-rights.ts";
import type { Target } from "../setup/target.ts";
import { counted } from "../text.ts";
import type { Facts } from "./facts.ts";
import { type Found, type Link, looking } from "./link.ts";
import { grantCommand, setupCommand } from "./role-stack.ts";

export const rbac: Link = {
  id: "rbac",
  after: ["mapping"],
  async prove(facts) {
    const { kube, identity, namespace, expectedUser } = facts;
    const [api, user, where] = [await kube(), await identity(), await namespace()];
    if ((await expectedUser()) === undefined) {
      if (!(await mayExist(api, where))) throw noNamespace(where);
      return rightsOfAnother(facts);
    }
    const target = await facts.target();
    const needs = placedNeeds(target.rights.needs, where);
    for (const place of new Set([where, ...needs.flatMap(({ namespace = [] }) => namespace)]))
      if (!(await mayExist(api, place))) throw namespaceGone(place, target, where);
    for (const need of needs) {
      if (await looking(userMay(api, user, need))) continue;
      throw rightMissing(user.username, need, where);
    }
    await looking(refuseExtraRights({ kube: api, eks: facts.eks }, target));
    return found(user.username, needs.map(formatNeed));
  },
};

const found = (username: string, rights: readonly string[], by = ""): Found => ({
  message: `"${username}" has ${counted(rights.length, "right")}${by}`,
  rights,
});

/** RBAC also grants rights in namespaces that do not exist. True if the caller may not look. */
async function mayExist(kube: Kube, namespace: string): Promise<boolean> {
  const path = pathTo({ apiVersion: "v1", plural: "namespaces", name: namespace });
  const found = await ifFound(kube.request({ path })).catch((error: unknown) => {
    if (hasCode(error, "Forbidden")) return "not visible";
    throw error;
  });
  return found !== undefined;
}

/** With the namespace, its Role and RoleBinding are gone. `own`: the function's namespace. */
function namespaceGone(namespace: string, { found }: Pick<Target, "found">, own: string): EksLambdaError {
  // setup keeps the namespace of the stack.
  const given = found?.deployed.namespace === own ? [] : ["--namespace", own];
  return new EksLambdaError("NamespaceNotFound", `the namespace "${namespace}", in which the function acts, is gone`, {
    hint: advice`create it again: ${command`kubectl create namespace ${namespace}`}; then ${command`eks-lambda setup ${given}`} creates Role and RoleBinding again`,
  });
}

/** Returns `RightMissing`. `namespace` is the function's own. */
export const rightMissing = (username: string, need: Need, namespace: string): EksLambdaError =>
  new EksLambdaError("RightMissing", `"${username}" may not ${formatNeed(need)}`, {
    hint: advice`${command`eks-lambda setup --namespace ${namespace}`} creates Role and RoleBinding`,
  });

/** What was granted to another role, or else the bindings of its user. Throws `RightMissing`. */
async function rightsOfAnother(facts: Facts): Promise<string | Found> {
  const [kube, user, namespace] = await Promise.all([facts.kube(), facts.identity(), facts.namespace()]);
  const { username, groups } = user;
  const wide = wideGroup(groups);
  if (wide) return `"${username}" is in ${wide.group}, and ${wide.why}`;
  const granted = await grantTo(kube, await facts.roleArn());
  if (granted && granted.roles.length > 0) return rightsGranted(facts, granted);
  const bindings = await looking(bindingsOf(kube, { username, groups, namespace }));
  if (bindings.length > 0) return `"${username}" has rights in ${namespace} by ${bindings.join(", ")}`;
  const setup = await setupCommand(facts);
  throw new EksLambdaError(
    "RightMissing",
    `"${username}" has no rights: no RoleBinding in the namespace "${namespace}" and no ClusterRoleBinding names it or its groups`,
    {
      hint: setup
        ? advice`it is the role of a function: ${setup} creates Role and RoleBinding`
        : advice`grant it the rights that it needs, for example to read Pods: ${await grantCommand(facts, [`get,list,watch pods @${namespace}`])}`,
    },
  );
}

/** `undefined` if the caller may not look. */
async function grantTo(kube: Kube, roleArn: string): Promise<FoundGrant | undefined> {
  try {
    return await readGrant(kube, roleArn);
  } catch (error) {
    if (hasCode(error, "Forbidden")) return undefined;
    throw error;
  }
}

const byGrant = " by eks-lambda grant";

/**
 * What a Role records counts only if it has these rules: a hint must not ask for more than was granted. Bindings of others,
 * to the user or one of its groups, are named.
 */
async function rightsGranted(facts: Facts, { roles, otherBindings }: FoundGrant): Promise<Found> {
  const [kube, user] = await Promise.all([facts.kube(), facts.identity()]);
  const needs = distinctNeeds(roles.filter(hasRecorded).flatMap(({ metadata }) => needsIn(metadata)));
  const changed = roles.filter((role) => !hasRecorded(role)).map(named);
  const also = changed.length > 0 ? `; someone changed the rules of ${changed.join(", ")}` : "";
  const texts = needs.map(formatNeed);
  const allowed = await looking(Promise.all(needs.map((need) => userMay(kube, user, need))));
  const missing = texts.filter((_, at) => !allowed[at]);
  const others = otherBindings.filter((one) => subjectFor(one, user) !== undefined).map(showBound);
  const more = others.length > 0 ? `, and others by ${others.join(", ")}` : "";
  if (needs.length > 0 && missing.length === 0) return found(user.username, texts, byGrant + more + also);
  const what = missing.length > 0 ? `may not ${missing.join("; ")}, which was granted` : "has rights that were changed";
  throw new EksLambdaError("RightMissing", `"${user.username}" ${what}${also}`, {
    hint:
      needs.length > 0
        ? advice`someone changed the Role or its binding; grant it again: ${await grantCommand(facts, texts)}`
        : advice`grant its rights again: ${await grantCommand(facts, ["VERBS RESOURCE @NAMESPACE"])}`,
  });
}
