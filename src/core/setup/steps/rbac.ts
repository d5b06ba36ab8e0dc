/** Role and RoleBinding for what the actions need, nothing more. */
import { allNeeds } from "../../actions/index.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Kube } from "../../kube/request.ts";
import { plan, type Resource } from "../../plan.ts";
import { clusterObject } from "../../rbac/cluster-object.ts";
import { type RbacOptions, type RoleBinding, role, roleBinding, showBinding, showRules } from "../../rbac/objects.ts";
import { refuseSharedUser } from "../../rbac/shared-user.ts";
import type { Step } from "../../setup/context.ts";

export const rbacStep: Step = {
  id: "rbac",
  inCluster: true,
  plan({ target, kube }, intent) {
    const options: RbacOptions = {
      name: target.rbacName,
      namespace: target.cluster.namespace,
      username: target.username,
      needs: allNeeds(),
    };
    const { forceConflicts: force, shareUsername: share } = target.config;
    const granted = clusterObject(kube, { wanted: role(options), show: ({ rules }) => showRules(rules), force });
    const binding = clusterObject(kube, { wanted: roleBinding(options), show: showBinding, force });
    return Promise.all([
      plan("rbac", granted, intent),
      plan("rbac", guarded(binding, { kube, options, share }), intent),
    ]);
  },
};

interface Guard {
  readonly kube: Kube;
  readonly options: RbacOptions;
  readonly share: boolean;
}

/** A binding to our user, unless that user has other rights, or the binding is one to something else. */
function guarded(binding: Resource<RoleBinding>, { kube, options, share }: Guard): Resource<RoleBinding> {
  return {
    ...binding,
    async rehearse(found, after) {
      if (after && found) refuseOtherRole(found, options);
      if (after && !share) await refuseSharedUser(kube, options);
      try {
        await binding.rehearse?.(found, after);
      } catch (error) {
        // The Role that it binds is planned beside it, and that Role's rehearsal shows whether the caller may grant it.
        if (!isRoleMissing(error)) throw error;
      }
    },
  };
}

/** Who may not bind every Role is told so: `rolebindings.rbac.authorization.k8s.io "<the Role's name>" not found`. */
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
