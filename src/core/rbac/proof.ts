/** Proves what a Kubernetes user may do, for a function that cannot be asked itself. */
import type { Clock } from "../clock.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import type { Kube } from "../kube/request.ts";
import { type Check, isPassed, needlessRight } from "../kube/review.ts";
import type { Waiting } from "../plan.ts";
import { userMay } from "./access-review.ts";
import { pauseMs, spreadMs } from "./spreading.ts";

interface Proven {
  readonly username: string;
  /** Each with its namespace, or for the cluster. */
  readonly needs: readonly Need[];
  /** The function's own. */
  readonly namespace: string;
}

/** One check for each need, and one for a right that the user must not have. Throws `Forbidden` if the caller may not ask. */
export function checksOfUser(kube: Kube, { username, needs, namespace }: Proven): Promise<readonly Check[]> {
  const user = { username, groups: [] };
  return Promise.all([
    ...needs.map(async (need) => ({ name: `may ${formatNeed(need)}`, ok: await userMay(kube, user, need) })),
    ...needlessRight(needs, namespace).map(async (need) => ({
      name: `may not ${formatNeed(need)}`,
      ok: !(await userMay(kube, user, need)),
    })),
  ]);
}

interface Proving {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly waiting: Waiting;
  readonly passes?: (check: Check) => boolean;
  /** True if no wait changes the answer. */
  readonly isFinal?: (checks: readonly Check[]) => Promise<boolean>;
}

/** Asks until every check passes or the answer is final, for at most `spreadMs`; then returns the last answer. */
export async function proveUser(
  { kube, clock, waiting, passes = isPassed, isFinal = async () => false }: Proving,
  proven: Proven,
): Promise<readonly Check[]> {
  const end = clock.now() + spreadMs;
  for (;;) {
    const checks = await checksOfUser(kube, proven);
    if (checks.every(passes) || clock.now() + pauseMs >= end || (await isFinal(checks))) return checks;
    waiting("the cluster to know the rights");
    await clock.sleep(pauseMs);
  }
}
