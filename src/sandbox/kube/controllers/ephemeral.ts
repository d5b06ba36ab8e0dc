/** Claims of `ephemeral` volumes, which go with their Pods. Source: k8s.io/kubernetes/pkg/controller/volume/ephemeral */
import { kinds } from "../kinds.ts";
import type { PersistentVolumeClaim, Pod } from "../objects.ts";
import { ephemeralName } from "../volumes.ts";
import { type Control, isOwnedBy, make, ownerOf, recordEvent } from "./control.ts";

const kind = kinds.pods;

/** Makes the claims that are not there. A claim of the name that is not the Pod's own is left alone. */
export function makeEphemeralClaims(control: Control, pod: Pod): void {
  for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
    const template = ephemeral?.volumeClaimTemplate;
    if (!template) continue;
    const name = ephemeralName(pod, volume);
    const { namespace = "" } = pod.metadata;
    const claim = control.store.get(kinds.claims, namespace, name);
    const why = claim ? foreign(pod, claim) : refusal(control, pod, { name, template });
    if (why === undefined) continue;
    const message = `ephemeral volume ${volume}: ${why}`;
    recordEvent(control, pod, {
      of: kind,
      type: "Warning",
      reason: "FailedBinding",
      message,
      component: "ephemeral_volume",
    });
    return;
  }
}

/** Why a Pod cannot use the claim, if it is another's. */
export const foreign = (pod: Pod, { metadata }: PersistentVolumeClaim): string | undefined =>
  isOwnedBy({ metadata }, pod)
    ? undefined
    : `PVC ${metadata.namespace}/${metadata.name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`;

type Volume = NonNullable<Pod["spec"]["volumes"]>[number];
interface Wanted {
  readonly name: string;
  readonly template: NonNullable<NonNullable<Volume["ephemeral"]>["volumeClaimTemplate"]>;
}

/** Makes a claim. Returns the reason as text if it is not admitted. */
function refusal(control: Control, pod: Pod, { name, template }: Wanted): string | undefined {
  const { labels, annotations } = template.metadata ?? {};
  const made = make(control, kinds.claims, {
    metadata: {
      ...{ name, namespace: pod.metadata.namespace ?? "" },
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [ownerOf(kind, pod)],
    },
    spec: template.spec,
  });
  return typeof made === "string" ? `create PVC ${name}: ${made}` : undefined;
}
