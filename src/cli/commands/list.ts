/** `eks-lambda list`: the functions for a cluster, and the roles that grant let in. */
import { cloudformation } from "../../core/aws/cloudformation.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { functionsOf, type ListedFunction } from "../../core/functions.ts";
import { grantsIn } from "../../core/grant/listed.ts";
import { renderFunctions } from "../render/functions.ts";
import { print, printJson, tell, text } from "../render/text.ts";
import { openSession, type SessionFlags } from "../session.ts";

export async function list(flags: SessionFlags): Promise<void> {
  const session = await openSession(flags);
  const [cluster, { account }] = await Promise.all([session.cluster(), session.sts.identity()]);
  const ports = {
    kube: await session.kube(cluster),
    ...{ cloudformation: cloudformation(session.aws), lambda: lambda(session.aws) },
  };
  const place = { account, region: session.region, cluster: cluster.name };
  const functions = (await Promise.all([functionsOf(ports, place), grantsIn(ports.kube)])).flat();
  if (flags.json) printJson(functions.map(withNulls));
  else if (functions.length > 0) print(renderFunctions(functions));
  else tell(text`there is no function for ${cluster.name}; \`eks-lambda setup\` makes one`);
}

/** Unknown values are `null`. */
const withNulls = (one: ListedFunction) => ({
  ...one,
  ...{ name: one.name ?? null, stack: one.stack ?? null, functionName: one.functionName ?? null },
  ...{ access: one.access ?? null, version: one.version ?? null },
});
