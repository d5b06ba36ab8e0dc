/** Roles and bindings of a grant: one pair for each namespace, and one for the cluster. */
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { grantsOf, type Need, type PolicyRule, rulesOf } from "../kube/need.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { afresh, type ObjectWrite, rehearse, send } from "../kube/write.ts";
import type { Resource } from "../plan.ts";
import { showRules } from "../rbac/objects.ts";
import { grantName, isMarkedFor, type MadeMapping, marksIn, marksOn } from "./marks.ts";

const apiGroup = "rbac.authorization.k8s.io";
const apiVersion = "rbac.authorization.k8s.io/v1";

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
}
export interface GrantRole {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Role" | "ClusterRole";
  readonly metadata: Metadata;
  /** The API server returns `null` for an empty list. */
  readonly rules: readonly PolicyRule[] | null;
}
export interface GrantBinding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "RoleBinding" | "ClusterRoleBinding";
  readonly metadata: Metadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly apiGroup?: string; readonly kind: string; readonly name: string }[];
}
export type GrantObject = GrantRole | GrantBinding;
export type Kind = GrantObject["kind"];

export const collection = (kind: Kind, namespace?: string): string =>
  `/apis/${apiVersion}/${namespace === undefined ? "" : `namespaces/${namespace}/`}${kind.toLowerCase()}s`;

/** `shop/role/NAME`, `clusterrole/NAME` */
export const titleOf = ({ kind, metadata: { name, namespace } }: GrantObject): string =>
  [...(namespace === undefined ? [] : [namespace]), kind.toLowerCase(), name].join("/");

export interface Declaration {
  /** The role's ARN with its path. */
  readonly role: string;
  /** The Kubernetes user that the role is mapped to. */
  readonly user: string;
  /** Each with its namespace, or for the cluster. */
  readonly needs: readonly Need[];
  readonly mapping: MadeMapping;
}

export interface GrantObjects {
  readonly roles: readonly GrantRole[];
  readonly bindings: readonly GrantBinding[];
}

export function objectsOf({ role: roleArn, user, needs, mapping }: Declaration): GrantObjects {
  const name = grantName(roleArn);
  const pairs = grantsOf(needs, "default").map(({ namespace, rules }) => {
    const own = needs.filter((need) => (need.cluster ? undefined : need.namespace) === namespace);
    const metadata = {
      name,
      ...(namespace !== undefined && { namespace }),
      ...marksOn({ role: roleArn, needs: own, mapping }),
    };
    const [roleKind, kind] = namespace === undefined ? clusterKinds : namespacedKinds;
    const role: GrantRole = { apiVersion, kind: roleKind, metadata, rules };
    const binding: GrantBinding = {
      ...{ apiVersion, kind, metadata },
      roleRef: { apiGroup, kind: roleKind, name },
      subjects: [{ apiGroup, kind: "User", name: user }],
    };
    return { role, binding };
  });
  return { roles: pairs.map(({ role }) => role), bindings: pairs.map(({ binding }) => binding) };
}

const namespacedKinds = ["Role", "RoleBinding"] as const;
const clusterKinds = ["ClusterRole", "ClusterRoleBinding"] as const;

const isRole = (object: GrantObject): object is GrantRole => object.kind === "Role" || object.kind === "ClusterRole";

/** What the object grants, without its marks. */
const content = (object: GrantObject): string =>
  isRole(object)
    ? showRules(object.rules)
    : `${object.roleRef.kind} ${object.roleRef.name} to ${(object.subjects ?? []).map(({ kind, name }) => `${kind} ${name}`).join(", ")}`;

function show(object: GrantObject): string {
  const { role = "nobody", needs = [], mapping = "unknown" } = marksIn(object.metadata);
  const declared = showRules(rulesOf(needs));
  const differs = declared === content(object) ? [] : [`declared: ${declared}`];
  return [content(object), `for ${role}, mapped by ${mapping}`, ...differs].join("\n");
}

/** Plans and writes one object, under the version that it read. `roleArn` is whom it must be marked for. */
export function grantResource<T extends GrantObject>(
  { kube, clock }: { readonly kube: Kube; readonly clock: Clock },
  wanted: T,
  roleArn: string,
): Resource<T> {
  const { kind, metadata } = wanted;
  const siblings = collection(kind, metadata.namespace);
  const path = `${siblings}/${metadata.name}`;
  const read = () => ifFound(kube.request<T>({ path }));

  function writeOf(found: T | undefined, after: T | undefined): ObjectWrite {
    if (!found) return { method: "POST", path: siblings, body: { ...after, metadata: bare(after?.metadata) } };
    const version = found.metadata.resourceVersion;
    if (!after) return { method: "DELETE", path, body: {}, version };
    const { labels, annotations } = after.metadata;
    return { method: "PATCH", path, body: { ...after, metadata: { labels, annotations } }, version };
  }

  return {
    target: titleOf(wanted),
    wanted,
    read,
    show,
    summary: () => content(wanted),
    keep: (found, after) =>
      after || isMarkedFor(found.metadata, roleArn) ? undefined : "it has no mark of this grant any more",
    async rehearse(found, after) {
      if (found && after) refuseOthers(found, after, roleArn);
      try {
        await rehearse(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
      } catch (error) {
        // A binding's Role does not exist yet. The Role's own rehearsal shows whether the caller may grant it.
        if (!(after && !isRole(after) && isRoleMissing(error))) throw error;
      }
    },
    write: (after) =>
      afresh({ clock }, async () => {
        const found = await read();
        if (!found && !after) return;
        if (found && after && show(found) === show(after)) return;
        if (found && after) refuseOthers(found, after, roleArn);
        if (found && !after && !isMarkedFor(found.metadata, roleArn)) return;
        await send(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
      }),
  };
}

/** Without what the API server adds. */
const bare = ({ name, namespace, labels, annotations }: Partial<Metadata> = {}) => ({
  ...{ name, namespace, labels, annotations },
});

/** Throws `RoleNotOurs`, `RoleBindingNotOurs` for an object without our mark, or a binding to another role. */
function refuseOthers(found: GrantObject, wanted: GrantObject, roleArn: string): void {
  const { kind, metadata } = wanted;
  const isOurs = isMarkedFor(found.metadata, roleArn);
  const refersElsewhere =
    !isRole(found) && !isRole(wanted) && content(found).split(" to ")[0] !== content(wanted).split(" to ")[0];
  if (isOurs && !refersElsewhere) return;
  const where = metadata.namespace === undefined ? "" : ` in ${metadata.namespace}`;
  const namespaced = metadata.namespace === undefined ? "" : ` --namespace ${metadata.namespace}`;
  throw new EksLambdaError(
    isRole(wanted) ? "RoleNotOurs" : "RoleBindingNotOurs",
    isOurs
      ? `the ${kind} "${metadata.name}"${where} is for another role now, and that cannot be changed: ${content(found)}`
      : `the ${kind} "${metadata.name}"${where} has the name of this grant's, and was made by someone else: ${content(found)}`,
    { hint: `delete it if nothing needs it: kubectl delete ${kind.toLowerCase()} ${metadata.name}${namespaced}` },
  );
}

/** Without the right to bind every Role: `rolebindings.rbac.authorization.k8s.io "<the Role's name>" not found`. */
const isRoleMissing = (error: unknown): boolean =>
  error instanceof EksLambdaError && error.code === "NotFound" && /^(cluster)?role(binding)?s\./.test(error.message);

const explainNamespace =
  (namespace: string | undefined) =>
  (error: unknown): never => {
    const isMissing =
      error instanceof EksLambdaError && error.code === "NotFound" && /^namespaces /.test(error.message);
    throw isMissing && namespace !== undefined ? noNamespace(namespace, error) : error;
  };
