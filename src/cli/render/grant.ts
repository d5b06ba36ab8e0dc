/** Renders the role of a grant and its cluster. */
import type { GrantContext } from "../../core/grant/context.ts";
import { onStderr as colour } from "./palette.ts";
import { lines, type Text, text } from "./text.ts";

export const renderGrant = (
  { cluster, region, caller }: Pick<GrantContext, "cluster" | "region" | "caller">,
  role: Text,
): Text =>
  lines([
    text`cluster ${colour.bold(cluster.name)} · ${region} · account ${caller.account} · authentication mode ${cluster.authenticationMode}`,
    colour.dim(text`you are ${caller.arn}`),
    role,
  ]);
