/** Opens what grant and revoke work with. */
import { iam } from "../core/aws/iam.ts";
import { usageError } from "../core/errors.ts";
import type { GrantContext } from "../core/grant/context.ts";
import { roleRule } from "../core/parameters/settings.ts";
import { clock } from "./context.ts";
import type { Flags } from "./flag-table.ts";
import { checkFlag } from "./flags.ts";
import type { Runner } from "./runner.ts";
import { openSession } from "./session.ts";

/** Throws `InvalidFlag`. */
export function roleFlag({ role }: Flags): string {
  if (!role)
    throw usageError("InvalidFlag", "no role is given", "give its ARN: --role arn:aws:iam::111122223333:role/ci");
  checkFlag("--role", roleRule, role);
  return role;
}

export async function openGrant(flags: Flags, by?: Pick<Runner, "credentials">): Promise<GrantContext> {
  const session = await openSession(flags, by);
  const [cluster, caller] = await Promise.all([session.cluster(), session.sts.identity()]);
  const { region, eks } = session;
  const kube = await session.kube(cluster);
  return { cluster, region, caller, kube, eks, iam: iam(session.aws), environment: process.env, clock };
}
