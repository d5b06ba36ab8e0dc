/** Objects that the API server has not deleted yet, because a finalizer is left: until then they have their effect. */

import type { Clock } from "../clock.ts";
import { advice } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import type { Waiting } from "../plan.ts";
import { kubectlFinalize, locationOf, named, type RbacObject } from "./objects.ts";

interface MayBeDeleting {
  readonly metadata?: { readonly deletionTimestamp?: string };
}

export const isDeleting = ({ metadata }: MayBeDeleting): boolean => metadata?.deletionTimestamp !== undefined;

const finalizersOf = ({ metadata: { finalizers = [] } }: RbacObject): string => finalizers.join(", ") || "none";

export const beingDeleted = (object: RbacObject): EksLambdaError =>
  new EksLambdaError(
    "BeingDeleted",
    `${named(object)} is being deleted, and waits for its finalizers: ${finalizersOf(object)}`,
    {
      hint: advice`run the command again when it is gone; what set a finalizer removes it; if nothing will: ${kubectlFinalize(object)}`,
    },
  );

const pauseMs = 500;
/** Half a minute: a controller removes its finalizer within seconds. */
const mostLooks = 60;

interface Ports {
  readonly kube: Kube;
  readonly clock: Pick<Clock, "sleep">;
}

/** Waits until the object that was found is gone, or another has its name. Throws `BeingDeleted`. */
export async function untilGone({ kube, clock }: Ports, found: RbacObject, waiting: Waiting): Promise<void> {
  for (let look = 0; ; look++) {
    const now = await ifFound(kube.request<RbacObject>({ path: pathTo(locationOf(found)) }));
    if (!now || now.metadata.uid !== found.metadata.uid) return;
    if (look === mostLooks) throw beingDeleted(now);
    waiting(`the finalizers of ${named(now)}: ${finalizersOf(now)}`);
    await clock.sleep(pauseMs);
  }
}
