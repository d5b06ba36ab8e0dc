/** Role and RoleBinding with exactly the rights that the actions need. */
import { defaultAllowed, needsOf } from "../../actions/allowed.ts";
import { EksLambdaError } from "../../errors.ts";
import { ifFound } from "../../kube/request.ts";
import { afresh } from "../../kube/write.ts";
import { type Intent, type Planned, plan, type Resource, together } from "../../plan.ts";
import { clusterObject } from "../../rbac/cluster-object.ts";
import {
  bindsOnly,
  type RbacOptions,
  type Role,
  type RoleBinding,
  rbacPath,
  role,
  roleBinding,
  showBinding,
  showRules,
} from "../../rbac/objects.ts";
import { noneIfForbidden, ownedBindings } from "../../rbac/owned.ts";
import { standingOf } from "../../rbac/ownership.ts";
import type { ClusterContext, ClusterStep } from "../context.ts";
import { earlierOf } from "../earlier.ts";
import { refuseTakenUsername } from "../taken-username.ts";
import type { Target } from "../target.ts";

export const rbacStep: ClusterStep = {
  id: "rbac",
  inCluster: true,
  async plan(context, intent) {
    const earlierUsername = intent === "present" ? userToReplace(context.target) : undefined;
    const [role, binding, replacing, left] = await together([
      rolePlanned(context, intent),
      bindingPlanned(context, intent, earlierUsername),
      earlierUsername === undefined ? [] : bindingPlanned(context, intent).then((planned) => [planned]),
      leftPlanned(context),
    ]);
    if (intent === "absent") return [role, binding, ...left];
    return [role, binding, ...[...replacing, ...left].map((planned) => ({ ...planned, late: true }))];
  },
};

/** The user that the same RoleBinding has until now. */
function userToReplace(target: Target): string | undefined {
  const earlier = earlierOf(target);
  const isSamePlace = earlier?.rbacName === target.rbacName && earlier.namespace === target.cluster.namespace;
  return isSamePlace && earlier.username !== target.username ? earlier.username : undefined;
}

/** Deletes what earlier runs made under other names. The binding goes last, because it is what is found. */
async function leftPlanned(context: ClusterContext): Promise<readonly Planned[]> {
  const places = await leftPlaces(context);
  const planned = await together(
    places.map(async ({ name, namespace }) => {
      const { target } = context;
      const then = { ...context, target: { ...target, rbacName: name, cluster: { ...target.cluster, namespace } } };
      return together([rolePlanned(then, "absent"), bindingPlanned(then, "absent")]);
    }),
  );
  return planned.flat().filter(({ apply }) => apply);
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** Of the stack's parameters, and of the RoleBindings that carry its label; but for the place of this run. */
async function leftPlaces({ kube, target }: ClusterContext): Promise<readonly Place[]> {
  if (!target.found) return [];
  const earlier = earlierOf(target);
  const owned = await ownedBindings(kube, target.owner).catch(noneIfForbidden);
  const places = [
    ...(earlier ? [{ name: earlier.rbacName, namespace: earlier.namespace }] : []),
    ...owned.map(({ metadata: { name, namespace } }) => ({ name, namespace })),
  ].filter(({ name, namespace }) => name !== target.rbacName || namespace !== target.cluster.namespace);
  return [...new Map(places.map((place) => [`${place.namespace}/${place.name}`, place])).values()];
}

async function rolePlanned(context: ClusterContext, intent: Intent): Promise<Planned> {
  const planned = await afresh(context, () => plan("rbac", roleOf(context), intent));
  const { namespace } = context.target.cluster;
  if (!planned.apply || intent === "absent" || !isSystem(namespace)) return planned;
  const warning = `a Deployment in ${namespace} can run with the rights of the cluster's own controllers; use a separate namespace`;
  return { ...planned, change: { ...planned.change, warnings: [warning] } };
}

async function bindingPlanned(context: ClusterContext, intent: Intent, earlierUsername?: string): Promise<Planned> {
  const planned = await afresh(context, () => plan("rbac", bindingOf(context, earlierUsername), intent));
  if (!planned.apply || intent === "absent" || context.target.config.shareUsername) return planned;
  return { ...planned, change: { ...planned.change, warnings: await refuseTakenUsername(context) } };
}

/** The namespaces of Kubernetes itself. */
const isSystem = (namespace: string): boolean => namespace.startsWith("kube-");

/** What Role and RoleBinding are made from. */
export const optionsOf = ({ rbacName: name, cluster, username, owner }: Target): RbacOptions => ({
  ...{ name, namespace: cluster.namespace, username, owner },
  needs: needsOf(defaultAllowed),
});

function roleOf({ kube, target, clock }: ClusterContext): Resource<Role> {
  const options = optionsOf(target);
  /** A Role does not name its user, but the RoleBinding with its name does. */
  async function isAdopted(): Promise<boolean> {
    if (!isNamedByStack(target)) return false;
    const path = `${rbacPath("RoleBinding", options.namespace)}/${options.name}`;
    const binding = await ifFound(kube.request<RoleBinding>({ path }));
    return !binding || standingOf(binding.metadata, options.owner) === "ours" || bindsStacksUser(target, binding);
  }
  return clusterObject<Role>(kube, {
    ...{ wanted: role(options), owner: options.owner, force: target.config.forceConflicts, clock, isAdopted },
    show: ({ rules }) => showRules(rules),
  });
}

function bindingOf({ kube, target, clock }: ClusterContext, earlierUsername?: string): Resource<RoleBinding> {
  const options = { ...optionsOf(target), earlierUsername };
  const binding = clusterObject<RoleBinding>(kube, {
    ...{ wanted: roleBinding(options), owner: options.owner, force: target.config.forceConflicts, clock },
    show: showBinding,
    isAdopted: (found) => isNamedByStack(target) && bindsStacksUser(target, found),
  });
  return guarded(binding, options);
}

/** True if the parameters of the stack of an earlier run name this Role and RoleBinding. */
const isNamedByStack = ({ found, rbacName, cluster }: Target): boolean =>
  found?.parameters.RbacName === rbacName && found.parameters.ClusterNamespace === cluster.namespace;

const bindsStacksUser = ({ found }: Target, binding: RoleBinding): boolean =>
  found?.parameters.KubernetesUsername !== undefined && bindsOnly(binding, found.parameters.KubernetesUsername);

/** Refuses a RoleBinding to another Role. */
function guarded(binding: Resource<RoleBinding>, options: RbacOptions): Resource<RoleBinding> {
  return {
    ...binding,
    async rehearse(found, after) {
      if (after && found) refuseOtherRole(found, options);
      try {
        await binding.rehearse?.(found, after);
      } catch (error) {
        // Its Role may not exist yet. The Role's own rehearsal shows whether the caller may grant it.
        if (!isRoleMissing(error)) throw error;
      }
    },
  };
}

/** Without the right to bind every Role: `rolebindings.rbac.authorization.k8s.io "<the Role's name>" not found`. */
const isRoleMissing = (error: unknown): boolean =>
  error instanceof EksLambdaError && error.code === "NotFound" && /^role(binding)?s\./.test(error.message);

function refuseOtherRole({ roleRef }: RoleBinding, { name, namespace }: RbacOptions): void {
  if (roleRef.kind === "Role" && roleRef.name === name) return;
  throw new EksLambdaError(
    "RoleBindingNotOurs",
    `the RoleBinding "${name}" in ${namespace} is for ${roleRef.kind} "${roleRef.name}", and that cannot be changed`,
    {
      hint: `choose another name with --rbac-name, or delete it: kubectl delete rolebinding ${name} --namespace ${namespace}`,
    },
  );
}
