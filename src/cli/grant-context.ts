/** Opens what grant and revoke work with. */
import { iam } from "../core/aws/iam.ts";
import { usageError } from "../core/errors.ts";
import type { GrantContext } from "../core/grant/context.ts";
import { rules } from "../core/setup/values.ts";
import { clock } from "./context.ts";
import type { DryRunFlags } from "./dry-run.ts";
import { checkFlag } from "./flags.ts";
import { openSession, type SessionFlags } from "./session.ts";

export interface GrantFlags extends SessionFlags, DryRunFlags {
  readonly role?: string;
  readonly yes?: boolean;
}

/** Throws `InvalidFlag`. */
export function roleFlag({ role }: GrantFlags): string {
  if (!role)
    throw usageError("InvalidFlag", "no role is given", "give its ARN: --role arn:aws:iam::111122223333:role/ci");
  checkFlag("--role", rules.role, role);
  return role;
}

export async function openGrant(flags: GrantFlags): Promise<GrantContext> {
  const session = await openSession(flags);
  const [cluster, caller] = await Promise.all([session.cluster(), session.sts.identity()]);
  const { region, eks } = session;
  const kube = await session.kube(cluster);
  return { cluster, region, caller, kube, eks, iam: iam(session.aws), environment: process.env, clock };
}
