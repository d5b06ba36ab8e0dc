/** Proves a grant by asking the cluster: who is the role, and may that user do what was declared? */
import { EksLambdaError } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import type { Check } from "../kube/review.ts";
import type { Waiting } from "../plan.ts";
import { userMay } from "../rbac/access-review.ts";
import { pauseMs, spreadMs } from "../rbac/spreading.ts";
import type { GrantContext } from "./context.ts";
import { readMapping } from "./identity.ts";
import type { GrantPlan } from "./plan.ts";

/** Asks until every check passes, for at most `spreadMs`. Throws `ChecksFailed`. */
export async function proveGrant(
  context: GrantContext,
  { role, user, needs }: Pick<GrantPlan, "role" | "user"> & { readonly needs: readonly Need[] },
  waiting: Waiting,
): Promise<readonly Check[]> {
  const { kube, clock } = context;
  const end = clock.now() + spreadMs;
  for (;;) {
    const { identity } = await readMapping(context, role);
    const rights = needs.map(async (need) => ({
      name: `may ${formatNeed(need)}`,
      ok: await userMay(kube, user, need),
    }));
    const mapped = { name: `is "${user.username}"`, ok: identity?.username === user.username };
    const checks = [mapped, ...(await Promise.all(rights))];
    const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    if (failed.length === 0) return checks;
    if (clock.now() + pauseMs >= end) throw notProven(role.principal, failed);
    waiting(`the cluster to know the grant (${failed[0]})`);
    await clock.sleep(pauseMs);
  }
}

const notProven = (role: string, failed: readonly string[]) =>
  new EksLambdaError("ChecksFailed", `the cluster does not say that ${role} ${failed.join(", ")}`, {
    hint: "did someone change the mapping or the RoleBinding at the same time? Run the command again",
  });
