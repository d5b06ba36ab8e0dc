/** Role and RoleBinding with exactly the rights that the actions need. */
import { allNeeds } from "../../actions/index.ts";
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
import { standingOf } from "../../rbac/ownership.ts";
import type { ClusterContext, ClusterStep } from "../context.ts";
import { refuseTakenUsername } from "../taken-username.ts";
import type { Target } from "../target.ts";

export const rbacStep: ClusterStep = {
  id: "rbac",
  inCluster: true,
  plan(context, intent) {
    return together([rolePlanned(context, intent), bindingPlanned(context, intent)]);
  },
};

async function rolePlanned(context: ClusterContext, intent: Intent): Promise<Planned> {
  const planned = await afresh(context, () => plan("rbac", roleOf(context), intent));
  const { namespace } = context.target.cluster;
  if (!planned.apply || intent === "absent" || !isSystem(namespace)) return planned;
  const warning = `a Deployment in ${namespace} can run with the rights of the cluster's own controllers; use a separate namespace`;
  return { ...planned, change: { ...planned.change, warnings: [warning] } };
}

async function bindingPlanned(context: ClusterContext, intent: Intent): Promise<Planned> {
  const planned = await afresh(context, () => plan("rbac", bindingOf(context), intent));
  if (!planned.apply || intent === "absent" || context.target.config.shareUsername) return planned;
  return { ...planned, change: { ...planned.change, warnings: await refuseTakenUsername(context) } };
}

/** The namespaces of Kubernetes itself. */
const isSystem = (namespace: string): boolean => namespace.startsWith("kube-");

const optionsOf = ({ rbacName: name, cluster, username, owner }: Target): RbacOptions => ({
  ...{ name, namespace: cluster.namespace, username, owner },
  needs: allNeeds(),
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

function bindingOf({ kube, target, clock }: ClusterContext): Resource<RoleBinding> {
  const options = optionsOf(target);
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
