/** Role and RoleBinding for what the actions need, nothing more. */
import { actions } from "../actions.ts";
import { EksLambdaError } from "../errors.ts";
import { ifFound, type Kube } from "../kube.ts";
import { type RbacOptions, type Role, type RoleBinding, rbacPath, role, roleBinding, showRules } from "../rbac.ts";
import { plan, type Resource, type Step } from "./plan.ts";

export const rbacStep: Step = {
  id: "rbac",
  inCluster: true,
  async plan({ target, kube }, intent) {
    const { config, cluster } = target;
    const options: RbacOptions = {
      name: target.rbacName,
      namespace: cluster.namespace,
      username: target.username,
      needs: Object.values(actions).flatMap(({ needs }) => needs),
    };
    const guard = { kube, force: config.forceConflicts };
    const binding = clusterObject(
      guard,
      roleBinding(options),
      (found) =>
        `${found.roleRef.kind} ${found.roleRef.name} to ${found.subjects.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
    );
    return Promise.all([
      plan(
        "rbac",
        clusterObject(guard, role(options), ({ rules }) => showRules(rules)),
        intent,
      ),
      plan(
        "rbac",
        {
          ...binding,
          rehearse: (found) => rehearseBinding({ kube, options, share: config.shareUsername }, binding, found),
        },
        intent,
      ),
    ]);
  },
};

type Found<T> = T & {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>>; readonly resourceVersion?: string };
};

/** An object of the cluster that we manage when it has our label. `show` tells of it what we own. */
function clusterObject<T extends Role | RoleBinding>(
  { kube, force }: { kube: Kube; force: boolean },
  wanted: T,
  show: (value: T) => string,
): Resource<T> {
  const { kind, metadata } = wanted;
  const siblings = rbacPath(kind, metadata.namespace);
  const path = `${siblings}/${metadata.name}`;
  const read = () => ifFound(kube.request<Found<T>>("GET", path));
  const send = (found: Found<T> | undefined, after: T, query: string) => {
    if (!found) return kube.request("POST", siblings + query, after);
    const { resourceVersion } = found.metadata;
    const patch = { ...after, metadata: { labels: metadata.labels, resourceVersion } };
    return kube.request("PATCH", path + query, patch, "application/merge-patch+json");
  };
  return {
    target: `${metadata.namespace}/${metadata.name}`,
    wanted,
    read,
    show,
    keep: (found) => (managed(found as Found<T>) ? undefined : `this ${kind} was made by someone else`),
    summary: () => `${kind}: ${show(wanted)}`,
    async rehearse() {
      const found = await read();
      if (found && !force && !managed(found)) throw notManaged(wanted, show(found), show(wanted));
      try {
        await send(found, wanted, "?dryRun=All");
      } catch (error) {
        throw namespaceMissing(error, metadata.namespace);
      }
    },
    async write(after) {
      const found = await read();
      if (after) await send(found, after, "");
      else if (found)
        await kube.request("DELETE", path, { preconditions: { resourceVersion: found.metadata.resourceVersion } });
    },
  };
}

const managed = (found: Found<unknown>): boolean =>
  found.metadata.labels?.["app.kubernetes.io/managed-by"] === "eks-lambda";

interface BindingGuard {
  readonly kube: Kube;
  readonly options: RbacOptions;
  readonly share: boolean;
}

async function rehearseBinding(
  { kube, options, share }: BindingGuard,
  binding: Resource<RoleBinding>,
  found: RoleBinding | undefined,
): Promise<void> {
  const { name, namespace } = options;
  if (found && (found.roleRef.kind !== "Role" || found.roleRef.name !== name)) {
    throw new EksLambdaError(
      "RoleBindingNotOurs",
      `the RoleBinding "${name}" in ${namespace} is for ${found.roleRef.kind} "${found.roleRef.name}", and that cannot be changed`,
      {
        hint: `choose another name with --rbac-name, or delete it: kubectl delete rolebinding ${name} --namespace ${namespace}`,
      },
    );
  }
  if (!share) await refuseSharedUser(kube, options);
  try {
    await binding.rehearse?.(found);
  } catch (error) {
    // The Role that it binds is planned too, and its own rehearsal shows whether the caller may grant it.
    if (!(error instanceof EksLambdaError && error.code === "NotFound" && /^roles\./.test(error.message))) throw error;
  }
}

/** Whoever else's binding names our user gives the function rights that nobody planned. */
async function refuseSharedUser(kube: Kube, { name, namespace, username }: RbacOptions): Promise<void> {
  const kinds = ["rolebindings", "clusterrolebindings"];
  const lists = await Promise.all(
    kinds.map((kind) =>
      kube.request<{ items: readonly Found<RoleBinding>[] }>("GET", `/apis/rbac.authorization.k8s.io/v1/${kind}`),
    ),
  );
  const others = lists
    .flatMap(({ items }, at) => items.map((item) => ({ ...item, shown: `${kinds[at]}/${item.metadata.name}` })))
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
    .filter(({ subjects = [] }) => subjects.some((subject) => subject.kind === "User" && subject.name === username));
  if (others.length === 0) return;
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" has other rights already, by ${others.map(({ shown, metadata }) => `${shown}${metadata.namespace ? ` in ${metadata.namespace}` : ""}`).join(", ")}`,
    {
      hint: "choose another with --username, or go on with --share-username",
    },
  );
}

const notManaged = ({ kind, metadata }: Role | RoleBinding, found: string, wanted: string) =>
  new EksLambdaError(
    `${kind}NotOurs`,
    `the ${kind} "${metadata.name}" in ${metadata.namespace} was made by someone else and differs: it has "${found}", not "${wanted}"`,
    {
      hint: "choose another name with --rbac-name, or overwrite it with --force-conflicts",
    },
  );

function namespaceMissing(error: unknown, namespace: string): unknown {
  if (!(error instanceof EksLambdaError && error.code === "NotFound" && /^namespaces /.test(error.message)))
    return error;
  return new EksLambdaError("NamespaceNotFound", `there is no namespace "${namespace}" in the cluster`, {
    hint: `kubectl create namespace ${namespace}, or choose another with --namespace`,
    cause: error,
  });
}
