/** Applies manifests by server-side apply, and prunes what is in their set no more. */
import { EksLambdaError, restated } from "../errors.ts";
import { apply as applyMethod, get } from "../kube/methods.ts";
import type { KubeObject } from "../kube/object.ts";
import { sleep } from "../kube/request.ts";
import { handlesOf, needsOf } from "../kube/resource.ts";
import type { StatusCondition } from "../kube/workloads.ts";
import { type Action, type ActionContext, type Scope, scopeOf } from "./action.ts";
import { removal } from "./delete.ts";
import { flag, label, objects } from "./fields.ts";
import { imagesIn, refuseOtherImages } from "./images.ts";
import { inOrder, type Placed, placed, titleOf } from "./manifests.ts";
import { notAllowed } from "./place.ts";

const methods = { apply: applyMethod, get };
const setKey = "eks-lambda/set";
/** The default of the client, by which objects that we applied are known. */
const fieldManager = "eks-lambda";

/** Of a CustomResourceDefinition, the function waits until it is established. */
function needs({ on, allowed }: Scope<keyof typeof methods>) {
  const common = { objects: on().may("patch", "create") };
  return allowed.resource === "customresourcedefinitions"
    ? { ...common, definitions: on<Definition>().may("get") }
    : common;
}

interface Definition extends KubeObject {
  readonly status?: { readonly conditions?: readonly StatusCondition[] };
}

interface ApplyEvent {
  readonly manifests: readonly unknown[];
  readonly prune?: string;
  readonly force?: boolean;
}

export const apply: Action = {
  fields: { namespace: label, manifests: { ...objects, required: true }, prune: label, force: flag },
  resources: undefined,
  needs: (allowed) => needsOf(needs(scopeOf(methods, allowed, allowed.namespace))),
  async run(event, context) {
    const { prune, force, ...asked } = event as unknown as ApplyEvent;
    const all = inOrder(placed("apply", { ...event, ...asked }, context));
    for (const { allowed, manifest } of all) refuseOtherImages(allowed, imagesIn(manifest));
    const removed = prune === undefined ? undefined : pruning(prune, all, context);
    const write = (one: Placed, dryRun: boolean) => {
      const { objects } = handlesAt(one, context);
      const { metadata, ...manifest } = one.manifest;
      const labels = prune !== undefined && { labels: { ...metadata.labels, [setKey]: prune } };
      const named = { ...metadata, ...labels, ...(one.namespace !== undefined && { namespace: one.namespace }) };
      return objects.apply({ ...manifest, metadata: named } as never, { dryRun, force, fieldManager });
    };
    const before = new Map<Placed, string | undefined>();
    for (const one of all) {
      const rehearsed = await write(one, true).catch((error: unknown) => {
        if (isNew(one, all) && isAbsent(error)) return undefined;
        throw named(error, one);
      });
      before.set(one, rehearsed?.metadata.resourceVersion);
    }
    const done: string[] = [];
    const results: object[] = [];
    for (const one of all) {
      try {
        const { metadata } = await write(one, false);
        const version = before.get(one);
        const action =
          version === undefined ? "created" : version === metadata.resourceVersion ? "unchanged" : "updated";
        results.push({ action, ...aboutOf(one) });
        done.push(titleOf(one));
        if (one.manifest.kind === "CustomResourceDefinition") await established(one, context);
      } catch (error) {
        throw named(error, one, done);
      }
    }
    return { action: "applied", objects: results, ...(removed && { pruned: await removed() }) };
  },
};

/** The API server answers 404 in plain text for a group that it does not know. */
const isAbsent = (error: unknown): boolean =>
  error instanceof EksLambdaError && (error.code === "NotFound" || /answered 404/.test(error.message));

const handlesAt = ({ allowed, namespace }: Placed, { kube }: ActionContext) =>
  handlesOf(needs(scopeOf(methods, allowed, namespace ?? "*")), kube);

const aboutOf = ({ manifest: { kind, metadata }, namespace }: Placed) => ({
  kind,
  ...(namespace !== undefined && { namespace }),
  name: metadata.name,
});

/** True if the event itself creates the namespace or the kind of the object. */
const isNew = ({ namespace, manifest, allowed }: Placed, all: readonly Placed[]): boolean =>
  all.some(
    ({ manifest: { kind, metadata } }) =>
      (kind === "Namespace" && metadata.name === namespace) ||
      (kind === "CustomResourceDefinition" &&
        metadata.name === `${allowed.resource}.${allowed.group}` &&
        kind !== manifest.kind),
  );

/** The error, with the object and what was written before. */
function named(error: unknown, one: Placed, done: readonly string[] = []): unknown {
  if (!(error instanceof EksLambdaError)) return error;
  const written = done.length > 0 ? `written before it: ${done.join(", ")}` : "nothing was written";
  return restated(error, `${titleOf(one)}: ${error.message}; ${written}`, { hint: error.hint, cause: error });
}

async function established(one: Placed, context: ActionContext): Promise<void> {
  const handles = handlesAt(one, context);
  if (!("definitions" in handles)) return;
  for (;;) {
    const { status } = await handles.definitions.get({ name: one.manifest.metadata.name });
    if (status?.conditions?.some(({ type, status }) => type === "Established" && status === "True")) return;
    if (context.remainingMs() < 1_000)
      throw new EksLambdaError("Timeout", "time is up while waiting until it is established");
    await sleep(250);
  }
}

/** Returns a function that deletes. Throws `NotAllowed` if no kind may be deleted. */
function pruning(set: string, all: readonly Placed[], context: ActionContext & { readonly action: string }) {
  const isApplied = (resource: string) =>
    context.allowed.some((one) => one.action === "apply" && `${one.resource}.${one.group}` === resource);
  const entries = context.allowed.filter((one) => one.action === "delete" && isApplied(`${one.resource}.${one.group}`));
  if (entries.length === 0) throw notAllowed(context.allowed, { action: "delete", resource: all[0]?.allowed.resource });
  const kept = new Set(all.map(titleOf));
  return async () => {
    const pruned: object[] = [];
    for (const allowed of entries) {
      const { objects } = removal(allowed, allowed.namespace ?? context.namespace, context.kube);
      for (const object of await objects.list({ labelSelector: `${setKey}=${set}` }).toArray()) {
        const { name, namespace, uid, ownerReferences, managedFields = [] } = object.metadata as Pruned;
        const manifest = { apiVersion: "", kind: allowed.kind, metadata: { name } };
        const isOurs = managedFields.some(
          ({ manager, operation }) => manager === fieldManager && operation === "Apply",
        );
        if (!isOurs || ownerReferences?.length || kept.has(titleOf({ manifest, allowed, namespace }))) continue;
        await objects.delete({ name, namespace } as { name: string }, { preconditions: { uid } });
        pruned.push({ kind: allowed.kind, ...(namespace !== undefined && { namespace }), name });
      }
    }
    return pruned;
  };
}

interface Pruned {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly ownerReferences?: readonly object[];
  readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[];
}
