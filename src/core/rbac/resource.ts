/** Plans and writes one Role or binding: rehearses with `dryRun=All`, and writes under the version that it read. */
import type { Clock } from "../clock.ts";
import { hasCode } from "../errors.ts";
import { KubernetesError, noNamespace } from "../kube/errors.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { afresh, type ObjectWrite, rehearse, send } from "../kube/write.ts";
import type { Resource, Waiting } from "../plan.ts";
import { beingDeleted, isDeleting, untilGone } from "./deleting.ts";
import { collection, content, isRole, locationOf, type RbacObject, titleOf } from "./objects.ts";

export interface ClusterPorts {
  readonly kube: Kube;
  readonly clock: Clock;
}

/** Whose an object is, and what may be done to it. */
export interface Policy<T> {
  readonly wanted: T;
  /** The content and the marks. Two objects are equal if their texts are. */
  readonly show: (value: T) => string;
  /** The reason to keep what was found although it differs from `after`. */
  readonly keep: (found: T, after: T | undefined) => Promise<string | undefined> | string | undefined;
  /** Throws if what was found is not ours to change. */
  readonly refuse: (found: T, after: T) => Promise<void> | void;
}

export function rbacResource<T extends RbacObject>(
  { kube, clock }: ClusterPorts,
  { wanted, refuse, ...policy }: Policy<T>,
): Resource<T> {
  const { kind, metadata } = wanted;
  const at = locationOf(wanted);
  const read = () => ifFound(kube.request<T>({ path: pathTo(at) }));

  /** An object that is being deleted is like none. */
  const show = (value: T) => (isDeleting(value) ? `${policy.show(value)}\nbeing deleted` : policy.show(value));
  const keep = (found: T, after: T | undefined) => (after && isDeleting(found) ? undefined : policy.keep(found, after));
  async function refuseFound(found: T, after: T): Promise<void> {
    if (isDeleting(found)) throw beingDeleted(found);
    await refuse(found, after);
  }

  function writeOf(found: T | undefined, after: T | undefined): ObjectWrite {
    if (!found) {
      const body = { ...after, metadata: bare(after?.metadata) };
      return { method: "POST", at: collection(kind, metadata.namespace), body };
    }
    const version = found.metadata.resourceVersion;
    if (!after) return { method: "DELETE", at, body: {}, version };
    const { labels, annotations } = after.metadata;
    return { method: "PATCH", at, body: { ...after, metadata: { labels, annotations } }, version };
  }

  return {
    target: titleOf(wanted),
    wanted,
    read,
    show,
    summary: () => content(wanted),
    keep,
    async rehearse(found, after) {
      if (found && after) await refuseFound(found, after);
      try {
        await rehearse(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
      } catch (error) {
        if (!after && isDenied(error)) return;
        // A binding's Role may not exist yet. The Role's own rehearsal shows whether the caller may grant it.
        if (!(after && !isRole(after) && isRoleMissing(error))) throw error;
      }
    },
    async write(after, waiting, later) {
      const deleting = await afresh({ clock }, async () => {
        const found = await read();
        if (!found && !after) return undefined;
        if (found && after && show(found) === show(after)) return undefined;
        if (found && (await keep(found, after)) !== undefined) return undefined;
        if (found && after) await refuseFound(found, after);
        if (found && !after && isDeleting(found)) return found;
        const answer = await send(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
        // The answer to a DELETE is the object if it has finalizers.
        return found && !after && isDeleting(Object(answer)) ? found : undefined;
      });
      if (!deleting) return;
      const wait = (waiting: Waiting) => untilGone({ kube, clock }, deleting, waiting);
      if (later) later(wait);
      else await wait(waiting);
    },
  };
}

/** Without what the API server adds. */
const bare = ({ name, namespace, labels, annotations }: Partial<RbacObject["metadata"]> = {}) => ({
  name,
  namespace,
  labels,
  annotations,
});

/** By admission, which must not stop the deletion of other objects: it is reported when this one is tried. */
const isDenied = (error: unknown): boolean =>
  error instanceof KubernetesError && !hasCode(error, "Forbidden", "NotFound", "Conflict");

/** Without the right to bind every Role: `rolebindings.rbac.authorization.k8s.io "<the Role's name>" not found`. */
const isRoleMissing = (error: unknown): boolean =>
  hasCode(error, "NotFound") && /^(cluster)?role(binding)?s\./.test(error.message);

const explainNamespace =
  (namespace: string | undefined) =>
  (error: unknown): never => {
    const isMissing = hasCode(error, "NotFound") && /^namespaces /.test(error.message);
    throw isMissing && namespace !== undefined ? noNamespace(namespace, error) : error;
  };
