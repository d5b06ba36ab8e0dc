/** What the stack gives the function, for a run on this computer. */
import { cloudformation, type Stack } from "../core/aws/cloudformation.ts";
import type { Described } from "../core/code/context.ts";
import { hasCode } from "../core/errors.ts";
import { ownerName, ownerVariable } from "../core/kube/owner.ts";
import { functionNameOf, keptIn } from "../core/stack/found.ts";
import { functionName, stackName } from "../core/stack/names.ts";
import type { Flags } from "./flag-table.ts";
import type { Session } from "./session.ts";

/** Defaults without a stack, or the right to read it. Throws `StackInvalid`. */
export async function localEnvironment(session: Session, flags: Flags) {
  const { region } = session;
  const [cluster, { account }] = await Promise.all([session.cluster(), session.sts.identity()]);
  const stack = flags.stack ?? stackName(cluster.name, flags.name);
  const found = await readableStack(session, stack);
  const place = { stack, region };
  const environment = {
    CLUSTER_NAME: cluster.name,
    CLUSTER_ENDPOINT: cluster.endpoint,
    CLUSTER_CA: cluster.ca,
    AWS_REGION: region,
    CLUSTER_NAMESPACE: keptIn("namespace", found, place),
    [ownerVariable]: ownerName({ account, region, stack }),
  };
  const described: Described = {
    ...{ region, account },
    functionName: (found && functionNameOf(found, place)) ?? functionName(cluster.name, region, flags.name),
    memoryMb: keptIn("memory", found, place),
    timeoutMs: keptIn("timeout", found, place) * 1_000,
  };
  return { cluster, environment, described, parameters: found?.parameters };
}

/** `undefined` if there is no stack yet, or the caller may not read it. */
export async function readableStack({ aws }: Session, stack: string): Promise<Stack | undefined> {
  try {
    return await cloudformation(aws).stack(stack);
  } catch (error) {
    if (hasCode(error, "AwsForbidden")) return undefined;
    throw error;
  }
}
