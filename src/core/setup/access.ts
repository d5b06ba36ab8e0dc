/** Chooses how the cluster maps the function's role. */
import type { AccessEntry, AuthenticationMode } from "../aws/eks.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { EksLambdaError } from "../errors.ts";
import type { Config } from "./config.ts";

export interface Access {
  readonly method: "aws-auth" | "access-entry";
  /** The reason for this method, for the plan. */
  readonly reason: string;
  /** The cluster reads access entries, which override aws-auth. */
  readonly entriesCount: boolean;
  /** The cluster reads aws-auth. */
  readonly readsAwsAuth: boolean;
  /** Setup must change the authentication mode first, which cannot be undone. */
  readonly enable: boolean;
}

/**
 * Modes change in one direction only, CONFIG_MAP → API_AND_CONFIG_MAP → API, and only if a flag asks for it.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
 * Throws `AccessModeUnsupported`.
 */
export function chooseAccess(
  mode: AuthenticationMode,
  cluster: string,
  config: Pick<Config, "access" | "enableAccessEntries">,
): Access {
  const entriesWork = mode !== "CONFIG_MAP";
  const enable = !entriesWork && config.enableAccessEntries;
  if (config.access === "aws-auth" && mode === "API") {
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${cluster}" has authentication mode API: it does not read aws-auth`,
      {
        hint: "use --access access-entry, or leave --access out",
      },
    );
  }
  if (config.access === "access-entry" && !entriesWork && !enable) {
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${cluster}" has authentication mode ${mode}: it does not support access entries`,
      {
        hint: "use --access aws-auth, or change the mode with --enable-access-entries; that cannot be undone",
      },
    );
  }
  const method = config.access === "auto" ? (entriesWork || enable ? "access-entry" : "aws-auth") : config.access;
  return {
    method,
    reason: config.access === "auto" ? `authentication mode ${enable ? "API_AND_CONFIG_MAP" : mode}` : "--access",
    entriesCount: entriesWork,
    readsAwsAuth: mode !== "API",
    enable: enable && method === "access-entry",
  };
}

/** An entry remembers the unique id of the role for which it was made: one that is older than the role lets nobody in. */
export const isDead = (
  entry: Pick<AccessEntry, "createdAt">,
  role: Pick<RoleIdentity, "createdAt"> | undefined,
): boolean => entry.createdAt !== undefined && role?.createdAt !== undefined && entry.createdAt < role.createdAt;
