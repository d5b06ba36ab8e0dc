/** Returns to an earlier revision, as `kubectl rollout undo`. */
import { EksLambdaError } from "../errors.ts";
import { get, list, patch } from "../kube/methods.ts";
import type { KubeObject, Patch, Stored } from "../kube/object.ts";
import { defineAction } from "./action.ts";
import { onConflict } from "./conflict.ts";
import { flag, objectName, positive, required } from "./fields.ts";
import { imagesIn, refuseOtherImages } from "./images.ts";
import { lastActionOf } from "./last-action.ts";
import { once, superseded } from "./once.ts";
import { imagesOf, type PodTemplate, type Templated } from "./template.ts";
import { rollouts, waiting } from "./wait.ts";

/** A ReplicaSet of a Deployment, or a ControllerRevision of a StatefulSet or DaemonSet. */
interface Revision extends KubeObject {
  readonly metadata?: KubeObject["metadata"] & {
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[];
  };
  /** Of a ControllerRevision. */
  readonly revision?: number;
  readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
  /** Of a ReplicaSet. */
  readonly spec?: { readonly template?: PodTemplate };
}

const revisionKey = "deployment.kubernetes.io/revision";
/** The revisions that a ReplicaSet had before: it is current again. */
const historyKey = "deployment.kubernetes.io/revision-history";
const hashLabel = "pod-template-hash";

const numberOf = ({ revision, metadata }: Revision): number =>
  revision ?? Number(metadata?.annotations?.[revisionKey] ?? 0);

/** The template of a revision, without the label that tells ReplicaSets apart. */
export function templateIn({ data, spec }: Revision): PodTemplate {
  const { metadata, ...template } = (data ?? { spec }).spec?.template ?? {};
  const { [hashLabel]: _, ...labels } = metadata?.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** A ControllerRevision that became current again, by `kubectl rollout undo` say, has a new number and its old age. */
const isOlder = ({ metadata }: Stored<Revision>, before: Stored<Revision> | undefined): boolean =>
  before !== undefined && metadata.creationTimestamp < before.metadata.creationTimestamp;

export interface Chosen {
  readonly from: number;
  readonly to: Stored<Revision>;
}

/**
 * The revision to return to: the given one, or the one before the current. Throws `RevisionNotFound`, or `AlreadyUndone` if the current
 * revision came from an undo: the one before it is newer in fact, and probably the broken one.
 */
export function chosen(owner: Stored<Templated>, all: readonly Stored<Revision>[], wanted?: number): Chosen {
  const { name, uid } = owner.metadata;
  const isOwn = ({ metadata }: Revision) => metadata?.ownerReferences?.some((one) => one.controller && one.uid === uid);
  const [current, ...earlier] = all.filter(isOwn).sort((one, other) => numberOf(other) - numberOf(one));
  const numbers = earlier.map(numberOf).reverse().join(", ");
  const hint =
    earlier.length > 0 ? `give one of its revisions as \`revision\`: ${numbers}` : "deploy again what worked";
  const isUndone =
    current &&
    (current.metadata.annotations?.[historyKey] ||
      lastActionOf(owner.metadata)?.to === current.metadata.name ||
      isOlder(current, earlier[0]));
  if (wanted === undefined && isUndone && earlier.length > 0)
    throw new EksLambdaError(
      "AlreadyUndone",
      `the current revision of "${name}" is the result of an undo: a second undo would return to the revision that was undone`,
      { hint },
    );
  const to = wanted === undefined ? earlier[0] : [current, ...earlier].find((one) => one && numberOf(one) === wanted);
  if (current && to) return { from: numberOf(current), to };
  throw new EksLambdaError(
    "RevisionNotFound",
    wanted === undefined ? `"${name}" has no earlier revision` : `"${name}" has no revision ${wanted}`,
    { hint },
  );
}

export const undo = defineAction({
  methods: { get, patch, list },
  event: { name: required(objectName), revision: positive, wait: flag },
  resources: rollouts,
  needs: ({ on, beside, allowed }) => ({
    workloads: on<Templated>().may("get", "patch"),
    revisions: beside<Revision>(
      "apps/v1",
      allowed.resource === "deployments" ? "replicasets" : "controllerrevisions",
    ).may("list"),
  }),
  async run({ workloads, revisions }, invocation) {
    const { kind, namespace, requestId: id, event, on } = invocation;
    const { revision } = event as { readonly revision?: number };
    const name = String(event.name);
    const wait = waiting(invocation, name);
    const write = (patch: Patch<Templated>) => workloads.patch({ name }, patch, { type: "strategic" });
    const done = await onConflict(async () => {
      const [found, all] = await Promise.all([workloads.get({ name }), revisions.list().toArray()]);
      return once({ found, id, write, mayFail: wait !== undefined }, () => {
        const { from, to } = chosen(found, all, revision);
        const number = numberOf(to);
        if (number === from) return { answer: { action: "unchanged", from, revision: from }, images: imagesOf(found) };
        const template = templateIn(to);
        refuseOtherImages(on, imagesIn(template));
        return {
          answer: { action: "undone", from, revision: number },
          images: imagesOf({ spec: { template } }),
          to: to.metadata.name,
          patch: { spec: { template: { ...template, $patch: "replace" } } },
        };
      });
    });
    const about = { kind, namespace, name };
    return { ...done, ...about, ...(done.action !== superseded && (await wait?.())) };
  },
});
