/** Chooses how the cluster maps the function's role. */

import type { AuthenticationMode } from "../aws/eks.ts";
import { EksLambdaError } from "../errors.ts";
import { isMethod, type Method, type Mode, methods, modeOf } from "./modes.ts";

interface Wanted {
  /** By a flag. */
  readonly access: Method | "auto" | undefined;
  readonly enableAccessEntries: boolean;
  /** What an earlier run was told explicitly, as the stack keeps it. */
  readonly remembered?: string | undefined;
}

export interface Access extends Pick<Mode, "readsEntries" | "readsAwsAuth"> {
  readonly method: Method;
  /** The reason for this method, for the plan. */
  readonly reason: string;
  /** Setup must change the authentication mode first, which cannot be undone. */
  readonly enable: boolean;
}

/** The mode changes only if a flag asks for it. Throws `AccessModeUnsupported`. */
export function chooseAccess(
  mode: AuthenticationMode,
  cluster: string,
  { access: given, enableAccessEntries, remembered }: Wanted,
): Access {
  const { enabled, readsEntries, readsAwsAuth } = modeOf(mode);
  const wanted = (enableAccessEntries && enabled) || mode;
  const reads = (method: Method, inMode: AuthenticationMode) => modeOf(inMode)[methods[method].needs];
  if (isMethod(given) && !reads(given, wanted))
    throw new EksLambdaError(
      "AccessModeUnsupported",
      `the cluster "${cluster}" has authentication mode ${mode}: ${methods[given].unsupported}`,
      { hint: methods[given].instead },
    );
  // The choice of an earlier run, where the mode still allows it.
  const kept = wanted === mode && isMethod(remembered) && reads(remembered, mode) ? remembered : undefined;
  const choice = given ?? kept ?? "auto";
  const method = choice === "auto" ? modeOf(wanted).method : choice;
  return {
    method,
    reason: choice === "auto" ? `authentication mode ${wanted}` : given === undefined ? "as before" : "--access",
    readsEntries,
    readsAwsAuth,
    enable: !reads(method, mode),
  };
}
