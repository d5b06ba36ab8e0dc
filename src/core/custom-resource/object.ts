/** One object in the cluster: how it is read, and applied over what was read. */
import { type ActionContext, scopeOf } from "../actions/action.ts";
import type { Placed } from "../actions/manifests.ts";
import { managerOf } from "../actions/prune.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { apply, create, delete as deleteMethod, patch, until, untilGone } from "../kube/methods.ts";
import type { KubeObject, Stored, UntypedObject } from "../kube/object.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { beforeKey } from "./before.ts";
import { handOver } from "./managers.ts";
import { type Owners, ownersKey, requestKey } from "./owners.ts";

/** Its `kube` ends with the time for the work. */
export type Context = Pick<ActionContext, "allowed" | "namespace" | "kube" | "owner" | "remainingMs">;

const methods = { apply, create, patch, until, untilGone, delete: deleteMethod };

/** All methods: what is allowed was checked, and RBAC decides. */
export const handleOf = <T extends KubeObject = UntypedObject>({ allowed, namespace }: Placed, kube: Kube) => {
  const { names: _, ...kind } = allowed;
  return scopeOf(methods, kind, namespace ?? "*")
    .on<T>()
    .on(kube);
};

export const read = async (one: Placed, { kube }: Context): Promise<Stored<UntypedObject> | undefined> =>
  ifFound(handleOf(one, kube).until({ name: one.manifest.metadata.name }, () => true));

/** What the object says of its owners. */
interface Marks {
  readonly owners: Owners;
  readonly request?: string | undefined;
  readonly before?: string | undefined;
  /** What was read, and nothing else. */
  readonly version?: object;
}

/** The object with this content and these marks. */
export function bodyOf({ manifest, namespace }: Placed, content: Content, marks: Marks) {
  const { apiVersion, kind, metadata: named } = manifest;
  const { metadata, ...rest } = content;
  const { annotations } = Object(metadata) as { readonly annotations?: object };
  const { owners, request, before, version } = marks;
  const own = {
    [ownersKey]: JSON.stringify(owners),
    ...(request !== undefined && { [requestKey]: request }),
    ...(before !== undefined && { [beforeKey]: before }),
  };
  const placed = { ...version, name: named.name, namespace, annotations: { ...annotations, ...own } };
  return { ...rest, apiVersion, kind, metadata: { ...metadata, ...placed } } as never;
}

/** Of a manifest, or what is kept of one. */
export type Content = Readonly<Record<string, unknown>> & { readonly metadata?: object };

interface Applying {
  readonly one: Placed;
  readonly context: Context;
  readonly manifest: Content;
  readonly marks: Marks;
  /** Others managed the object. */
  readonly isTaken: boolean;
  readonly dryRun?: boolean;
}

/** Applies under the version that was read. Fields that the content leaves out go, also those of a create. */
export async function applyOver(
  live: Stored<UntypedObject>,
  { one, context, manifest, marks, isTaken, dryRun = false }: Applying,
): Promise<void> {
  const objects = handleOf(one, context.kube);
  const { name, uid } = live.metadata;
  const fieldManager = managerOf(context);
  const patch = dryRun ? undefined : handOver(live, { to: fieldManager, isTaken });
  const found = patch ? await whileThere(objects.patch({ name }, patch, { fieldManager })) : live;
  const version = { uid, resourceVersion: found.metadata.resourceVersion };
  const body = bodyOf(one, manifest, { ...marks, version });
  await whileThere(objects.apply(body, { fieldManager, dryRun, force: true }));
}

/** Wraps a write to an object that was read. Throws `Conflict` if it was deleted meanwhile: the caller reads it again. */
export const whileThere = <T>(write: Promise<T>): Promise<T> =>
  write.catch((error: unknown) => {
    if (!hasCode(error, "NotFound")) throw error;
    throw new EksLambdaError("Conflict", "it was deleted meanwhile", { cause: error });
  });
