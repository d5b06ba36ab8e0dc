/** Renders the role of a grant and its cluster. */
import type { GrantContext } from "../../core/grant/context.ts";
import { onStderr, onStdout } from "./palette.ts";
import { isPlanResult, type Volume } from "./status.ts";
import { lines, type Text, text } from "./text.ts";

export const renderGrant = (
  { cluster, region, caller }: Pick<GrantContext, "cluster" | "region" | "caller">,
  role: Text,
  given: Volume,
): Text => {
  const colour = isPlanResult(given) ? onStdout : onStderr;
  return lines([
    text`cluster ${colour.bold(cluster.name)} · ${region} · account ${caller.account} · authentication mode ${cluster.authenticationMode}`,
    colour.dim(text`you are ${caller.arn}`),
    role,
  ]);
};
