/** Finds what gives the function's user more rights than setup does: a Role of ours that was changed, or other bindings. */
import { EksLambdaError } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { needlessRight } from "../kube/review.ts";
import { joined } from "../plan.ts";
import { userMay } from "../rbac/access-review.ts";
import { bindingsGranting, everybody, showBound, subjectFor } from "../rbac/bindings.ts";
import { type Binding, extraRights, locationOf, named, type Role, titleOf } from "../rbac/objects.ts";
import { placedNeeds } from "./rights.ts";
import { wantedPairs } from "./steps/rbac.ts";
import type { Target } from "./target.ts";

/** Throws `RightsTooWide`, which names the cause; `Forbidden` where the caller may not ask what the user may do. */
export async function refuseExcess(kube: Kube, target: Target): Promise<void> {
  const problems = (await Promise.all([changedRoles(kube, target), otherBindings(kube, target)])).flat();
  if (problems.length > 0) throw joined(problems);
}

const tooWide = (message: string, hint: string | undefined) => new EksLambdaError("RightsTooWide", message, { hint });

/** What the caller may not read is left out. */
async function changedRoles(kube: Kube, target: Target): Promise<readonly EksLambdaError[]> {
  const found = await Promise.all(
    wantedPairs(target).map(async ({ role }) => {
      const live = await ifFound(kube.request<Role>({ path: pathTo(locationOf(role)) })).catch(unread);
      const extra = live ? extraRights(live, role) : [];
      return extra.length === 0 ? [] : [roleChanged(role, extra)];
    }),
  );
  return found.flat();
}

const roleChanged = (role: Role, extra: readonly string[]) =>
  tooWide(
    `${named(role)} also grants ${extra.join(", ")}: someone changed it, or a setup was interrupted`,
    "eks-lambda setup takes these rights back",
  );

async function otherBindings(kube: Kube, target: Target): Promise<readonly EksLambdaError[]> {
  const { username, cluster, rights } = target;
  const user = { username, groups: [] };
  const [needless] = needlessRight(placedNeeds(rights.needs, cluster.namespace), cluster.namespace);
  if (!needless || !(await userMay(kube, user, needless))) return [];
  const found = await bindingsGranting(kube, { ...user, namespace: cluster.namespace }, needless).catch(unread);
  const ours = new Set(wantedPairs(target).map(({ binding }) => titleOf(binding)));
  const others = found?.filter((binding) => !ours.has(titleOf(binding)));
  if (others?.length) return [boundElsewhere(target, needless, others)];
  // What our own binding gives is told of its Role.
  return found?.length ? [] : [fromElsewhere(target, needless, found)];
}

function boundElsewhere({ username }: Target, right: Need, bindings: readonly Binding[]): EksLambdaError {
  const each = bindings.map((binding) => {
    const subject = subjectFor(binding, { username, groups: [everybody] });
    const who = `${subject?.kind} ${subject?.name}`;
    const { kind, metadata } = binding;
    const where = metadata.namespace === undefined ? "" : ` --namespace ${metadata.namespace}`;
    return {
      shown: `${showBound(binding)} to ${who}`,
      hint: `take ${who} out of it: kubectl edit ${kind.toLowerCase()} ${metadata.name}${where}`,
    };
  });
  return tooWide(
    `"${username}" may also ${formatNeed(right)}, by ${each.map(({ shown }) => shown).join(", ")}`,
    each.map(({ hint }) => hint).join("\n"),
  );
}

/** `found`: the bindings that give the right, `undefined` where the caller may not read them. */
function fromElsewhere(
  { username, access, cluster, roleArn, region }: Target,
  right: Need,
  found: readonly Binding[] | undefined,
): EksLambdaError {
  const also = `"${username}" may also ${formatNeed(right)}`;
  if (!found)
    return tooWide(
      `${also}, and you may not read the binding that gives it this right`,
      `ask someone who may: kubectl get rolebindings,clusterrolebindings -A -o wide | grep -w -e ${username} -e ${everybody}`,
    );
  return tooWide(
    `${also}, and no binding gives it this right: another authorizer of the cluster does`,
    access.readsEntries
      ? `see the access policies of its role: aws eks list-associated-access-policies --cluster-name ${cluster.name} --principal-arn ${roleArn} --region ${region}`
      : undefined,
  );
}

function unread(error: unknown): undefined {
  if (!(error instanceof EksLambdaError && error.code === "Forbidden")) throw error;
}
