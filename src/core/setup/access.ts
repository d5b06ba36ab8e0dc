/** Chooses how the cluster maps the function's role. */

import type { AccessEntry, AuthenticationMode } from "../aws/eks.ts";
import type { RoleIdentity } from "../aws/iam.ts";
import { type Command, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { AccessChoice, Config } from "./config.ts";

type AccessMethod = Exclude<AccessChoice, "auto">;

interface Wanted extends Pick<Config, "access" | "enableAccessEntries"> {
  /** What an earlier run was told explicitly, as the stack keeps it. */
  readonly remembered?: string | undefined;
}

export interface Access {
  readonly method: AccessMethod;
  /** The reason for this method, for the plan. */
  readonly reason: string;
  /** The cluster reads access entries, which override aws-auth. */
  readonly readsEntries: boolean;
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
  { access: given, enableAccessEntries, remembered }: Wanted,
): Access {
  const entriesWork = mode !== "CONFIG_MAP";
  const enable = !entriesWork && enableAccessEntries;
  if (given === "aws-auth" && mode === "API") {
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${cluster}" has authentication mode API: it does not read aws-auth`,
      {
        hint: "use --access access-entry, or leave --access out",
      },
    );
  }
  if (given === "access-entry" && !entriesWork && !enable) {
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${cluster}" has authentication mode ${mode}: it does not support access entries`,
      {
        hint: "use --access aws-auth, or change the mode with --enable-access-entries; that cannot be undone",
      },
    );
  }
  const kept = given === undefined && !enable ? possible(remembered, mode) : undefined;
  const choice = given ?? kept ?? "auto";
  const byMode = `authentication mode ${enable ? "API_AND_CONFIG_MAP" : mode}`;
  return {
    method: choice === "auto" ? (entriesWork || enable ? "access-entry" : "aws-auth") : choice,
    reason: choice === "auto" ? byMode : given === undefined ? "as before" : "--access",
    readsEntries: entriesWork,
    readsAwsAuth: mode !== "API",
    enable: enable && choice !== "aws-auth",
  };
}

/** The choice of an earlier run, where the mode still allows it. */
function possible(remembered: string | undefined, mode: AuthenticationMode): AccessMethod | undefined {
  if (remembered === "aws-auth" && mode !== "API") return "aws-auth";
  return remembered === "access-entry" && mode !== "CONFIG_MAP" ? "access-entry" : undefined;
}

/** An entry remembers the unique id of the role for which it was made: one that is older than the role lets nobody in. */
export const isDead = (
  entry: Pick<AccessEntry, "createdAt">,
  role: Pick<RoleIdentity, "createdAt"> | undefined,
): boolean => entry.createdAt !== undefined && role?.createdAt !== undefined && entry.createdAt < role.createdAt;

/** The command that deletes the access entry of a role. */
export const deleteEntry = (cluster: string, roleArn: string, region: string): Command =>
  command`aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${roleArn} --region ${region}`;
