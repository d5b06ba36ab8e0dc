/** `eks-lambda list`: the functions for a cluster, and the roles that grant let in. */

import { cloudformation } from "../../core/aws/cloudformation.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { advice, command } from "../../core/command.ts";
import { usageError } from "../../core/errors.ts";
import { grantsIn } from "../../core/grant/listed.ts";
import { titleOf } from "../../core/rbac/objects.ts";
import { functionsOf, type ListedFunction } from "../../core/stack/functions.ts";
import { workloadsOf } from "../../core/workloads.ts";
import type { FlagsOf } from "../flag-table.ts";
import { completed, learn, repeating } from "../hints.ts";
import { withoutEffect } from "../idle-flags.ts";
import { renderFunction, renderFunctions } from "../render/functions.ts";
import { print, printJson, tell } from "../render/text.ts";
import { openSession } from "../session.ts";

const setup = command`eks-lambda setup`;

/** All functions, or the one that `word` or `--name` names; if there is only one, in detail. Throws `FunctionNotFound`. */
export async function list(word: string | undefined, flags: FlagsOf<"list">): Promise<void> {
  if (word !== undefined && flags.name !== undefined) throw withoutEffect("name", `together with the name "${word}"`);
  const wanted = word ?? flags.name;
  const session = await openSession(flags);
  const [cluster, { account }] = await Promise.all([session.cluster(), session.sts.identity()]);
  const ports = {
    kube: await session.kube(cluster),
    cloudformation: cloudformation(session.aws),
    lambda: lambda(session.aws),
  };
  const place = { account, region: session.region, cluster: cluster.name };
  const listed = await Promise.all([functionsOf(ports, place), grantsIn(ports.kube)]);
  const functions = listed.flatMap((one) => one.functions);
  const [strange, ...more] = listed.flatMap(({ strangers }) => strangers).map(titleOf);
  if (strange !== undefined && !flags.json) tell(notShown(strange, more.length));
  const [only] = wanted === undefined ? functions : [named(functions, wanted)];
  if (only && (wanted !== undefined || functions.length === 1)) {
    const deployments = await workloadsOf(ports.kube, only.owner, only.namespaces[0] ?? "default");
    const detailed = { ...only, deployments };
    if (wanted !== undefined && flags.json) return printJson({ ...withNulls(only), deployments });
    learn(flags, { name: only.name, entry: only.sourcePath });
    if (!flags.json) return print(renderFunction(detailed, (command) => completed(flags, command)));
  }
  if (flags.json) printJson(functions.map(withNulls));
  else if (functions.length > 0) print(renderFunctions(functions));
  else tell(repeating(flags, advice`there is no function for ${cluster.name}; \`${setup}\` creates one`));
}

const notShown = (title: string, more: number): string =>
  `not shown: ${title}${more > 0 ? ` and ${more} more` : ""}, which has a label of eks-lambda but not a name that eks-lambda gives`;

/** By its `--name`, stack, function or role. */
function named(functions: readonly ListedFunction[], wanted: string): ListedFunction {
  const found = functions.find((one) => [one.name, one.stack, one.functionName, one.owner].includes(wanted));
  if (found) return found;
  const names = functions.map(({ name, stack, owner }) => name ?? stack ?? owner);
  throw usageError(
    "FunctionNotFound",
    `no function named "${wanted}" for this cluster`,
    names.length > 0 ? `functions here: ${names.join(", ")}` : advice`${setup} creates one`,
  );
}

/** Unknown values are `null`. */
const withNulls = (one: ListedFunction) => ({
  ...one,
  name: one.name ?? null,
  stack: one.stack ?? null,
  functionName: one.functionName ?? null,
  entry: one.sourcePath ?? null,
  access: one.access ?? null,
  version: one.version ?? null,
  exportName: one.exportName ?? null,
});
