/** Applies manifests by server-side apply, and prunes what is no longer in their set. */
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { apply as applyMethod, get } from "../kube/methods.ts";
import type { KubeObject } from "../kube/object.ts";
import { sleep } from "../kube/request.ts";
import { handlesOf, needsOf } from "../kube/resource.ts";
import { holds, type StatusCondition } from "../kube/workloads.ts";
import { type Action, type ActionContext, type Scope, scopeOf } from "./action.ts";
import { flag, label, objects } from "./fields.ts";
import { imagesIn, refuseOtherImages } from "./images.ts";
import { inOrder, messageOf, type Placed, placed, refuseReserved, titleOf } from "./manifests.ts";
import { managerOf, pruned } from "./prune.ts";

const methods = { apply: applyMethod, get };

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
    for (const { allowed, manifest } of all) {
      refuseReserved(manifest.kind, manifest.metadata);
      refuseOtherImages(allowed, imagesIn(manifest));
    }
    const fieldManager = managerOf(context);
    const set = prune === undefined ? undefined : pruned(prune, all, context);
    const write = (one: Placed, dryRun: boolean) => {
      const { objects } = handlesAt(one, context);
      const { metadata, ...manifest } = one.manifest;
      const labels = set && { labels: { ...metadata.labels, ...set.labels } };
      // A manifest of a kind without namespaces may name one, which kubectl ignores, too.
      const named = { ...metadata, ...labels, namespace: one.namespace };
      return objects.apply({ ...manifest, metadata: named } as never, { dryRun, force, fieldManager });
    };
    const before = new Map<Placed, string | undefined>();
    for (const one of all) {
      const rehearsed = await write(one, true).catch((error: unknown) => {
        if (isNew(one, all) && hasCode(error, "NotFound", "ResourceNotServed")) return undefined;
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
    return { action: "applied", objects: results, ...(set && { pruned: await set.prune() }) };
  },
};

const handlesAt = ({ allowed, namespace }: Placed, { kube }: Pick<ActionContext, "kube">) =>
  handlesOf(needs(scopeOf(methods, allowed, namespace ?? "*")), kube);

const aboutOf = ({ manifest: { kind, metadata }, namespace }: Placed) => ({
  kind,
  ...(namespace !== undefined && { namespace }),
  name: metadata.name,
});

/** True if the event itself creates the namespace or the kind of the object. */
export const isNew = ({ namespace, manifest, allowed }: Placed, all: readonly Placed[]): boolean =>
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
  return restated(error, `${messageOf(error, one)}; ${written}`);
}

export async function established(one: Placed, context: Pick<ActionContext, "kube" | "remainingMs">): Promise<void> {
  const handles = handlesAt(one, context);
  if (!("definitions" in handles)) return;
  for (;;) {
    if (holds(await handles.definitions.get({ name: one.manifest.metadata.name }), "Established")) return;
    if (context.remainingMs() < 1_000)
      throw new EksLambdaError("Timeout", "time is up while waiting until it is established");
    await sleep(250);
  }
}
