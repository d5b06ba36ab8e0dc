/** An object of the cluster, ours when it has our label: compared, rehearsed by `dryRun=All`, written under its version. */
import { isManaged } from "../actions/deployment.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import type { Resource } from "../plan.ts";
import { type Role, type RoleBinding, rbacPath } from "./objects.ts";

export interface ObjectOptions<T> {
  readonly wanted: T;
  /** What we own of it; two objects are the same when this is. */
  readonly show: (value: T) => string;
  /** `--force-conflicts`: overwrite what someone else made. */
  readonly force: boolean;
}

export function clusterObject<T extends Role | RoleBinding>(
  kube: Kube,
  { wanted, show, force }: ObjectOptions<T>,
): Resource<T> {
  const { kind, metadata } = wanted;
  const siblings = rbacPath(kind, metadata.namespace);
  const path = `${siblings}/${metadata.name}`;
  const read = () => ifFound(kube.request<T>("GET", path));
  const send = (found: T | undefined, after: T | undefined, rehearsal = false) => {
    const version = { resourceVersion: found?.metadata.resourceVersion };
    const query = rehearsal ? "?dryRun=All" : "";
    if (!after) return kube.request("DELETE", path + query, deletion(version, rehearsal));
    if (!found) return kube.request("POST", siblings + query, after);
    const patch = { ...after, metadata: { labels: metadata.labels, ...version } };
    return kube.request("PATCH", path + query, patch, "application/merge-patch+json");
  };
  return {
    target: `${metadata.namespace}/${kind.toLowerCase()}/${metadata.name}`,
    wanted,
    read,
    show,
    summary: () => show(wanted),
    keep: (found) => (isManaged(found.metadata) ? undefined : `this ${kind} was made by someone else`),
    async rehearse(found, after) {
      if (found && !force && !isManaged(found.metadata)) throw notManaged(wanted, show(found), show(wanted));
      try {
        await send(found, after, true);
      } catch (error) {
        throw namespaceMissing(error, metadata.namespace);
      }
    },
    async write(after) {
      const found = await read();
      if (found || after) await send(found, after);
    },
  };
}

/**
 * Of a DELETE that has a body the API server reads the options in the body, and none of the query.
 * Source: https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/handlers/delete.go, `DeleteResource`
 */
export const deletion = (preconditions: object, rehearsal: boolean): object => ({
  preconditions,
  ...(rehearsal && { dryRun: ["All"] }),
});

const notManaged = ({ kind, metadata }: Role | RoleBinding, found: string, wanted: string) =>
  new EksLambdaError(
    `${kind}NotOurs`,
    `the ${kind} "${metadata.name}" in ${metadata.namespace} was made by someone else and differs: it has "${found}", not "${wanted}"`,
    { hint: "choose another name with --rbac-name, or overwrite it with --force-conflicts" },
  );

function namespaceMissing(error: unknown, namespace: string): unknown {
  if (!(error instanceof EksLambdaError && error.code === "NotFound" && /^namespaces /.test(error.message)))
    return error;
  return noNamespace(namespace, error);
}
