/** Objects that an event carries: what allows each, and the order in which to write them. */
import { shown, usageError } from "../errors.ts";
import { formatResource } from "../kube/need.ts";
import { groupOf } from "../kube/place.ts";
import type { ActionContext } from "./action.ts";
import { type Allowed, find, notAllowed } from "./place.ts";

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A manifest, and where it is allowed. */
export interface Placed {
  readonly manifest: Manifest;
  /** With the version of the manifest. */
  readonly allowed: Allowed;
  /** None for a kind without namespaces. */
  readonly namespace: string | undefined;
}

/** Namespaces and CustomResourceDefinitions, then as Helm: pkg/release/util/kind_sorter.go. Other kinds come last. */
const order = (
  "Namespace CustomResourceDefinition PriorityClass NetworkPolicy ResourceQuota LimitRange PodDisruptionBudget " +
  "ServiceAccount Secret ConfigMap StorageClass PersistentVolume PersistentVolumeClaim ClusterRole ClusterRoleBinding " +
  "Role RoleBinding Service DaemonSet Pod ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob " +
  "IngressClass Ingress APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration"
).split(" ");

const rank = ({ kind }: Manifest): number => (order.includes(kind) ? order.indexOf(kind) : order.length);

export const inOrder = <T extends { readonly manifest: Manifest }>(all: readonly T[]): readonly T[] =>
  [...all].sort((one, other) => rank(one.manifest) - rank(other.manifest));

function checked(given: unknown): Manifest {
  const { apiVersion, kind, metadata }: Partial<Manifest> = Object(given);
  if (typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string")
    return given as Manifest;
  const is = shown({ apiVersion, kind, metadata: { name: metadata?.name } });
  throw usageError("InvalidEvent", `a manifest is ${is}; it must have \`apiVersion\`, \`kind\` and \`metadata.name\``);
}

/**
 * Metadata that is more than the right to write the object: the garbage collector deletes or keeps objects by
 * `ownerReferences` and `finalizers`, and the function and `setup` know theirs by `eks-lambda/…`.
 */
export function reservedIn(metadata: unknown): readonly (readonly [key: string, value: unknown, where: number])[] {
  const { labels, annotations, ...fields }: Readonly<Record<string, unknown>> = Object(metadata);
  return [fields, labels, annotations]
    .flatMap((all, where) =>
      Object.entries(Object(all)).map(([key, value]): [string, unknown, number] => [key, value, where]),
    )
    .filter(([key]) => /^(ownerReferences|finalizers|eks-lambda\/.*)$/s.test(key));
}

/** Throws `InvalidEvent` for reserved metadata. */
export function refuseReserved(kind: string, metadata: unknown): void {
  const { name }: { readonly name?: unknown } = Object(metadata);
  const [[reserved] = []] = reservedIn(metadata);
  if (reserved === undefined) return;
  throw usageError(
    "InvalidEvent",
    `the metadata of ${kind}${name === undefined ? "" : ` ${shown(name)}`} has ${shown(reserved)}, which an event must not set`,
    "leave it out; your own function can set it: docs/your-own-function.md",
  );
}

/** The usual plural, for the command that allows a kind. */
const pluralOf = (kind: string): string => {
  const singular = kind.toLowerCase().replace(/([^aeiou])y$/, "$1ie");
  return `${singular.replace(/(s|x|ch|sh)$/, "$1e")}s`;
};

/** Throws `InvalidEvent`, or `NotAllowed` for the first that was not allowed. */
export const placed = (
  action: string,
  { manifests, namespace }: { readonly manifests: unknown; readonly namespace?: unknown },
  { allowed: all, namespace: here }: Pick<ActionContext, "allowed" | "namespace">,
): readonly Placed[] =>
  (manifests as readonly unknown[]).map(checked).map((manifest) => {
    const group = groupOf({ apiVersion: manifest.apiVersion, plural: "" });
    const { name } = manifest.metadata;
    const where = manifest.metadata.namespace ?? (namespace as string | undefined);
    const known = all.find((one) => one.action === action && one.kind === manifest.kind && one.group === group);
    if (!known) {
      const isMeant = (one: Allowed) => one.group === group && one.kind.toLowerCase() === manifest.kind.toLowerCase();
      const meant = all.find((one) => one.action === action && isMeant(one));
      if (meant) throw usageError("InvalidEvent", `no kind ${shown(manifest.kind)}; did you mean "${meant.kind}"?`);
      const resource = formatResource({ group, resource: pluralOf(manifest.kind) });
      throw notAllowed(all, { action, resource, name, namespace: where === here ? undefined : where });
    }
    const found = find(all, { action, resource: formatResource(known), namespace: where, name }, here);
    const version = manifest.apiVersion.split("/").at(-1) ?? "";
    return { manifest, allowed: { ...found.allowed, version }, namespace: found.namespace };
  });

/** `Deployment shop/web` */
export const titleOf = ({ manifest: { kind, metadata }, namespace }: Placed): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${metadata.name}`;

/** The object and the error's message. For a Secret, the value that the server quotes is left out. */
export const messageOf = ({ message }: Error, one: Placed): string =>
  `${titleOf(one)}: ${one.manifest.kind === "Secret" ? message.replace(/(: expected [^,:]*, got |Invalid value: ).*/s, "$1…") : message}`;
